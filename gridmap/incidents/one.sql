-- One incident with the grid and the units it fell in.
SELECT i.id, i.code, i.reported_at, i.channel, i.category, i.subcategory, i.status, i.closed_at,
    i.description, i.address, public.st_x(i.geom) AS lon, public.st_y(i.geom) AS lat, i.placement,
    g.code AS grid_code, g.name AS grid_name, v.code AS village_code, v.name AS village_name,
    t.code AS township_code, t.name AS township_name, c.code AS county_code, c.name AS county_name
FROM gridmap.incidents i
LEFT JOIN gridmap.grids g ON g.id = i.grid_id
LEFT JOIN gridmap.admin_units v ON v.id = i.village_id
LEFT JOIN gridmap.admin_units t ON t.id = i.township_id
LEFT JOIN gridmap.admin_units c ON c.id = i.county_id
WHERE i.code = :code
