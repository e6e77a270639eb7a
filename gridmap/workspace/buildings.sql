-- All buildings with their counts and the grid they stand in.
SELECT b.code, b.name, b.address, b.kind, b.floors, g.code AS grid_code, v.code AS village_code,
    coalesce(p.dwellings, 0) AS dwellings, coalesce(p.households, 0) AS households,
    coalesce(p.residents, 0) AS residents,
    ST_AsBinary(b.geom) AS geometry
FROM buildings b
LEFT JOIN grids g ON g.id = b.grid_id
LEFT JOIN admin_units v ON v.id = g.village_id
LEFT JOIN (
    SELECT d.building_id, count(DISTINCT d.id) AS dwellings, count(DISTINCT h.id) AS households,
        count(r.id) AS residents
    FROM dwellings d
    LEFT JOIN households h ON h.dwelling_id = d.id
    LEFT JOIN residents r ON r.household_id = h.id
    GROUP BY d.building_id
) p ON p.building_id = b.id
ORDER BY b.code COLLATE "C"
