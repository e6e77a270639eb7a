-- The audit trail in the order of its seals, lines without seal last.
SELECT s.number, coalesce(s.entry_id, e.id) AS entry_id, s.hash,
    CASE WHEN e.id IS NOT NULL THEN gridmap.audit_text(e) END AS text
FROM gridmap.audit_seals s
FULL JOIN gridmap.audit_entries e ON e.id = s.entry_id
ORDER BY s.number NULLS LAST, e.id
