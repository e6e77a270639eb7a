-- What stood on a day in the villages of a plan, and what the plan has there.
SELECT g.plan_id = :plan_id AS of_plan, g.code, g.name, g.kind, g.village_id, g.area_m2,
    public.st_asbinary(g.geom) AS wkb
FROM gridmap.grids g
WHERE g.village_id = ANY (:villages) AND g.kind <> 'micro'
  AND (g.plan_id = :plan_id OR g.valid @> CAST(:day AS date))
ORDER BY g.code COLLATE "C"
