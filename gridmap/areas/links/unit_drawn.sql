-- Units in force that have no outline, or one that crosses itself.
SELECT u.code, u.name, public.st_isvalidreason(u.geom) AS ref, NULL AS amount,
    public.st_x(public.st_centroid(u.geom)) AS lon,
    public.st_y(public.st_centroid(u.geom)) AS lat, count(*) OVER () AS broken
FROM gridmap.admin_units u
WHERE u.valid @> gridmap.day_of(now()) AND coalesce(NOT public.st_isvalid(u.geom), true)
  AND u.level IN ('county', 'township_level', 'community_level')
ORDER BY u.code
LIMIT :most
