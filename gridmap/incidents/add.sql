-- Appends a report; nothing when its code is taken. The trigger gives it its grid.
INSERT INTO gridmap.incidents
    (code, reported_at, channel, category, subcategory, description, address, geom)
VALUES (
    :code, :reported_at, :channel, :category, :subcategory, :description, :address,
    public.st_setsrid(public.st_makepoint(CAST(:lon AS float8), CAST(:lat AS float8)), 4490)
)
ON CONFLICT (code) DO NOTHING
RETURNING id
