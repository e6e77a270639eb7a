-- Townships or villages of one day: their outlines, and in a layer beside it one point a name,
-- in the one tile that holds it.
WITH drawn AS MATERIALIZED (
    SELECT u.code, u.name, u.kind, u.geom_3857, ST_PointOnSurface(u.geom_3857) AS middle
    FROM admin_units u
    WHERE u.level = :level
      AND u.valid @> CAST(:day AS date)
      AND u.geom_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.016)
), shapes AS (
    SELECT d.code, d.name, d.kind,
        ST_AsMVTGeom(
            ST_Simplify(d.geom_3857, :unit_m, true), ST_TileEnvelope(:z, :x, :y), 4096, 64
        ) AS geom
    FROM drawn d
), labels AS (
    SELECT d.code, d.name, d.kind,
        ST_AsMVTGeom(d.middle, ST_TileEnvelope(:z, :x, :y), 4096, 0) AS geom
    FROM drawn d
    WHERE d.middle && ST_TileEnvelope(:z, :x, :y)
)
SELECT (SELECT ST_AsMVT(s, :layer, 4096, 'geom') FROM shapes s WHERE s.geom IS NOT NULL)
    || (SELECT ST_AsMVT(l, :layer || '_labels', 4096, 'geom') FROM labels l
        WHERE l.geom IS NOT NULL)
