SELECT a.code, a.name, a.category, g.code AS grid_code, a.source,
    public.st_asbinary(a.geom) AS geometry
FROM gridmap.assets a
LEFT JOIN gridmap.grids g ON g.id = a.grid_id
ORDER BY a.code COLLATE "C"
