-- All selected incidents counted in cells and frames: n in all, f0, f1, … in each frame that has
-- any. A cell belongs to one tile, an incident to one cell: nothing is counted twice or dropped.
WITH counts AS MATERIALIZED (
    SELECT
        floor((ST_X(i.geom_3857) + :world_m / 2) * :cells_per_m)::int AS cell_x,
        floor((:world_m / 2 - ST_Y(i.geom_3857)) * :cells_per_m)::int AS cell_y,
        width_bucket(i.reported_at, CAST(:starts AS timestamptz[])) - 1 AS frame,
        count(*)::int AS n
    FROM incidents i
    WHERE i.geom_3857 && ST_Expand(ST_TileEnvelope(:z, :x, :y), 1)
      AND i.reported_at >= :since AND i.reported_at < :until
      AND (CAST(:categories AS text[]) IS NULL OR i.category = ANY (CAST(:categories AS text[])))
      AND (CAST(:statuses AS text[]) IS NULL OR i.status = ANY (CAST(:statuses AS text[])))
    GROUP BY cell_x, cell_y, frame
), cells AS (
    SELECT cell_x, cell_y, sum(n)::int AS n, jsonb_object_agg('f' || frame, n) AS frames
    FROM counts WHERE cell_x / :cells = :x AND cell_y / :cells = :y
    GROUP BY cell_x, cell_y
), points AS (
    SELECT n, frames,
        ST_MakePoint(
            (cell_x % :cells + 0.5) * (4096 / :cells), (cell_y % :cells + 0.5) * (4096 / :cells)
        ) AS geom
    FROM cells
)
SELECT ST_AsMVT(p, 'heat', 4096, 'geom') FROM points p
