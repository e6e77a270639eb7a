-- Sealed values by row, after an id; with a key's id only those that it has not sealed.
SELECT id, code, phone_sealed, phone_index, id_number_sealed, id_number_index
FROM gridmap.residents
WHERE id > :after
  AND (substring(phone_sealed FROM 1 FOR :length) IS DISTINCT FROM CAST(:but AS bytea)
       AND phone_sealed IS NOT NULL
       OR substring(id_number_sealed FROM 1 FOR :length) IS DISTINCT FROM CAST(:but AS bytea)
       AND id_number_sealed IS NOT NULL)
ORDER BY id
LIMIT :most
