-- Staged grids that the plan already holds as they are.
DELETE FROM pg_temp.staging s USING gridmap.grids g
WHERE g.plan_id = :plan_id AND g.code = s.code
  AND (g.geom, g.name, g.village_id, g.kind, g.area_kind, g.management_level, g.responsible_body)
    IS NOT DISTINCT FROM (
        s.geom, s.name, s.village_id, coalesce(s.kind, g.kind), coalesce(s.area_kind, g.area_kind),
        coalesce(s.management_level, g.management_level),
        coalesce(s.responsible_body, g.responsible_body))
