-- The village or community of each staged grid: by its code, by the first 12 digits of the grid's
-- code, or, where codes are free text, by where the grid lies. The unit in force on the plan's
-- first day goes before others.
UPDATE pg_temp.staging s
SET village_id = (
    SELECT u.id
    FROM gridmap.admin_units u, gridmap.deployment d
    WHERE u.level = 'community_level'
      AND CASE
        WHEN s.village_code IS NOT NULL THEN u.code = s.village_code
        WHEN d.grid_code_scheme = 'text' THEN
            u.geom && s.geom AND st_intersects(u.geom, st_pointonsurface(s.geom))
        ELSE u.code = left(s.code, 12)
      END
    ORDER BY u.valid @> coalesce(CAST(:first_day AS date), current_date) DESC, u.valid DESC, u.code
    LIMIT 1
)
