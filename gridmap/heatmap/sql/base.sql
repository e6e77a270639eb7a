-- The calm base map. A county's tile shows through roads and wide waters; lanes come with the
-- zoom at which they can be told apart. A class not listed here is a street.
WITH drawn AS (
    SELECT f.kind, f.class, f.name,
        ST_Simplify(f.geom_3857, :unit_m, true) AS shape
    FROM base_features f
    WHERE f.geom_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.016)
      AND :z >= CASE
        WHEN f.kind = 'railway' THEN 8
        WHEN f.kind = 'wall' THEN 15
        WHEN f.kind = 'road' THEN CASE
            WHEN f.class IN ('motorway', 'trunk', 'national', 'primary', 'provincial',
                '高速', '国道', '省道') THEN 0
            WHEN f.class IN ('secondary', 'main', '县道') THEN 7
            WHEN f.class IN ('tertiary', 'county', '乡道') THEN 9
            WHEN f.class IN ('service', 'track', 'path', 'footway', 'steps', 'pedestrian', 'lane')
                THEN 13
            ELSE 12 END
        WHEN f.kind = 'river' THEN CASE
            WHEN f.class IN ('river', 'main') OR f.class IS NULL THEN 0
            WHEN f.class IN ('stream', 'tributary', 'canal') THEN 10
            ELSE 12 END
        ELSE 0 END
      -- An area smaller than a pixel or two cannot be seen.
      AND (ST_Dimension(f.geom_3857) < 2
           OR ST_Area(ST_Envelope(f.geom_3857)) > 64 * :unit_m * :unit_m)
), shapes AS (
    SELECT kind, class, name,
        ST_AsMVTGeom(shape, ST_TileEnvelope(:z, :x, :y), 4096, 64) AS geom
    FROM drawn
)
SELECT ST_AsMVT(s, 'base', 4096, 'geom') FROM shapes s WHERE s.geom IS NOT NULL
