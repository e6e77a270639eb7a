-- The actor's own operations in a village of a draft, the newest first: whether each is undone.
SELECT o.id, o.kind, o.reverses,
    EXISTS (SELECT FROM gridmap.plan_operations u WHERE u.reverses = o.id) AS reversed
FROM gridmap.plan_operations o
WHERE o.plan_id = :plan_id AND o.village_id = :village_id AND o.recorded_by = gridmap.actor()
ORDER BY o.id DESC
LIMIT 500
