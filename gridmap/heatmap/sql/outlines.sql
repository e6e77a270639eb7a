-- What a map in a file is drawn on: the main base features, townships, and grids of a day, as
-- GeoJSON in degrees, generalised to a few metres.
SELECT 'base' AS layer, f.kind, f.class, f.name, NULL AS code,
    ST_AsGeoJSON(ST_Simplify(f.geom, :tolerance, true), 5, 0) AS shape
FROM base_features f
WHERE f.kind <> 'wall' AND coalesce(f.class, '') NOT IN
    ('service', 'track', 'path', 'footway', 'steps', 'pedestrian', 'lane', 'living_street')
UNION ALL
SELECT 'townships', u.kind, NULL, u.name, u.code,
    ST_AsGeoJSON(ST_Simplify(u.geom, :tolerance, true), 5, 0)
FROM admin_units u
WHERE u.level = 'township_level' AND u.valid @> CAST(:day AS date) AND u.geom IS NOT NULL
UNION ALL
SELECT 'grids', g.kind, g.area_kind, g.name, g.code,
    ST_AsGeoJSON(ST_Simplify(g.geom, :tolerance, true), 5, 0)
FROM grids g
WHERE g.valid @> CAST(:day AS date) AND g.kind <> 'micro'
