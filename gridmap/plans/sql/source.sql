-- Where the grids of a unit come from, if all from one place, else the unit: made-up ones stay so.
SELECT CASE WHEN count(g.id) > 0
        THEN CASE WHEN count(DISTINCT coalesce(g.source, '')) = 1 THEN min(g.source) END
        ELSE min(u.source) END
FROM gridmap.admin_units u
LEFT JOIN gridmap.admin_units v ON starts_with(v.code, u.code) AND v.level = 'community_level'
LEFT JOIN gridmap.grids g ON g.village_id = v.id AND g.valid @> gridmap.day_of(now())
WHERE u.id = :unit_id
