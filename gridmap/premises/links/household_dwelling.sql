-- Households without a dwelling.
SELECT h.code, NULL AS name, h.dwelling_ref AS ref, NULL AS amount,
    NULL::float8 AS lon, NULL::float8 AS lat, count(*) OVER () AS broken
FROM gridmap.households h
WHERE h.dwelling_id IS NULL
ORDER BY h.code
LIMIT :most
