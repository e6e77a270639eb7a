-- Who holds an office on a day, today if none is given: their names and office phones hang in public.
SELECT grid_code, role, person_name, office_phone, lower(valid) AS valid_from, source
FROM gridmap.postings
WHERE valid @> coalesce(CAST(:as_of AS date), gridmap.day_of(now()))
ORDER BY grid_code COLLATE "C", id
