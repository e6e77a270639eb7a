-- Incidents, the newest first, after a place in that order. `since` is inclusive, `until` not.
SELECT i.id, i.code, i.reported_at, i.channel, i.category, i.subcategory, i.status, i.description,
    i.address, public.st_x(i.geom) AS lon, public.st_y(i.geom) AS lat, i.placement,
    g.code AS grid_code
FROM gridmap.incidents i
LEFT JOIN gridmap.grids g ON g.id = i.grid_id
WHERE (CAST(:since AS timestamptz) IS NULL OR i.reported_at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR i.reported_at < :until)
  AND (CAST(:category AS text) IS NULL OR i.category = :category)
  AND (CAST(:status AS text) IS NULL OR i.status = :status)
  AND (CAST(:placement AS text) IS NULL OR i.placement = :placement)
  AND (CAST(:grid AS text) IS NULL OR i.grid_id IN (
        SELECT id FROM gridmap.grids WHERE code = :grid))
  AND (CAST(:area AS text) IS NULL OR i.village_id IN (
        SELECT id FROM gridmap.admin_units WHERE code = :area)
       OR i.township_id IN (SELECT id FROM gridmap.admin_units WHERE code = :area))
  AND (CAST(:after_id AS bigint) IS NULL
       OR (i.reported_at, i.id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS bigint)))
ORDER BY i.reported_at DESC, i.id DESC
LIMIT :most
