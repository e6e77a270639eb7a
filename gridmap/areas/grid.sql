-- One grid as it was on a day, with its plan, its village, township and county, and its shape.
SELECT g.id, g.code, g.name, g.kind, g.area_kind, g.area_m2, g.village_id,
    lower(g.valid) AS valid_from, upper(g.valid) AS valid_to, plan.code AS plan,
    v.code AS village_code, v.name AS village_name,
    t.code AS township_code, t.name AS township_name, c.code AS county_code, c.name AS county_name,
    public.st_xmin(g.geom) AS west, public.st_ymin(g.geom) AS south,
    public.st_xmax(g.geom) AS east, public.st_ymax(g.geom) AS north,
    public.st_asgeojson(g.geom, 7, 0)::jsonb AS geometry
FROM gridmap.grids g
JOIN gridmap.grid_plans plan ON plan.id = g.plan_id
JOIN gridmap.admin_units v ON v.id = g.village_id
LEFT JOIN gridmap.admin_units t ON t.id = v.parent_id
LEFT JOIN gridmap.admin_units c ON c.id = t.parent_id
WHERE g.code = :code AND g.valid @> coalesce(CAST(:as_of AS date), gridmap.day_of(now()))
