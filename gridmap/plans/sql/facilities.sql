-- Where the organisations of a village are.
SELECT public.st_x(p.at) AS lon, public.st_y(p.at) AS lat
FROM gridmap.admin_units v
JOIN gridmap.organisations o ON o.geom && v.geom
CROSS JOIN LATERAL (SELECT public.st_pointonsurface(o.geom) AS at) p
WHERE v.id = :village_id AND public.st_intersects(v.geom, p.at)
