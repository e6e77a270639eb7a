-- The grids of a plan in one village as they are drawn, never micro, with who leads each today.
SELECT g.code, g.name, g.kind, g.area_kind, g.management_level, g.responsible_body, g.version, g.source, g.lead_name,
    g.area_m2, public.st_asbinary(g.geom) AS wkb, coalesce(g.lead_name, (
        SELECT person_name FROM gridmap.postings o
        WHERE o.grid_code = g.code AND o.role = 'grid_lead' AND o.valid @> gridmap.day_of(now())
        ORDER BY o.id LIMIT 1)) AS lead
FROM gridmap.grids g
WHERE g.plan_id = :plan_id AND g.village_id = :village_id AND g.kind <> 'micro'
ORDER BY g.code COLLATE "C"
