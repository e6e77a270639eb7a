-- The mergings of networks that made a plan: one for each village in sight, but for those taken back.
SELECT v.code AS village, o.arguments, o.after
FROM gridmap.plan_operations o
JOIN gridmap.admin_units v ON v.id = o.village_id
WHERE o.plan_id = :plan_id AND o.kind = 'merge_networks' AND gridmap.holds(o.id)
ORDER BY v.code, o.id
