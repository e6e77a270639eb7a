SELECT at, action, status, note, recorded_by AS actor
FROM gridmap.incident_entries
WHERE incident_id = :id
ORDER BY at, id
