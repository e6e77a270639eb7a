-- Organisations whose stored grid is missing or not the one in force where they stand.
SELECT o.code, o.name, g.code AS ref, NULL AS amount,
    public.st_x(o.geom) AS lon, public.st_y(o.geom) AS lat, count(*) OVER () AS broken
FROM gridmap.organisations o
LEFT JOIN gridmap.organisation_grids() here ON here.id = o.id
LEFT JOIN gridmap.grids g ON g.id = o.grid_id
WHERE o.grid_id IS NULL OR o.grid_id IS DISTINCT FROM here.grid_id
ORDER BY o.code
LIMIT :most
