-- The grids of a network with who lives in each, by the anchors of buildings; a building on ground
-- that two of them share is in both, as in the crosswalk.
WITH inside AS (
    SELECT n.code, b.id
    FROM gridmap.network_grids n
    JOIN gridmap.buildings b ON b.geom && n.geom AND gridmap.covers_point(n.geom, b.anchor)
    WHERE n.plan_id = :plan_id
), homes AS (
    SELECT d.building_id, count(DISTINCT h.id) AS households, count(r.id) AS residents
    FROM (SELECT DISTINCT id FROM inside) i
    JOIN gridmap.dwellings d ON d.building_id = i.id
    JOIN gridmap.households h ON h.dwelling_id = d.id
    LEFT JOIN gridmap.residents r ON r.household_id = h.id
    GROUP BY d.building_id
), loads AS (
    SELECT i.code, count(*) AS buildings, sum(h.households)::int AS households,
        sum(h.residents)::int AS residents
    FROM inside i
    LEFT JOIN homes h ON h.building_id = i.id
    GROUP BY i.code
)
SELECT n.code, n.name, public.st_asbinary(n.geom) AS wkb, gridmap.area_m2(n.geom) AS area_m2,
    coalesce(l.buildings, 0) AS buildings, coalesce(l.households, 0) AS households,
    coalesce(l.residents, 0) AS residents
FROM gridmap.network_grids n
LEFT JOIN loads l ON l.code = n.code
WHERE n.plan_id = :plan_id
ORDER BY n.code COLLATE "C"
