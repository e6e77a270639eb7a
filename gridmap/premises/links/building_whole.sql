-- Buildings that a grid border cuts: more than a twentieth of the footprint, and more than 1 m²,
-- lies outside the grid they stand in. Shares are true in degrees too.
WITH cut AS (
    SELECT b.id, g.code AS grid_code, b.geom,
        public.st_intersection(g.geom, b.geom) AS inside
    FROM gridmap.grids g
    JOIN gridmap.buildings b ON b.grid_id = g.id
    WHERE public.st_dimension(b.geom) = 2 AND NOT public.st_covers(g.geom, b.geom)
      AND public.st_intersects(g.geom, b.anchor) AND public.st_isvalid(b.geom)
)
SELECT b.code, coalesce(b.name, b.address) AS name, cut.grid_code AS ref,
    1 - public.st_area(cut.inside) / nullif(public.st_area(cut.geom), 0) AS amount,
    public.st_x(b.anchor) AS lon, public.st_y(b.anchor) AS lat, count(*) OVER () AS broken
FROM cut
JOIN gridmap.buildings b ON b.id = cut.id
WHERE public.st_area(cut.inside) < 0.95 * public.st_area(cut.geom)
  AND gridmap.area_m2(cut.geom) - gridmap.area_m2(cut.inside) > 1
ORDER BY amount DESC, b.code
LIMIT :most
