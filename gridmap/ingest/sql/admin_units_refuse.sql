-- Staged units whose period would overlap another of the same code, on record or staged before
-- them, or end before it begins.
WITH target AS (
    SELECT s.row_number, s.code, u.id,
        coalesce(lower(u.valid), s.valid_from, DATE '2000-01-01') AS first_day,
        coalesce(s.valid_to, upper(u.valid)) AS end_day
    FROM pg_temp.staging s
    LEFT JOIN gridmap.admin_units u
        ON u.code = s.code AND u.valid @> coalesce(s.valid_from, current_date)
), period AS (
    SELECT row_number, code, id, coalesce(end_day <= first_day, false) AS is_empty,
        CASE WHEN end_day <= first_day THEN 'empty'
            ELSE daterange(first_day, end_day) END AS valid
    FROM target
)
DELETE FROM pg_temp.staging s
USING period p
WHERE s.row_number = p.row_number
  AND (p.is_empty
    OR EXISTS (
        SELECT FROM gridmap.admin_units other
        WHERE other.code = p.code AND other.id IS DISTINCT FROM p.id AND other.valid && p.valid)
    OR EXISTS (
        SELECT FROM period other
        WHERE other.code = p.code AND other.row_number < p.row_number
          AND (other.valid && p.valid OR other.id = p.id)))
RETURNING s.row_number, 'valid_from' AS field,
    '与同一代码的另一段有效期重叠，或失效早于启用：请写明启用和失效日期' AS zh,
    'overlaps another period of the same code, or ends before it begins:'
    ' state valid_from and valid_to' AS en
