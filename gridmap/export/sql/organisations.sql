SELECT o.code, o.name, o.category, o.address, g.code AS grid_code, o.source,
    public.st_asbinary(o.geom) AS geometry
FROM gridmap.organisations o
LEFT JOIN gridmap.grids g ON g.id = o.grid_id
ORDER BY o.code COLLATE "C"
