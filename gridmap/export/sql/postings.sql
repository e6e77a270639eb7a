-- Who holds an office today: their names and office phones hang in public.
SELECT grid_code, role, person_name, office_phone, lower(valid) AS valid_from, source
FROM gridmap.postings
WHERE valid @> gridmap.day_of(now())
ORDER BY grid_code COLLATE "C", id
