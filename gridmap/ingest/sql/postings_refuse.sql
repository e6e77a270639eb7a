-- Staged postings whose period would overlap another of the same person, role and grid, on record
-- or staged before them, or end before it begins.
WITH target AS (
    SELECT s.row_number, s.grid_code, s.role, s.person_name, p.id,
        coalesce(lower(p.valid), s.valid_from, DATE '2000-01-01') AS first_day,
        coalesce(s.valid_to, upper(p.valid)) AS end_day
    FROM pg_temp.staging s
    LEFT JOIN gridmap.postings p
        ON (p.grid_code, p.role, p.person_name) = (s.grid_code, s.role, s.person_name)
        AND CASE WHEN s.valid_from IS NULL THEN p.valid @> current_date
            ELSE lower(p.valid) = s.valid_from END
), period AS (
    SELECT target.*, coalesce(end_day <= first_day, false) AS is_empty,
        CASE WHEN end_day <= first_day THEN 'empty'
            ELSE daterange(first_day, end_day) END AS valid
    FROM target
)
DELETE FROM pg_temp.staging s
USING period p
WHERE s.row_number = p.row_number
  AND (p.is_empty
    OR EXISTS (
        SELECT FROM gridmap.postings other
        WHERE (other.grid_code, other.role, other.person_name)
              = (p.grid_code, p.role, p.person_name)
          AND other.id IS DISTINCT FROM p.id AND other.valid && p.valid)
    OR EXISTS (
        SELECT FROM period other
        WHERE (other.grid_code, other.role, other.person_name)
              = (p.grid_code, p.role, p.person_name)
          AND other.row_number < p.row_number
          AND (other.valid && p.valid OR other.id = p.id)))
RETURNING s.row_number, 'valid_from' AS field,
    '此人在该网格的同一岗位已有重叠的任期，或失效早于启用：请先写明前一段的失效日期' AS zh,
    'this person already holds this role in this grid in an overlapping period,'
    ' or the period ends before it begins: end the earlier one first' AS en
