-- How many people are posted today to each grid code of a village.
SELECT o.grid_code, count(*) AS n
FROM gridmap.postings o
WHERE o.valid @> gridmap.day_of(now())
  AND o.grid_code IN (SELECT code FROM gridmap.grids WHERE village_id = :village_id)
GROUP BY o.grid_code
