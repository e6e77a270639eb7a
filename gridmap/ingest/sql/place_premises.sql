-- The grid in force today of each staged row, by the one rule of grid_at.
UPDATE pg_temp.staging
SET grid_id = gridmap.grid_at(st_pointonsurface(geom), now())
WHERE geom IS NOT NULL
