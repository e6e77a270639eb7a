-- Incidents by the beginning of their code.
SELECT 'incident' AS type, i.code, i.code AS name,
    concat_ws(' ', to_char(i.reported_at AT TIME ZONE d.time_zone, 'YYYY-MM-DD'),
        coalesce(i.address, v.name)) AS "where",
    public.st_x(i.geom) AS lon, public.st_y(i.geom) AS lat,
    public.st_x(i.geom) AS west, public.st_y(i.geom) AS south,
    public.st_x(i.geom) AS east, public.st_y(i.geom) AS north,
    CASE WHEN i.code = :text THEN 0 ELSE 3 END AS rank
FROM (
    SELECT * FROM gridmap.incidents WHERE code ILIKE :prefix ORDER BY code LIMIT :most
) i
CROSS JOIN gridmap.deployment d
LEFT JOIN gridmap.admin_units v ON v.id = i.village_id
ORDER BY i.code
