-- Every selected incident as a point of its own. No buffer: each lies in exactly one tile.
WITH placed AS MATERIALIZED (
    SELECT i.code, i.category, i.status,
        to_char(i.reported_at AT TIME ZONE :zone, 'YYYYMMDD')::int AS day,
        i.geom_3857,
        floor((ST_X(i.geom_3857) + :world_m / 2) * :cells_per_m)::int AS cell_x,
        floor((:world_m / 2 - ST_Y(i.geom_3857)) * :cells_per_m)::int AS cell_y
    FROM incidents i
    WHERE i.geom_3857 && ST_Expand(ST_TileEnvelope(:z, :x, :y), 1)
      AND i.reported_at >= :since AND i.reported_at < :until
      AND (CAST(:categories AS text[]) IS NULL OR i.category = ANY (CAST(:categories AS text[])))
      AND (CAST(:statuses AS text[]) IS NULL OR i.status = ANY (CAST(:statuses AS text[])))
), points AS (
    SELECT code, category, status, day,
        ST_AsMVTGeom(geom_3857, ST_TileEnvelope(:z, :x, :y), 4096, 64) AS geom
    FROM placed WHERE cell_x / :cells = :x AND cell_y / :cells = :y
)
SELECT ST_AsMVT(p, 'incidents', 4096, 'geom') FROM points p
