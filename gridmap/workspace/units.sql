-- Townships or villages of one day; the figures are those of their grids in force on that day.
SELECT u.code, u.name, u.kind, p.code AS parent_code, p.name AS parent, u.area_m2,
    (SELECT count(*) FROM grids g JOIN admin_units v ON v.id = g.village_id
     WHERE (v.id = u.id OR v.parent_id = u.id)
       AND g.valid @> CAST(:day AS date) AND g.kind <> 'micro') AS grids,
    ST_AsBinary(u.geom) AS geometry
FROM admin_units u
LEFT JOIN admin_units p ON p.id = u.parent_id
WHERE u.level = :level AND u.valid @> CAST(:day AS date)
ORDER BY u.code
