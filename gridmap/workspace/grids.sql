-- Grids in force on one day, with what stands and happened in them.
-- Buildings know the grid they stand in today; for the grids of another day they are looked up.
WITH wanted AS MATERIALIZED (
    SELECT g.*, g.valid @> CAST(:today AS date) AND g.kind <> 'micro' AS current
    FROM grids g WHERE g.valid @> CAST(:day AS date)
), stands AS (
    SELECT w.id AS grid_id, b.id FROM wanted w JOIN buildings b ON b.grid_id = w.id WHERE w.current
    UNION ALL
    SELECT w.id, b.id FROM wanted w
    JOIN buildings b ON b.geom && w.geom AND ST_Intersects(b.anchor, w.geom)
    WHERE NOT w.current
), premises AS (
    SELECT s.grid_id, count(DISTINCT s.id) AS buildings, count(DISTINCT h.id) AS households,
        count(r.id) AS residents
    FROM stands s
    LEFT JOIN dwellings d ON d.building_id = s.id
    LEFT JOIN households h ON h.dwelling_id = d.id
    LEFT JOIN residents r ON r.household_id = h.id
    GROUP BY s.grid_id
), cases AS (
    SELECT i.grid_id, count(*) AS n FROM incidents i JOIN wanted w ON w.id = i.grid_id
    GROUP BY i.grid_id
)
SELECT w.code, w.name, w.kind, w.area_kind, v.code AS village_code, v.name AS village,
    t.code AS township_code, t.name AS township, w.area_m2,
    coalesce(p.buildings, 0) AS buildings, coalesce(p.households, 0) AS households,
    coalesce(p.residents, 0) AS residents, coalesce(c.n, 0) AS incidents,
    lower(w.valid) AS valid_from, upper(w.valid) - 1 AS valid_to,
    ST_AsBinary(w.geom) AS geometry
FROM wanted w
JOIN admin_units v ON v.id = w.village_id
LEFT JOIN admin_units t ON t.id = v.parent_id
LEFT JOIN premises p ON p.grid_id = w.id
LEFT JOIN cases c ON c.grid_id = w.id
ORDER BY w.code COLLATE "C"
