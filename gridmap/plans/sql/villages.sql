-- The villages that a plan divides: those named when it was drafted, else those of its grids.
SELECT v.id, v.code, v.name
FROM gridmap.admin_units v
WHERE v.id IN (
    SELECT village_id FROM gridmap.plan_villages WHERE plan_id = :plan_id
    UNION SELECT village_id FROM gridmap.grids WHERE plan_id = :plan_id)
ORDER BY v.code
