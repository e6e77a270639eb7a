-- Name, village and a point inside, of the newest boundaries these grid codes had.
SELECT DISTINCT ON (g.code) g.code, g.name, v.name AS village,
    ST_X(p.point) AS lon, ST_Y(p.point) AS lat
FROM grids g
JOIN admin_units v ON v.id = g.village_id
CROSS JOIN LATERAL (SELECT ST_PointOnSurface(g.geom) AS point) p
WHERE g.code = ANY (CAST(:codes AS text[])) AND g.valid IS NOT NULL
ORDER BY g.code, lower(g.valid) DESC NULLS LAST
