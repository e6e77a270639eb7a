-- Incidents whose stored grid is not the one in force where and when they were reported.
SELECT i.code, i.address AS name, g.code AS ref, NULL AS amount,
    public.st_x(i.geom) AS lon, public.st_y(i.geom) AS lat, count(*) OVER () AS broken
FROM gridmap.incidents i
LEFT JOIN gridmap.incident_grids() here ON here.id = i.id
LEFT JOIN gridmap.grids g ON g.id = i.grid_id
WHERE i.grid_id IS DISTINCT FROM here.grid_id
ORDER BY i.code
LIMIT :most
