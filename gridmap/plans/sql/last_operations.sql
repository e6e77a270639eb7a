-- The newest operation of a draft that changed, made or ended each of some grids.
SELECT DISTINCT ON (grid.code) grid.code, o.kind, o.recorded_by, o.recorded_at
FROM gridmap.plan_operations o
CROSS JOIN LATERAL jsonb_object_keys(o.after) AS grid (code)
WHERE o.plan_id = :plan_id AND o.village_id = :village_id AND grid.code = ANY (:codes)
ORDER BY grid.code, o.id DESC
