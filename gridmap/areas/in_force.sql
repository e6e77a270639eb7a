-- Grids in force on any day of a period (both days included) that may cover a point of the box;
-- never micro ones.
SELECT g.id, g.code, lower(g.valid) AS first_day, upper(g.valid) AS end_day,
    public.st_asbinary(g.geom) AS wkb
FROM gridmap.grids g
WHERE g.kind <> 'micro'
  AND g.valid && daterange(CAST(:first_day AS date), CAST(:last_day AS date), '[]')
  AND g.geom && public.st_makeenvelope(:west, :south, :east, :north, 4490)
ORDER BY g.id
