-- How many buildings are on record in a grid without standing there, or the other way round.
SELECT count(*)
FROM gridmap.grids g
JOIN gridmap.buildings b ON b.grid_id = g.id OR b.anchor OPERATOR(public.&&) g.geom
WHERE g.id = :grid
  AND (b.grid_id IS NOT DISTINCT FROM g.id)
      <> (gridmap.grid_at(b.anchor, now()) IS NOT DISTINCT FROM g.id)
