-- A grid of another plan, in the villages covered or of a staged code, that begins on the new
-- plan's first day or later while the new plan is in force.
SELECT g.code, p.code AS plan, lower(g.valid) AS first_day
FROM gridmap.grids g
JOIN gridmap.grid_plans p ON p.id = g.plan_id
WHERE g.plan_id <> :plan_id
  AND g.valid && daterange(CAST(:first_day AS date), CAST(:end_day AS date))
  AND lower(g.valid) >= :first_day
  AND (g.village_id IN (SELECT village_id FROM pg_temp.staging)
    OR g.code IN (SELECT code FROM pg_temp.staging))
ORDER BY lower(g.valid), g.code
LIMIT 1
