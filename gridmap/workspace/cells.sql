-- Selected, located incidents counted in squares of the deployment's Gauss–Krüger zone.
SELECT floor(ST_X(p.place) / :cell_m)::int AS cell_x, floor(ST_Y(p.place) / :cell_m)::int AS cell_y,
    count(*) AS n
FROM incidents i
CROSS JOIN LATERAL (SELECT ST_Transform(i.geom, :srid) AS place) p
WHERE i.geom IS NOT NULL
  AND (CAST(:since AS timestamptz) IS NULL OR i.reported_at >= CAST(:since AS timestamptz))
  AND (CAST(:until AS timestamptz) IS NULL OR i.reported_at < CAST(:until AS timestamptz))
  AND (CAST(:categories AS text[]) IS NULL OR i.category = ANY (CAST(:categories AS text[])))
  AND (CAST(:statuses AS text[]) IS NULL OR i.status = ANY (CAST(:statuses AS text[])))
GROUP BY cell_x, cell_y
ORDER BY cell_x, cell_y
