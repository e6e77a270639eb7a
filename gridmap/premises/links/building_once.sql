-- Buildings whose anchor lies inside two grids at once; on a common border is no fault.
SELECT b.code, coalesce(b.name, b.address) AS name,
    string_agg(g.code, ', ' ORDER BY g.code) AS ref, NULL AS amount,
    public.st_x(b.anchor) AS lon, public.st_y(b.anchor) AS lat, count(*) OVER () AS broken
FROM (
    SELECT DISTINCT g.id, g.code, g.geom
    FROM gridmap.grids g
    JOIN gridmap.grids other
        ON other.id <> g.id AND other.geom OPERATOR(public.&&) g.geom AND other.kind <> 'micro'
    WHERE g.id = ANY (CAST(:grids AS bigint[])) AND other.id = ANY (CAST(:grids AS bigint[]))
) g
JOIN gridmap.buildings b
    ON b.anchor OPERATOR(public.&&) g.geom AND public.st_contains(g.geom, b.anchor)
GROUP BY b.id
HAVING count(*) > 1
ORDER BY b.code
LIMIT :most
