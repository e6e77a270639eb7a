-- What a border may follow: roads, rivers, railways, walls and shores that touch the village.
SELECT f.kind, f.class, f.name, public.st_asbinary(f.geom) AS wkb
FROM gridmap.admin_units v
JOIN gridmap.base_features f ON f.geom && v.geom AND public.st_intersects(f.geom, v.geom)
WHERE v.id = :village_id AND f.kind IN ('road', 'river', 'railway', 'wall', 'water')
ORDER BY f.id
