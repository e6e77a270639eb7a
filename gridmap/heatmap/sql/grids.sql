-- Grids in force on one day with their households and incidents, and one point a name in a layer
-- beside them.
-- Counts of what the actor may not count are left out: they are not 0.
-- Buildings know the grid they stand in today; for the grids of another day they are looked up.
WITH drawn AS MATERIALIZED (
    SELECT g.id, g.code, g.name, g.kind, g.area_kind, g.geom, g.geom_3857,
        g.valid @> CAST(:today AS date) AS current
    FROM grids g
    WHERE g.valid @> CAST(:day AS date)
      AND g.geom_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.016)
      AND (g.kind <> 'micro' OR :z >= 13)
), stands AS (
    SELECT d.id AS grid_id, b.id FROM drawn d JOIN buildings b ON b.grid_id = d.id
    WHERE d.current AND d.kind <> 'micro'
    UNION ALL
    SELECT d.id, b.id FROM drawn d
    JOIN buildings b ON b.geom && d.geom AND ST_Intersects(b.anchor, d.geom)
    WHERE NOT d.current OR d.kind = 'micro'
), homes AS (
    SELECT s.grid_id, count(*)::int AS n FROM stands s
    JOIN dwellings w ON w.building_id = s.id
    JOIN households h ON h.dwelling_id = w.id
    GROUP BY s.grid_id
), cases AS (
    SELECT i.grid_id, count(*)::int AS n FROM drawn d JOIN incidents i ON i.grid_id = d.id
    GROUP BY i.grid_id
), shapes AS (
    SELECT d.code, d.name, d.kind, d.area_kind,
        CASE WHEN d.id IN (SELECT grids_of('premises')) THEN coalesce(h.n, 0) END AS households,
        CASE WHEN d.id IN (SELECT grids_of('incidents')) THEN coalesce(c.n, 0) END AS incidents,
        ST_AsMVTGeom(
            ST_Simplify(d.geom_3857, :unit_m, true), ST_TileEnvelope(:z, :x, :y), 4096, 64
        ) AS geom
    FROM drawn d LEFT JOIN homes h ON h.grid_id = d.id LEFT JOIN cases c ON c.grid_id = d.id
), labels AS (
    SELECT d.code, d.name, d.kind,
        ST_AsMVTGeom(
            ST_PointOnSurface(d.geom_3857), ST_TileEnvelope(:z, :x, :y), 4096, 0
        ) AS geom
    FROM drawn d
    WHERE :z >= 13 AND ST_PointOnSurface(d.geom_3857) && ST_TileEnvelope(:z, :x, :y)
)
SELECT (SELECT ST_AsMVT(s, 'grids', 4096, 'geom') FROM shapes s WHERE s.geom IS NOT NULL)
    || (SELECT ST_AsMVT(l, 'grids_labels', 4096, 'geom') FROM labels l WHERE l.geom IS NOT NULL)
