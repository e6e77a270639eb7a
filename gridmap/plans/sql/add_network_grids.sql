-- The grids of a network: one statement, however many there are.
INSERT INTO gridmap.network_grids (plan_id, code, name, geom)
SELECT :plan_id, drawn.code, drawn.name, public.st_geomfromwkb(drawn.wkb, :crs)
FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:shapes AS bytea[]))
    AS drawn (code, name, wkb)
