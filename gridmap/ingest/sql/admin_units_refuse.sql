-- Staged units whose period would overlap another period of the same code.
WITH target AS (
    SELECT s.row_number, s.code, s.valid_from, s.valid_to, u.id
    FROM pg_temp.staging s
    LEFT JOIN gridmap.admin_units u
        ON u.code = s.code AND u.valid @> coalesce(s.valid_from, current_date)
)
DELETE FROM pg_temp.staging s
USING target t
WHERE s.row_number = t.row_number
  AND EXISTS (
    SELECT FROM gridmap.admin_units other
    WHERE other.code = t.code AND other.id IS DISTINCT FROM t.id
      AND other.valid && daterange(coalesce(t.valid_from, DATE '2000-01-01'), t.valid_to)
      AND t.id IS NULL
  )
RETURNING s.row_number, 'valid_from' AS field,
    '同一代码的另一段有效期与此重叠：请写明启用和失效日期' AS zh,
    'another period of the same code overlaps: state valid_from and valid_to' AS en
