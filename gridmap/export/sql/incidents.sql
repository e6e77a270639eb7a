SELECT i.code, i.reported_at, i.channel, i.category, i.subcategory, i.status, i.closed_at,
    i.description, i.address, i.placement, g.code AS grid_code, v.code AS village_code, i.source,
    public.st_asbinary(i.geom) AS geometry
FROM gridmap.incidents i
LEFT JOIN gridmap.grids g ON g.id = i.grid_id
LEFT JOIN gridmap.admin_units v ON v.id = i.village_id
ORDER BY i.code COLLATE "C"
