-- The extent of the county's outline, or of all outlines when the county itself has none.
WITH extent AS (
    SELECT coalesce(
        st_extent(u.geom) FILTER (WHERE u.code = d.county_code),
        st_extent(u.geom) FILTER (WHERE u.level IN ('township_level', 'community_level'))
    ) AS box
    FROM gridmap.deployment d
    LEFT JOIN gridmap.admin_units u ON u.geom IS NOT NULL
)
SELECT
    st_xmin(box) - 0.1 * (st_xmax(box) - st_xmin(box)) AS west,
    st_ymin(box) - 0.1 * (st_ymax(box) - st_ymin(box)) AS south,
    st_xmax(box) + 0.1 * (st_xmax(box) - st_xmin(box)) AS east,
    st_ymax(box) + 0.1 * (st_ymax(box) - st_ymin(box)) AS north
FROM extent
