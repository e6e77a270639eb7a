-- The grids in force on a day, of one village or of all, each with its bounding box.
SELECT g.id, g.code, g.name, g.kind, g.area_kind, g.area_m2, g.village_id, v.code AS village_code,
    public.st_xmin(g.geom) AS west, public.st_ymin(g.geom) AS south,
    public.st_xmax(g.geom) AS east, public.st_ymax(g.geom) AS north
FROM gridmap.grids g
JOIN gridmap.admin_units v ON v.id = g.village_id
WHERE g.valid @> coalesce(CAST(:as_of AS date), gridmap.day_of(now()))
  AND (CAST(:village AS text) IS NULL OR v.code = :village)
ORDER BY g.code COLLATE "C"
