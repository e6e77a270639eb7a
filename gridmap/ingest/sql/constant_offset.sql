-- The median displacement, in metres, of staged buildings against loaded ones of the same code:
-- given when at least 20 are known and nine in ten are displaced alike, by more than 20 m.
WITH moved AS (
    SELECT
        st_transform(st_centroid(s.geom), d.area_srid) AS here,
        st_transform(st_centroid(b.geom), d.area_srid) AS there
    FROM pg_temp.staging s
    JOIN gridmap.buildings b ON b.code = s.code
    CROSS JOIN gridmap.deployment d
    LIMIT 10000
), shift AS (
    SELECT st_x(here) - st_x(there) AS east, st_y(here) - st_y(there) AS north FROM moved
), middle AS (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY east) AS east,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY north) AS north, count(*) AS n
    FROM shift
)
SELECT sqrt(m.east ^ 2 + m.north ^ 2) AS offset_m
FROM middle m
WHERE m.n >= 20 AND sqrt(m.east ^ 2 + m.north ^ 2) > 20
  AND (SELECT count(*) FROM shift s
       WHERE sqrt((s.east - m.east) ^ 2 + (s.north - m.north) ^ 2) < 10) >= 0.9 * m.n
