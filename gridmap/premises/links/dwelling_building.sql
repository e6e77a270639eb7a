-- Dwellings without a building.
SELECT d.code, concat_ws('-', d.unit, d.room) AS name, d.building_ref AS ref, NULL AS amount,
    NULL::float8 AS lon, NULL::float8 AS lat, count(*) OVER () AS broken
FROM gridmap.dwellings d
WHERE d.building_id IS NULL
ORDER BY d.code
LIMIT :most
