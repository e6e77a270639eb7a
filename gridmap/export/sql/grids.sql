-- The grids in force on a day, today if none is given.
SELECT g.code, g.name, g.kind, g.area_kind, g.management_level, g.responsible_body,
    v.code AS village_code, v.name AS village, p.code AS plan, lower(g.valid) AS valid_from,
    g.area_m2, g.source, public.st_asbinary(g.geom) AS geometry
FROM gridmap.grids g
JOIN gridmap.admin_units v ON v.id = g.village_id
JOIN gridmap.grid_plans p ON p.id = g.plan_id
WHERE g.valid @> coalesce(CAST(:as_of AS date), gridmap.day_of(now()))
ORDER BY g.code COLLATE "C"
