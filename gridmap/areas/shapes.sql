-- The outlines that must tile: grids in force on a day (never micro) and admin units, as
-- well-known binary; of one village (by id) only, or of all.
WITH asked AS (SELECT coalesce(CAST(:as_of AS date), gridmap.day_of(now())) AS day)
SELECT 'grid' AS level, g.id, g.code, g.name, g.village_id AS parent_id,
    public.st_asbinary(g.geom) AS wkb
FROM asked
JOIN gridmap.grids g ON g.valid @> asked.day AND g.kind <> 'micro'
WHERE CAST(:village AS bigint) IS NULL OR g.village_id = :village
UNION ALL
SELECT u.level, u.id, u.code, u.name, u.parent_id, public.st_asbinary(u.geom)
FROM asked
JOIN gridmap.admin_units u ON u.valid @> asked.day
WHERE u.level IN ('county', 'township_level', 'community_level')
  AND (CAST(:village AS bigint) IS NULL OR u.id = :village)
ORDER BY 1, 3
