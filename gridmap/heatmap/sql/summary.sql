-- One pass over the selected incidents and those of the period before (frame 0), then sums.
WITH counts AS MATERIALIZED (
    SELECT i.township_id, i.grid_id, i.placement, i.category,
        width_bucket(i.reported_at, CAST(:starts AS timestamptz[])) - 1 AS frame,
        count(*)::int AS n
    FROM incidents i
    WHERE i.reported_at >= :before AND i.reported_at < :until
      AND (CAST(:categories AS text[]) IS NULL OR i.category = ANY (CAST(:categories AS text[])))
      AND (CAST(:statuses AS text[]) IS NULL OR i.status = ANY (CAST(:statuses AS text[])))
      AND (CAST(:township AS text) IS NULL OR i.township_id IN (
          SELECT u.id FROM admin_units u
          WHERE u.level = 'township_level' AND u.code = CAST(:township AS text)))
    GROUP BY i.township_id, i.grid_id, i.placement, i.category, frame
), by_grid AS MATERIALIZED (
    SELECT g.code, c.frame, sum(c.n)::int AS n
    FROM counts c JOIN grids g ON g.id = c.grid_id
    GROUP BY g.code, c.frame
), busiest AS (
    SELECT code FROM by_grid WHERE frame > 0
    GROUP BY code ORDER BY sum(n) DESC, code COLLATE "C" LIMIT :most_grids
)
SELECT 'placement' AS what, placement AS code, 0 AS frame, sum(n)::int AS n
FROM counts WHERE frame > 0 GROUP BY placement
UNION ALL
SELECT 'frame', '', frame, sum(n)::int FROM counts WHERE frame > 0 GROUP BY frame
UNION ALL
SELECT 'category', category, 0, sum(n)::int FROM counts WHERE frame > 0 GROUP BY category
UNION ALL
SELECT 'township', u.code, c.frame, sum(c.n)::int
FROM counts c JOIN admin_units u ON u.id = c.township_id GROUP BY u.code, c.frame
UNION ALL
SELECT 'grid', b.code, b.frame, b.n FROM by_grid b JOIN busiest USING (code)
