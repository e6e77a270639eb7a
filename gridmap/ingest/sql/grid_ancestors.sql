-- A grid comes from the earlier grids it shares land with, where its plan took over from theirs.
INSERT INTO gridmap.grid_ancestors (grid_id, ancestor_id)
SELECT g.id, old.id
FROM pg_temp.staging s
JOIN gridmap.grids g ON g.plan_id = :plan_id AND g.code = s.code
JOIN gridmap.grids old
    ON old.plan_id <> g.plan_id
    AND old.geom && g.geom
    AND upper(old.valid) = CAST(:first_day AS date)
WHERE st_area(st_intersection(old.geom, g.geom)) > 0.001 * least(st_area(old.geom), st_area(g.geom))
ON CONFLICT DO NOTHING
