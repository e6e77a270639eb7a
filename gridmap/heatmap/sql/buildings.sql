-- Buildings with the number of their households.
WITH drawn AS MATERIALIZED (
    SELECT b.id, b.code, b.name, b.kind, b.floors, b.geom_3857
    FROM buildings b
    WHERE b.geom_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.016)
), homes AS (
    SELECT w.building_id, count(*)::int AS n FROM drawn d
    JOIN dwellings w ON w.building_id = d.id
    JOIN households h ON h.dwelling_id = w.id
    GROUP BY w.building_id
), shapes AS (
    SELECT d.code, d.name, d.kind, d.floors::int AS floors, coalesce(h.n, 0) AS households,
        ST_AsMVTGeom(d.geom_3857, ST_TileEnvelope(:z, :x, :y), 4096, 64) AS geom
    FROM drawn d LEFT JOIN homes h ON h.building_id = d.id
)
SELECT ST_AsMVT(s, 'buildings', 4096, 'geom') FROM shapes s WHERE s.geom IS NOT NULL
