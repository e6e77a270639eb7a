-- Incidents that fell outside every grid.
SELECT i.code, i.address AS name, NULL AS ref, NULL AS amount,
    public.st_x(i.geom) AS lon, public.st_y(i.geom) AS lat, count(*) OVER () AS broken
FROM gridmap.incidents i
WHERE i.placement = 'outside'
ORDER BY i.reported_at DESC, i.code
LIMIT :most
