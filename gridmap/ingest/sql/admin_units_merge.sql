-- Staged units into admin_units. The unit of that code in force on valid_from (today if none is
-- given) is the one meant; what the file does not give is left alone.
WITH target AS (
    SELECT s.*, u.id AS unit_id,
        coalesce(s.kind, CASE
            WHEN s.level = 'township_level' THEN CASE
                WHEN right(s.code, 3)::int < 100 THEN 'subdistrict'
                WHEN right(s.code, 3)::int < 200 THEN 'town'
                WHEN right(s.code, 3)::int < 400 THEN 'township' ELSE 'other' END
            WHEN s.level = 'community_level' THEN
                CASE WHEN right(s.code, 3)::int < 200 THEN 'community' ELSE 'village' END
        END) AS known_kind
    FROM pg_temp.staging s
    LEFT JOIN gridmap.admin_units u
        ON u.code = s.code AND u.valid @> coalesce(s.valid_from, current_date)
), added AS (
    INSERT INTO gridmap.admin_units (code, level, kind, name, valid, geom, source)
    SELECT code, level, known_kind, name,
        daterange(coalesce(valid_from, DATE '2000-01-01'), valid_to), geom, source
    FROM target WHERE unit_id IS NULL ORDER BY code
    RETURNING 1
), changed AS (
    UPDATE gridmap.admin_units u
    SET name = t.name, level = t.level, source = t.source,
        kind = CASE WHEN :has_kind THEN t.known_kind ELSE u.kind END,
        geom = CASE WHEN :has_geometry THEN t.geom ELSE u.geom END,
        valid = CASE WHEN t.valid_to IS NULL THEN u.valid
            ELSE daterange(lower(u.valid), t.valid_to) END
    FROM target t
    WHERE u.id = t.unit_id
      AND ((u.name, u.level) IS DISTINCT FROM (t.name, t.level)
        OR (:has_kind AND u.kind IS DISTINCT FROM t.known_kind)
        OR (:has_geometry AND u.geom IS DISTINCT FROM t.geom)
        OR (t.valid_to IS NOT NULL AND upper(u.valid) IS DISTINCT FROM t.valid_to))
    RETURNING 1
)
SELECT
    (SELECT count(*) FROM added) AS inserted,
    (SELECT count(*) FROM changed) AS updated,
    (SELECT count(*) FROM target) - (SELECT count(*) FROM added) - (SELECT count(*) FROM changed)
        AS unchanged
