-- Incidents that came without a place.
SELECT i.code, i.address AS name, NULL AS ref, NULL AS amount,
    NULL::float8 AS lon, NULL::float8 AS lat, count(*) OVER () AS broken
FROM gridmap.incidents i
WHERE i.placement = 'no_location'
ORDER BY i.reported_at DESC, i.code
LIMIT :most
