-- What may change in place: names and duties of any grid, and the boundary of one in a draft. The
-- rows are taken out of the staging table.
WITH taken AS (
    DELETE FROM pg_temp.staging s USING gridmap.grids g
    WHERE g.plan_id = :plan_id AND g.code = s.code
    RETURNING g.id, s.*
)
UPDATE gridmap.grids g
SET name = t.name, village_id = t.village_id, geom = t.geom, source = t.source,
    kind = coalesce(t.kind, g.kind), area_kind = coalesce(t.area_kind, g.area_kind),
    management_level = coalesce(t.management_level, g.management_level),
    responsible_body = coalesce(t.responsible_body, g.responsible_body),
    version = g.version + 1
FROM taken t WHERE t.id = g.id
