-- How many units, grids (never micro) and postings are in force today.
WITH today AS MATERIALIZED (SELECT gridmap.day_of(now()) AS day)
SELECT
    (SELECT count(*) FROM gridmap.admin_units u, today
     WHERE u.level = 'county' AND u.valid @> today.day) AS counties,
    (SELECT count(*) FROM gridmap.admin_units u, today
     WHERE u.level = 'township_level' AND u.valid @> today.day) AS townships,
    (SELECT count(*) FROM gridmap.admin_units u, today
     WHERE u.level = 'community_level' AND u.valid @> today.day) AS villages,
    (SELECT count(*) FROM gridmap.grids g, today
     WHERE g.kind <> 'micro' AND g.valid @> today.day) AS grids,
    (SELECT count(*) FROM gridmap.postings p, today WHERE p.valid @> today.day) AS postings
