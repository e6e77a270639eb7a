-- Selected incidents without their texts: a description may name people.
SELECT i.code, i.reported_at, i.channel, i.category, i.subcategory, i.status, i.closed_at,
    i.placement, g.code AS grid_code, v.code AS village_code, t.code AS township_code,
    ST_AsBinary(i.geom) AS geometry
FROM incidents i
LEFT JOIN grids g ON g.id = i.grid_id
LEFT JOIN admin_units v ON v.id = i.village_id
LEFT JOIN admin_units t ON t.id = i.township_id
WHERE (CAST(:since AS timestamptz) IS NULL OR i.reported_at >= CAST(:since AS timestamptz))
  AND (CAST(:until AS timestamptz) IS NULL OR i.reported_at < CAST(:until AS timestamptz))
  AND (CAST(:categories AS text[]) IS NULL OR i.category = ANY (CAST(:categories AS text[])))
  AND (CAST(:statuses AS text[]) IS NULL OR i.status = ANY (CAST(:statuses AS text[])))
ORDER BY i.reported_at, i.code COLLATE "C"
