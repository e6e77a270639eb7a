-- Nobody who may be under 14. Phones and ID numbers are opened, or masked, by whoever asks.
SELECT r.code, r.household_ref AS household_code, g.code AS grid_code,
    CASE WHEN :unmasked THEN r.name ELSE gridmap.masked_name(r.name) END AS name,
    CASE WHEN :unmasked THEN r.birth_year END AS birth_year,
    r.phone_sealed AS phone, r.id_number_sealed AS id_number, r.source
FROM gridmap.residents r
LEFT JOIN gridmap.grids g ON g.id = r.grid_id
WHERE gridmap.may_leave_record(r.birth_year)
ORDER BY r.code COLLATE "C"
