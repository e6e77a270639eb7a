-- Villages without a township in force above them, townships without a county.
SELECT u.code, u.name, p.code AS ref, NULL AS amount,
    public.st_x(public.st_pointonsurface(u.geom)) AS lon,
    public.st_y(public.st_pointonsurface(u.geom)) AS lat, count(*) OVER () AS broken
FROM (SELECT gridmap.day_of(now()) AS day) AS today
JOIN gridmap.admin_units u ON u.valid @> today.day
LEFT JOIN gridmap.admin_units p ON p.id = u.parent_id
WHERE (u.level, p.level, p.valid @> today.day) IS DISTINCT FROM
    (u.level, CASE u.level WHEN 'community_level' THEN 'township_level'
        WHEN 'township_level' THEN 'county' END, true)
  AND u.level IN ('community_level', 'township_level')
ORDER BY u.code
LIMIT :most
