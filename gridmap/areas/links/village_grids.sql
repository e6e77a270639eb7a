-- Villages and communities in force that no grid belongs to.
SELECT v.code, v.name, NULL AS ref, NULL AS amount,
    public.st_x(public.st_pointonsurface(v.geom)) AS lon,
    public.st_y(public.st_pointonsurface(v.geom)) AS lat, count(*) OVER () AS broken
FROM (SELECT gridmap.day_of(now()) AS day) AS today
JOIN gridmap.admin_units v ON v.level = 'community_level' AND v.valid @> today.day
WHERE NOT EXISTS (
    SELECT 1 FROM gridmap.grids g WHERE g.village_id = v.id AND g.valid @> today.day
)
ORDER BY v.code
LIMIT :most
