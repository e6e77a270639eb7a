-- How the sealed values begin: the ids of the keys they need.
SELECT DISTINCT substring(sealed FROM 1 FOR :length)
FROM gridmap.residents
CROSS JOIN LATERAL (VALUES (phone_sealed), (id_number_sealed)) AS v (sealed)
WHERE sealed IS NOT NULL
