-- Townships and villages in force that have no outline.
SELECT u.code, u.name, NULL AS ref, NULL AS amount,
    NULL::float8 AS lon, NULL::float8 AS lat, count(*) OVER () AS broken
FROM gridmap.admin_units u
WHERE u.valid @> gridmap.day_of(now()) AND u.geom IS NULL
  AND u.level IN ('county', 'township_level', 'community_level')
ORDER BY u.code
LIMIT :most
