-- The admin units in force on a day, parents before children, each with its bounding box.
SELECT u.id, u.code, u.name, u.level, u.kind, u.parent_id, p.code AS parent_code,
    public.st_xmin(u.geom) AS west, public.st_ymin(u.geom) AS south,
    public.st_xmax(u.geom) AS east, public.st_ymax(u.geom) AS north
FROM gridmap.admin_units u
LEFT JOIN gridmap.admin_units p ON p.id = u.parent_id
WHERE u.valid @> coalesce(CAST(:as_of AS date), gridmap.day_of(now()))
ORDER BY length(u.code), u.code
