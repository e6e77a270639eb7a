-- Buildings by code, name or address; the best matches first.
SELECT 'building' AS type, b.code, coalesce(b.name, b.address, b.code) AS name,
    concat_ws(' ', CASE WHEN b.name IS NOT NULL THEN b.address END, v.name) AS "where",
    public.st_x(b.anchor) AS lon, public.st_y(b.anchor) AS lat,
    public.st_xmin(b.geom) AS west, public.st_ymin(b.geom) AS south,
    public.st_xmax(b.geom) AS east, public.st_ymax(b.geom) AS north,
    b.rank
FROM (
    SELECT *, CASE
        WHEN code = :text THEN 0
        WHEN name = :text THEN 1
        WHEN name ILIKE :prefix THEN 2
        WHEN address ILIKE :prefix OR code ILIKE :prefix THEN 3 ELSE 4 END AS rank
    FROM gridmap.buildings
    WHERE code ILIKE :prefix OR name ILIKE :anywhere OR address ILIKE :anywhere
    ORDER BY rank, length(coalesce(name, address)), code
    LIMIT :most
) b
LEFT JOIN gridmap.grids g ON g.id = b.grid_id
LEFT JOIN gridmap.admin_units v ON v.id = g.village_id
ORDER BY rank, length(coalesce(b.name, b.address)), b.code
