-- The next code of a day: its eight digits and a sequence of six. The lock, held to the end of
-- the transaction, keeps two reports from taking the same one.
SELECT CAST(:day AS text) || lpad((coalesce(max(right(code, 6)), '0')::int + 1)::text, 6, '0')
FROM gridmap.incidents, (SELECT pg_advisory_xact_lock(hashtext('incidents.code'))) AS alone
WHERE code LIKE CAST(:day AS text) || '%' AND code ~ '^\d{14}$'
