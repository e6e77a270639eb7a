-- Grids in force whose village is not, or which reach out of it. The write lets a border pass
-- that rounding pushed out by 1 m² or a millionth of the grid; so does this.
SELECT g.code, g.name, v.code AS ref,
    CASE WHEN v.valid @> today.day THEN outside.m2 END AS amount,
    public.st_x(public.st_pointonsurface(g.geom)) AS lon,
    public.st_y(public.st_pointonsurface(g.geom)) AS lat, count(*) OVER () AS broken
FROM (SELECT gridmap.day_of(now()) AS day) AS today
JOIN gridmap.grids g ON g.valid @> today.day
JOIN gridmap.admin_units v ON v.id = g.village_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN public.st_covers(v.geom, g.geom) THEN 0
        ELSE gridmap.area_m2(public.st_difference(g.geom, v.geom)) END AS m2
) AS outside
WHERE NOT v.valid @> today.day OR outside.m2 > greatest(1, g.area_m2 * 1e-6)
ORDER BY g.code
LIMIT :most
