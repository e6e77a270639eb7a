-- One column sealed anew; what the values are, and who wrote them, stays.
UPDATE gridmap.residents r
SET phone_sealed = CASE WHEN :kind = 'phone' THEN s.sealed ELSE r.phone_sealed END,
    phone_index = CASE WHEN :kind = 'phone' THEN s.index ELSE r.phone_index END,
    id_number_sealed = CASE WHEN :kind = 'id_number' THEN s.sealed ELSE r.id_number_sealed END,
    id_number_index = CASE WHEN :kind = 'id_number' THEN s.index ELSE r.id_number_index END
FROM unnest(CAST(:ids AS bigint[]), CAST(:sealed AS bytea[]), CAST(:indexes AS bytea[]))
    AS s (id, sealed, index)
WHERE r.id = s.id
