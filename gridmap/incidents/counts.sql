-- How many incidents fell in each village, whatever the grid.
SELECT village_id, count(*) AS n FROM gridmap.incidents
WHERE village_id IS NOT NULL GROUP BY village_id
