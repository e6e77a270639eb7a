-- New grids of the plan; micro grids after the grids they lie in.
INSERT INTO gridmap.grids (plan_id, code, name, village_id, parent_id, kind, area_kind,
    management_level, responsible_body, valid, geom, source)
SELECT :plan_id, s.code, s.name, s.village_id, parent.id, coalesce(s.kind, 'general'),
    coalesce(s.area_kind,
        CASE WHEN right(village.code, 3)::int < 200 THEN 'urban' ELSE 'rural' END),
    s.management_level, s.responsible_body, p.valid, s.geom, s.source
FROM pg_temp.staging s
JOIN gridmap.grid_plans p ON p.id = :plan_id
JOIN gridmap.admin_units village ON village.id = s.village_id
LEFT JOIN gridmap.grids parent ON parent.plan_id = p.id AND parent.code = s.parent_code
WHERE (s.kind IS NOT DISTINCT FROM 'micro') = :micro
ORDER BY s.code
