SELECT b.code, b.name, b.address, b.kind, b.floors, g.code AS grid_code, b.source,
    public.st_asbinary(b.geom) AS geometry
FROM gridmap.buildings b
LEFT JOIN gridmap.grids g ON g.id = b.grid_id
ORDER BY b.code COLLATE "C"
