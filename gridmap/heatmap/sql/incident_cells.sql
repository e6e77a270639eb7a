-- Selected incidents counted in cells, each drawn at the mean of its points, so that a village
-- shows where it lies and not where a cell's middle is.
WITH counts AS MATERIALIZED (
    SELECT
        floor((ST_X(i.geom_3857) + :world_m / 2) * :cells_per_m)::int AS cell_x,
        floor((:world_m / 2 - ST_Y(i.geom_3857)) * :cells_per_m)::int AS cell_y,
        count(*)::int AS n,
        avg(ST_X(i.geom_3857)) AS mean_x, avg(ST_Y(i.geom_3857)) AS mean_y
    FROM incidents i
    WHERE i.geom_3857 && ST_Expand(ST_TileEnvelope(:z, :x, :y), 1)
      AND i.reported_at >= :since AND i.reported_at < :until
      AND (CAST(:categories AS text[]) IS NULL OR i.category = ANY (CAST(:categories AS text[])))
      AND (CAST(:statuses AS text[]) IS NULL OR i.status = ANY (CAST(:statuses AS text[])))
    GROUP BY cell_x, cell_y
), points AS (
    SELECT n,
        ST_AsMVTGeom(
            ST_SetSRID(ST_MakePoint(mean_x, mean_y), 3857),
            ST_TileEnvelope(:z, :x, :y), 4096, 64
        ) AS geom
    FROM counts WHERE cell_x / :cells = :x AND cell_y / :cells = :y
)
SELECT ST_AsMVT(p, 'incidents', 4096, 'geom') FROM points p
