-- The villages of a unit on a day, with the newest grid in force in each today.
INSERT INTO gridmap.plan_villages (plan_id, village_id, last_grid_id)
SELECT :plan_id, v.id, (
    SELECT max(g.id) FROM gridmap.grids g
    WHERE g.village_id = v.id AND g.kind <> 'micro' AND g.valid @> gridmap.day_of(now()))
FROM gridmap.admin_units u
JOIN gridmap.admin_units v ON starts_with(v.code, u.code)
WHERE u.id = :unit_id AND v.level = 'community_level' AND v.valid @> gridmap.day_of(now())
