-- The county, if no grid is in force today.
SELECT d.county_code AS code, NULL AS name, NULL AS ref, NULL AS amount,
    NULL::float8 AS lon, NULL::float8 AS lat, 1::bigint AS broken
FROM gridmap.deployment d
WHERE NOT EXISTS (SELECT 1 FROM gridmap.grids g WHERE g.valid @> gridmap.day_of(now()))
LIMIT :most
