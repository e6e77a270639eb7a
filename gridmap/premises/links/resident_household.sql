-- Residents without a household. Their code and reference only: the list may travel.
SELECT r.code, NULL AS name, r.household_ref AS ref, NULL AS amount,
    NULL::float8 AS lon, NULL::float8 AS lat, count(*) OVER () AS broken
FROM gridmap.residents r
WHERE r.household_id IS NULL
ORDER BY r.code
LIMIT :most
