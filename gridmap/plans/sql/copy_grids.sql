-- The grids that were in force on a day in the villages of a draft; micro grids are not drawn on.
-- Their version is that of no operation.
INSERT INTO gridmap.grids (plan_id, code, name, village_id, kind, area_kind, management_level,
    responsible_body, geom, version, source)
SELECT :plan_id, g.code, g.name, g.village_id, g.kind, g.area_kind, g.management_level,
    g.responsible_body, g.geom, 0, g.source
FROM gridmap.grids g
JOIN gridmap.plan_villages pv ON pv.village_id = g.village_id AND pv.plan_id = :plan_id
WHERE g.valid @> CAST(:day AS date) AND g.kind <> 'micro'
ORDER BY g.code COLLATE "C"
