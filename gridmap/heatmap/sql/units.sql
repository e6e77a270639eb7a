-- Townships or villages of one day, and one label point each (layer NAME_labels).
WITH drawn AS MATERIALIZED (
    SELECT u.code, u.name, u.kind,
        ST_Simplify(u.geom_3857, :unit_m, true) AS shape,
        ST_PointOnSurface(u.geom_3857) AS label
    FROM admin_units u
    WHERE u.level = :level
      AND u.valid @> CAST(:day AS date)
      AND u.geom_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.016)
), shapes AS (
    SELECT code, name, kind,
        ST_AsMVTGeom(shape, ST_TileEnvelope(:z, :x, :y), 4096, 64) AS geom
    FROM drawn
), labels AS (
    SELECT code, name, kind,
        ST_AsMVTGeom(label, ST_TileEnvelope(:z, :x, :y), 4096, 0) AS geom
    FROM drawn
)
SELECT (SELECT ST_AsMVT(s, :layer, 4096, 'geom') FROM shapes s WHERE s.geom IS NOT NULL)
    || (SELECT ST_AsMVT(l, :layer || '_labels', 4096, 'geom') FROM labels l
        WHERE l.geom IS NOT NULL)
