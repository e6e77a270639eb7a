-- Staged postings. Without valid_from the posting in force is meant, and a new one begins in 2000.
WITH target AS (
    SELECT s.*, p.id AS posting_id
    FROM pg_temp.staging s
    LEFT JOIN gridmap.postings p
        ON (p.grid_code, p.role, p.person_name) = (s.grid_code, s.role, s.person_name)
        AND CASE WHEN s.valid_from IS NULL THEN p.valid @> current_date
            ELSE lower(p.valid) = s.valid_from END
), added AS (
    INSERT INTO gridmap.postings (grid_code, role, person_name, office_phone, valid, source)
    SELECT grid_code, role, person_name, office_phone,
        daterange(coalesce(valid_from, DATE '2000-01-01'), valid_to), source
    FROM target WHERE posting_id IS NULL ORDER BY row_number
    RETURNING 1
), changed AS (
    UPDATE gridmap.postings p
    SET office_phone = coalesce(t.office_phone, p.office_phone), source = t.source,
        valid = daterange(lower(p.valid), coalesce(t.valid_to, upper(p.valid)))
    FROM target t
    WHERE p.id = t.posting_id
      AND ((t.office_phone IS NOT NULL AND p.office_phone IS DISTINCT FROM t.office_phone)
        OR (t.valid_to IS NOT NULL AND upper(p.valid) IS DISTINCT FROM t.valid_to))
    RETURNING 1
)
SELECT
    (SELECT count(*) FROM added) AS inserted,
    (SELECT count(*) FROM changed) AS updated,
    (SELECT count(*) FROM target) - (SELECT count(*) FROM added) - (SELECT count(*) FROM changed)
        AS unchanged
