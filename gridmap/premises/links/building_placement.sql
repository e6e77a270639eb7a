-- Buildings whose stored grid is not the one in force where they stand.
SELECT b.code, coalesce(b.name, b.address) AS name, g.code AS ref, NULL AS amount,
    public.st_x(b.anchor) AS lon, public.st_y(b.anchor) AS lat, count(*) OVER () AS broken
FROM gridmap.buildings b
LEFT JOIN gridmap.building_grids() here ON here.id = b.id
LEFT JOIN gridmap.grids g ON g.id = b.grid_id
WHERE b.grid_id IS DISTINCT FROM here.grid_id
ORDER BY b.code
LIMIT :most
