-- Every grid plan with the number of its grids (of a network: those of its department), the newest
-- first, drafts before all.
SELECT p.code, p.name, p.state, p.network, u.code AS unit_code, u.name AS unit_name,
    p.submitted_at IS NOT NULL AS submitted, lower(p.valid) AS valid_from, upper(p.valid) AS valid_to,
    gridmap.day_of(p.recorded_at) AS recorded_on,
    count(g.id) + (SELECT count(*) FROM gridmap.network_grids n WHERE n.plan_id = p.id) AS grids,
    coalesce(p.valid @> gridmap.day_of(now()), false) AS in_force
FROM gridmap.grid_plans p
LEFT JOIN gridmap.admin_units u ON u.id = p.unit_id
LEFT JOIN gridmap.grids g ON g.plan_id = p.id
GROUP BY p.id, u.id
ORDER BY lower(p.valid) DESC NULLS FIRST, p.code
