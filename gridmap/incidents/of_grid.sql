-- Incidents that fell in a grid of this code, by category and status.
SELECT i.category, i.status, count(*) AS n
FROM gridmap.grids g
JOIN gridmap.incidents i ON i.grid_id = g.id
WHERE g.code = :code
GROUP BY i.category, i.status
