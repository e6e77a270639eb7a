-- The next code of a day: its eight digits and a sequence of six.
SELECT CAST(:day AS text) || lpad((coalesce(max(right(code, 6)), '0')::int + 1)::text, 6, '0')
FROM gridmap.incidents
WHERE code LIKE CAST(:day AS text) || '%' AND code ~ '^\d{14}$'
