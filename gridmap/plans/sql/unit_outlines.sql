-- The villages of a unit today that are drawn: code, name, outline.
SELECT v.code, v.name, public.st_asbinary(v.geom) AS wkb
FROM gridmap.admin_units u
JOIN gridmap.admin_units v ON starts_with(v.code, u.code)
WHERE u.id = :unit_id AND v.level = 'community_level' AND v.geom IS NOT NULL
    AND v.valid @> gridmap.day_of(now())
ORDER BY v.code
