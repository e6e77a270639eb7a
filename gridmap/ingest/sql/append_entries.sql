-- Entries for incidents a file has written: the report, when there is none yet; else a note that
-- their status came by file, when it differs from the last entry's.
INSERT INTO gridmap.incident_entries (incident_id, at, action, status, note)
SELECT
    i.id,
    CASE WHEN last.status IS NULL THEN i.reported_at ELSE now() END,
    CASE WHEN last.status IS NULL THEN 'report' ELSE 'import' END,
    i.status,
    CASE WHEN last.status IS NULL THEN NULL ELSE i.source END
FROM gridmap.incidents i
LEFT JOIN LATERAL (
    SELECT e.status FROM gridmap.incident_entries e
    WHERE e.incident_id = i.id ORDER BY e.id DESC LIMIT 1
) last ON true
WHERE i.id = ANY (CAST(:ids AS bigint[])) AND last.status IS DISTINCT FROM i.status
