-- One plan with its unit, and what the actor may do in that unit.
SELECT p.id, p.code, p.name, p.state, p.network, p.source, p.based_on, p.note, p.submitted_by, p.submitted_at,
    lower(p.valid) AS valid_from, upper(p.valid) AS valid_to,
    p.unit_id, u.code AS unit_code, u.name AS unit_name,
    gridmap.day_of(p.recorded_at) AS recorded_on,
    CASE WHEN p.network IS NULL
        THEN (SELECT count(*) FROM gridmap.grids g WHERE g.plan_id = p.id AND g.kind <> 'micro')
        ELSE (SELECT count(*) FROM gridmap.network_grids n WHERE n.plan_id = p.id) END AS grids,
    EXISTS (SELECT FROM gridmap.plan_operations o WHERE o.plan_id = p.id AND o.kind = 'merge_networks'
        AND gridmap.holds(o.id)) AS merged,
    coalesce(p.unit_id IN (SELECT gridmap.units_of('edit_plans')), false) AS edits,
    coalesce(p.unit_id IN (SELECT gridmap.units_of('publish_plans')), false) AS publishes,
    gridmap.actor() AS actor
FROM gridmap.grid_plans p
LEFT JOIN gridmap.admin_units u ON u.id = p.unit_id
WHERE p.code = :code
