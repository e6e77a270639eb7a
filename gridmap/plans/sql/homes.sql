-- The buildings that stand in a village, on record there or not: anchor, footprint, who lives there.
WITH here AS MATERIALIZED (
    SELECT b.id, b.anchor, b.geom
    FROM gridmap.admin_units v
    JOIN gridmap.buildings b ON b.geom && v.geom AND public.st_intersects(v.geom, b.anchor)
    WHERE v.id = :village_id
), homes AS (
    SELECT d.building_id, count(DISTINCT h.id) AS households, count(r.id) AS residents
    FROM here
    JOIN gridmap.dwellings d ON d.building_id = here.id
    JOIN gridmap.households h ON h.dwelling_id = d.id
    LEFT JOIN gridmap.residents r ON r.household_id = h.id
    GROUP BY d.building_id
)
SELECT public.st_x(here.anchor) AS lon, public.st_y(here.anchor) AS lat,
    public.st_asbinary(here.geom) AS wkb,
    coalesce(homes.households, 0) AS households, coalesce(homes.residents, 0) AS residents
FROM here
LEFT JOIN homes ON homes.building_id = here.id
ORDER BY here.id
