SELECT u.code, u.level, u.kind, u.name, p.code AS parent_code, u.area_m2, u.source,
    public.st_asbinary(u.geom) AS geometry
FROM gridmap.admin_units u
LEFT JOIN gridmap.admin_units p ON p.id = u.parent_id
WHERE u.valid @> coalesce(CAST(:as_of AS date), gridmap.day_of(now()))
ORDER BY u.code COLLATE "C"
