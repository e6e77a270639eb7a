-- Places incidents whose place is out of date: the grid in force on the day of the report, and the
-- village, township and county above it. Some (:ids) one by one, or with ids null the whole layer.
WITH found AS MATERIALIZED (
    SELECT i.id, i.geom IS NULL AS unlocated, gridmap.grid_at(i.geom, i.reported_at) AS grid_id
    FROM gridmap.incidents i
    WHERE CAST(:ids AS bigint[]) IS NOT NULL AND i.id = ANY (CAST(:ids AS bigint[]))
    UNION ALL
    SELECT i.id, i.geom IS NULL, here.grid_id
    FROM gridmap.incidents i
    LEFT JOIN gridmap.incident_grids() here ON here.id = i.id
    WHERE CAST(:ids AS bigint[]) IS NULL
), placed AS (
    SELECT
        f.id,
        CASE WHEN f.unlocated THEN 'no_location'
            WHEN f.grid_id IS NULL THEN 'outside' ELSE 'in_grid' END AS placement,
        f.grid_id,
        g.village_id,
        village.parent_id AS township_id,
        township.parent_id AS county_id
    FROM found f
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
