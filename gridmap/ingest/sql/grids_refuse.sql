-- Staged grids that cannot go in: no village, a broken shape, land outside the village, a micro
-- grid without parent, or a boundary that differs from the one in force under the same plan.
WITH judged AS (
    SELECT s.row_number, s.code, u.code AS village_code, coalesce(s.village_code, left(s.code, 12))
            AS wanted,
        u.id IS NULL AS no_village,
        NOT st_isvalid(s.geom) AS broken,
        CASE WHEN u.geom IS NULL OR NOT st_isvalid(s.geom) OR st_covers(u.geom, s.geom) THEN 0
            ELSE gridmap.area_m2(st_difference(s.geom, u.geom)) END AS outside_m2,
        gridmap.area_m2(s.geom) AS area_m2,
        s.parent_code IS NOT NULL
            AND NOT EXISTS (SELECT FROM pg_temp.staging p
                WHERE p.code = s.parent_code AND p.kind IS DISTINCT FROM 'micro')
            AND NOT EXISTS (SELECT FROM gridmap.grids p WHERE p.code = s.parent_code
                AND p.plan_id = :plan_id AND p.kind <> 'micro') AS no_parent,
        g.valid IS NOT NULL AND (g.geom, g.village_id, g.kind)
            IS DISTINCT FROM (s.geom, s.village_id, coalesce(s.kind, g.kind)) AS redrawn
    FROM pg_temp.staging s
    LEFT JOIN gridmap.admin_units u ON u.id = s.village_id
    LEFT JOIN gridmap.grids g ON g.plan_id = :plan_id AND g.code = s.code
), refused AS (
    SELECT row_number,
        CASE WHEN no_village THEN 'village_code' WHEN no_parent THEN 'parent_code'
            ELSE 'geometry' END AS field,
        CASE WHEN no_village THEN format('没有代码为 %s 的村（社区）：请先导入 villages', wanted)
            WHEN broken THEN '图形无效'
            WHEN outside_m2 > greatest(1, area_m2 * 1e-6) THEN format(
                '网格有 %s 平方米在村（社区）%s 之外', ceil(outside_m2), village_code)
            WHEN no_parent THEN '没有这个编码的上级网格'
            ELSE '与正在生效的边界不同，而生效的边界从不覆盖：请作为新方案导入（--plan、--valid-from）'
        END AS zh,
        CASE WHEN no_village THEN format('no village or community %s: load villages first', wanted)
            WHEN broken THEN 'the shape is not valid'
            WHEN outside_m2 > greatest(1, area_m2 * 1e-6) THEN format(
                '%s m2 of the grid lie outside its village %s', ceil(outside_m2), village_code)
            WHEN no_parent THEN 'there is no parent grid of that code'
            ELSE 'differs from the boundary in force, which is never overwritten:'
                ' load it as a new plan (--plan, --valid-from)'
        END AS en
    FROM judged
    WHERE no_village OR broken OR no_parent OR redrawn
       OR outside_m2 > greatest(1, area_m2 * 1e-6)
)
DELETE FROM pg_temp.staging s USING refused r
WHERE r.row_number = s.row_number
RETURNING r.row_number, r.field, r.zh, r.en
