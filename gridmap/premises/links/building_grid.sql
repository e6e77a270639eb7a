-- Buildings that lie in no grid in force today.
SELECT b.code, coalesce(b.name, b.address) AS name, NULL AS ref, NULL AS amount,
    public.st_x(b.anchor) AS lon, public.st_y(b.anchor) AS lat, count(*) OVER () AS broken
FROM gridmap.buildings b
WHERE b.grid_id IS NULL AND gridmap.grid_at(b.anchor, now()) IS NULL
ORDER BY b.code
LIMIT :most
