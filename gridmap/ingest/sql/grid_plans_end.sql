-- A plan whose last grid in force has ended is over, and retired once that day has come.
WITH ended AS (
    SELECT p.id, max(upper(g.valid)) AS end_day
    FROM gridmap.grid_plans p JOIN gridmap.grids g ON g.plan_id = p.id
    WHERE p.id <> :plan_id AND p.state = 'active'
    GROUP BY p.id, p.valid
    HAVING bool_and(upper(g.valid) IS NOT NULL)
       AND max(upper(g.valid)) IS DISTINCT FROM upper(p.valid)
       AND max(upper(g.valid)) = CAST(:first_day AS date)
)
UPDATE gridmap.grid_plans p
SET valid = daterange(lower(p.valid), e.end_day),
    state = CASE WHEN e.end_day <= current_date THEN 'retired' ELSE p.state END
FROM ended e WHERE e.id = p.id
