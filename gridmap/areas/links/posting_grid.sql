-- Postings of today to a grid code that no grid in force bears.
SELECT p.grid_code AS code, NULL AS name, p.role AS ref, NULL AS amount,
    NULL::float8 AS lon, NULL::float8 AS lat, count(*) OVER () AS broken
FROM (SELECT gridmap.day_of(now()) AS day) AS today
JOIN gridmap.postings p ON p.valid @> today.day
WHERE NOT EXISTS (
    SELECT 1 FROM gridmap.grids g WHERE g.code = p.grid_code AND g.valid @> today.day
)
ORDER BY p.grid_code, p.role
LIMIT :most
