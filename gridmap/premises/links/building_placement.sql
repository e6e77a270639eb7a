-- Buildings whose stored grid is not the one in force where they stand.
SELECT b.code, coalesce(b.name, b.address) AS name, g.code AS ref, NULL AS amount,
    public.st_x(b.anchor) AS lon, public.st_y(b.anchor) AS lat, count(*) OVER () AS broken
FROM gridmap.buildings b
LEFT JOIN gridmap.grids g ON g.id = b.grid_id
WHERE b.grid_id IS DISTINCT FROM gridmap.grid_at(b.anchor, now())
ORDER BY b.code
LIMIT :most
