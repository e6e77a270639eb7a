-- Townships or villages of one day.
WITH shapes AS (
    SELECT u.code, u.name, u.kind,
        ST_AsMVTGeom(
            ST_Simplify(u.geom_3857, :unit_m, true), ST_TileEnvelope(:z, :x, :y), 4096, 64
        ) AS geom
    FROM admin_units u
    WHERE u.level = :level
      AND u.valid @> CAST(:day AS date)
      AND u.geom_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.016)
)
SELECT ST_AsMVT(s, :layer, 4096, 'geom') FROM shapes s WHERE s.geom IS NOT NULL
