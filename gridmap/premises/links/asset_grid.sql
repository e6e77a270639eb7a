-- Assets whose stored grid is missing or not the one in force where they stand.
SELECT a.code, a.name, g.code AS ref, NULL AS amount,
    public.st_x(a.geom) AS lon, public.st_y(a.geom) AS lat, count(*) OVER () AS broken
FROM gridmap.assets a
LEFT JOIN gridmap.asset_grids() here ON here.id = a.id
LEFT JOIN gridmap.grids g ON g.id = a.grid_id
WHERE a.grid_id IS NULL OR a.grid_id IS DISTINCT FROM here.grid_id
ORDER BY a.code
LIMIT :most
