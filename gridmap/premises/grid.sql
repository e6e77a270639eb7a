-- Premises of one grid, by the same rule as counts.sql. `empty_households` have no resident.
WITH here AS MATERIALIZED (
    SELECT b.id FROM gridmap.buildings b
    WHERE CAST(:as_of AS date) IS NULL AND b.grid_id = :grid
    UNION ALL
    SELECT b.id
    FROM gridmap.grids g
    JOIN gridmap.buildings b ON b.anchor OPERATOR(public.&&) g.geom
    CROSS JOIN gridmap.deployment d
    WHERE CAST(:as_of AS date) IS NOT NULL AND g.id = :grid
      AND gridmap.grid_at(b.anchor, CAST(:as_of AS timestamp) AT TIME ZONE d.time_zone) = g.id
), dwellings_here AS MATERIALIZED (
    SELECT d.id FROM here JOIN gridmap.dwellings d ON d.building_id = here.id
), households_here AS MATERIALIZED (
    SELECT h.id, (SELECT count(*) FROM gridmap.residents r WHERE r.household_id = h.id) AS residents
    FROM dwellings_here JOIN gridmap.households h ON h.dwelling_id = dwellings_here.id
)
SELECT
    (SELECT count(*) FROM here) AS buildings,
    (SELECT count(*) FROM dwellings_here) AS dwellings,
    (SELECT count(*) FROM households_here) AS households,
    (SELECT coalesce(sum(residents), 0)::bigint FROM households_here) AS residents,
    (SELECT count(*) FROM households_here WHERE residents = 0) AS empty_households,
    (SELECT count(*) FROM gridmap.assets WHERE grid_id = :grid) AS assets,
    (SELECT count(*) FROM gridmap.organisations WHERE grid_id = :grid) AS organisations
