-- Staged postings whose period overlaps another period of the same person, role and grid without
-- being the same one.
DELETE FROM pg_temp.staging s
WHERE EXISTS (
    SELECT FROM gridmap.postings p
    WHERE (p.grid_code, p.role, p.person_name) = (s.grid_code, s.role, s.person_name)
      AND p.valid && daterange(coalesce(s.valid_from, DATE '2000-01-01'), s.valid_to)
      AND s.valid_from IS NOT NULL AND lower(p.valid) <> s.valid_from
)
RETURNING s.row_number, 'valid_from' AS field,
    '此人在该网格的同一岗位已有一段重叠的任期：请先写明前一段的失效日期' AS zh,
    'this person already holds this role in this grid in an overlapping period:'
    ' end that one first' AS en
