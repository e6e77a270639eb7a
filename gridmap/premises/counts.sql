-- Premises of every grid: today by the grid they are placed in, on another day by where they stand.
WITH residents_of AS (
    SELECT household_id, count(*) AS n FROM gridmap.residents GROUP BY household_id
), homes AS (
    SELECT d.building_id, count(DISTINCT d.id) AS dwellings, count(h.id) AS households,
        coalesce(sum(r.n), 0) AS residents
    FROM gridmap.dwellings d
    LEFT JOIN gridmap.households h ON h.dwelling_id = d.id
    LEFT JOIN residents_of r ON r.household_id = h.id
    GROUP BY d.building_id
), placed AS (
    SELECT id, grid_id FROM gridmap.buildings
    WHERE CAST(:as_of AS date) IS NULL AND grid_id IS NOT NULL
    UNION ALL
    SELECT id, grid_id FROM gridmap.building_grids(:as_of) WHERE CAST(:as_of AS date) IS NOT NULL
)
SELECT p.grid_id, count(*) AS buildings,
    coalesce(sum(homes.dwellings), 0)::bigint AS dwellings,
    coalesce(sum(homes.households), 0)::bigint AS households,
    coalesce(sum(homes.residents), 0)::bigint AS residents
FROM placed p
LEFT JOIN homes ON homes.building_id = p.id
GROUP BY p.grid_id
