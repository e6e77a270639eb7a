-- The grid in force on the day of the report of each staged incident, by the one rule of grid_at,
-- and the village, township and county above it.
WITH found AS MATERIALIZED (
    SELECT row_number, geom IS NULL AS unlocated, gridmap.grid_at(geom, reported_at) AS grid_id
    FROM pg_temp.staging
)
UPDATE pg_temp.staging s
SET placement = CASE WHEN f.unlocated THEN 'no_location'
        WHEN f.grid_id IS NULL THEN 'outside' ELSE 'in_grid' END,
    grid_id = f.grid_id,
    village_id = g.village_id,
    township_id = village.parent_id,
    county_id = township.parent_id
FROM found f
LEFT JOIN gridmap.grids g ON g.id = f.grid_id
LEFT JOIN gridmap.admin_units village ON village.id = g.village_id
LEFT JOIN gridmap.admin_units township ON township.id = village.parent_id
WHERE f.row_number = s.row_number
