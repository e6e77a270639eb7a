-- Earlier plans end on the new plan's first day in the villages that it covers.
UPDATE gridmap.grids g
SET valid = daterange(lower(g.valid), CAST(:first_day AS date))
WHERE g.plan_id <> :plan_id
  AND g.valid && daterange(CAST(:first_day AS date), CAST(:end_day AS date))
  AND (g.village_id IN (SELECT village_id FROM pg_temp.staging)
    OR g.code IN (SELECT code FROM pg_temp.staging))
