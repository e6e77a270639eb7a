-- The card of one building: what it is and how many live there, never who.
SELECT b.code, b.name, b.address, b.kind, b.floors,
    public.st_x(b.anchor) AS lon, public.st_y(b.anchor) AS lat,
    g.code AS grid_code, g.name AS grid_name, v.name AS village,
    (SELECT count(*) FROM gridmap.dwellings d WHERE d.building_id = b.id) AS dwellings,
    (SELECT count(*) FROM gridmap.dwellings d JOIN gridmap.households h ON h.dwelling_id = d.id
     WHERE d.building_id = b.id) AS households,
    (SELECT count(*) FROM gridmap.dwellings d JOIN gridmap.households h ON h.dwelling_id = d.id
     JOIN gridmap.residents r ON r.household_id = h.id WHERE d.building_id = b.id) AS residents
FROM gridmap.buildings b
LEFT JOIN gridmap.grids g ON g.id = b.grid_id
LEFT JOIN gridmap.admin_units v ON v.id = g.village_id
WHERE b.code = :code
