-- Grids in force whose village is not. Grids that reach out of their village are found with the
-- gaps and overlaps.
SELECT g.code, g.name, v.code AS ref, NULL::float8 AS amount,
    public.st_x(public.st_pointonsurface(g.geom)) AS lon,
    public.st_y(public.st_pointonsurface(g.geom)) AS lat, count(*) OVER () AS broken
FROM (SELECT gridmap.day_of(now()) AS day) AS today
JOIN gridmap.grids g ON g.valid @> today.day
JOIN gridmap.admin_units v ON v.id = g.village_id
WHERE NOT v.valid @> today.day
ORDER BY g.code
LIMIT :most
