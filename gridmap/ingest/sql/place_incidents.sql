-- The grid found in pg_temp.located for each staged incident, and the village, township and county
-- above it.
UPDATE pg_temp.staging s
SET placement = CASE WHEN s.geom IS NULL THEN 'no_location'
        WHEN f.grid_id IS NULL THEN 'outside' ELSE 'in_grid' END,
    grid_id = f.grid_id,
    village_id = g.village_id,
    township_id = village.parent_id,
    county_id = township.parent_id
FROM pg_temp.located f
LEFT JOIN gridmap.grids g ON g.id = f.grid_id
LEFT JOIN gridmap.admin_units village ON village.id = g.village_id
LEFT JOIN gridmap.admin_units township ON township.id = village.parent_id
WHERE f.id = s.row_number
