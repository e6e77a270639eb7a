-- The grids of the neighbouring villages, in the same draft or else in force.
SELECT g.code, g.name, public.st_asbinary(g.geom) AS wkb
FROM gridmap.admin_units v
JOIN gridmap.grids g ON g.geom && v.geom AND public.st_intersects(g.geom, v.geom)
WHERE v.id = :village_id AND g.village_id <> v.id AND g.kind <> 'micro'
  AND CASE WHEN g.village_id IN (
        SELECT village_id FROM gridmap.plan_villages WHERE plan_id = :plan_id)
    THEN g.plan_id = :plan_id ELSE g.valid @> gridmap.day_of(now()) END
ORDER BY g.code COLLATE "C"
