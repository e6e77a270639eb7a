-- General and special grids in force that nobody leads today.
SELECT g.code, g.name, NULL AS ref, NULL AS amount,
    public.st_x(public.st_pointonsurface(g.geom)) AS lon,
    public.st_y(public.st_pointonsurface(g.geom)) AS lat, count(*) OVER () AS broken
FROM (SELECT gridmap.day_of(now()) AS day) AS today
JOIN gridmap.grids g ON g.valid @> today.day AND g.kind <> 'micro'
WHERE NOT EXISTS (
    SELECT 1 FROM gridmap.postings p
    WHERE p.grid_code = g.code AND p.role = 'grid_lead' AND p.valid @> today.day
)
ORDER BY g.code
LIMIT :most
