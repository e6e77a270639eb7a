-- The townships of today, and those gone since that the selected incidents still name.
SELECT DISTINCT ON (u.code) u.code, u.name
FROM admin_units u
WHERE u.level = 'township_level'
  AND (CAST(:township AS text) IS NULL OR u.code = CAST(:township AS text))
  AND (u.valid @> CAST(:today AS date) OR u.code = ANY (CAST(:codes AS text[])))
ORDER BY u.code, lower(u.valid) DESC NULLS LAST
