-- Townships, villages and grids in force, by code or name; the best matches first.
WITH today AS MATERIALIZED (SELECT gridmap.day_of(now()) AS day), named AS (
    SELECT CASE u.level WHEN 'township_level' THEN 'township' ELSE 'village' END AS type,
        u.code, u.name, p.name AS "where", u.geom
    FROM gridmap.admin_units u
    LEFT JOIN gridmap.admin_units p ON p.id = u.parent_id, today
    WHERE u.level IN ('township_level', 'community_level') AND u.valid @> today.day
    UNION ALL
    SELECT 'grid', g.code, g.name, concat_ws(' ', t.name, v.name), g.geom
    FROM gridmap.grids g
    JOIN gridmap.admin_units v ON v.id = g.village_id
    LEFT JOIN gridmap.admin_units t ON t.id = v.parent_id, today
    WHERE g.valid @> today.day
), found AS (
    SELECT *, CASE
        WHEN code = :text THEN 0
        WHEN name = :text THEN 1
        WHEN name ILIKE :prefix THEN 2
        WHEN code ILIKE :prefix THEN 3 ELSE 4 END AS rank,
        array_position(ARRAY['township', 'village', 'grid'], type) AS place
    FROM named
    WHERE code ILIKE :prefix OR name ILIKE :anywhere
    ORDER BY rank, place, code
    LIMIT :most
)
SELECT type, code, name, coalesce("where", '') AS "where", rank,
    public.st_x(public.st_pointonsurface(geom)) AS lon,
    public.st_y(public.st_pointonsurface(geom)) AS lat,
    public.st_xmin(geom) AS west, public.st_ymin(geom) AS south,
    public.st_xmax(geom) AS east, public.st_ymax(geom) AS north
FROM found
ORDER BY rank, place, code
