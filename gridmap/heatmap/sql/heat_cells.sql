-- Selected, located incidents counted in cells and frames; the sums of their coordinates
-- (degrees) give each cell the mean place of its incidents.
SELECT
    floor(ST_X(i.geom_3857) * :cells_per_m)::int AS cell_x,
    floor(ST_Y(i.geom_3857) * :cells_per_m)::int AS cell_y,
    width_bucket(i.reported_at, CAST(:starts AS timestamptz[])) - 1 AS frame,
    count(*)::int AS n,
    sum(ST_X(i.geom)) AS lon, sum(ST_Y(i.geom)) AS lat
FROM incidents i
WHERE i.geom IS NOT NULL
  AND i.reported_at >= :since AND i.reported_at < :until
  AND (CAST(:categories AS text[]) IS NULL OR i.category = ANY (CAST(:categories AS text[])))
  AND (CAST(:statuses AS text[]) IS NULL OR i.status = ANY (CAST(:statuses AS text[])))
GROUP BY cell_x, cell_y, frame
ORDER BY cell_x, cell_y, frame
