-- Places the incidents of pg_temp.located whose place is out of date: the grid found there, and the
-- village, township and county above it.
WITH placed AS (
    SELECT
        f.id,
        CASE WHEN here.geom IS NULL THEN 'no_location'
            WHEN f.grid_id IS NULL THEN 'outside' ELSE 'in_grid' END AS placement,
        f.grid_id,
        g.village_id,
        village.parent_id AS township_id,
        township.parent_id AS county_id
    FROM pg_temp.located f
    JOIN gridmap.incidents here ON here.id = f.id
    LEFT JOIN gridmap.grids g ON g.id = f.grid_id
    LEFT JOIN gridmap.admin_units village ON village.id = g.village_id
    LEFT JOIN gridmap.admin_units township ON township.id = village.parent_id
)
UPDATE gridmap.incidents i
SET placement = p.placement, grid_id = p.grid_id, village_id = p.village_id,
    township_id = p.township_id, county_id = p.county_id
FROM placed p
WHERE p.id = i.id
  AND (i.placement, i.grid_id, i.village_id, i.township_id, i.county_id)
      IS DISTINCT FROM (p.placement, p.grid_id, p.village_id, p.township_id, p.county_id)
