-- Which grid every point is in, for a whole layer at once. The rule is that of grid_at, which asks
-- for one point: the grids in force that day that cover it, border included, never micro ones, and
-- of several the smallest code. Here each grid asks for its points, so that its polygon is prepared
-- once: many times as fast. A point in no grid has no row. Incidents are asked for their own day,
-- the other layers for one day, today if none is given.
-- Functions, not views: the planner takes a spatial join for one row, and would join that in a
-- nested loop; ROWS tells it better.
CREATE FUNCTION gridmap.incident_grids() RETURNS TABLE (id bigint, grid_id bigint)
LANGUAGE plpgsql STABLE ROWS 100000 AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT ON (p.id) p.id, g.id
    FROM gridmap.deployment d
    CROSS JOIN gridmap.grids g
    CROSS JOIN LATERAL (
        SELECT i.id, (i.reported_at AT TIME ZONE d.time_zone)::date AS day
        FROM gridmap.incidents i
        WHERE i.geom OPERATOR(public.&&) g.geom AND public.st_intersects(g.geom, i.geom)
        OFFSET 0
    ) p
    WHERE g.kind <> 'micro' AND g.valid @> p.day
    ORDER BY p.id, g.code COLLATE "C";
END
$$;

DO $do$
DECLARE
    layer text;
    name text;
    point text;
BEGIN
    FOR layer, name, point IN VALUES
        ('buildings', 'building_grids', 'anchor'),
        ('assets', 'asset_grids', 'geom'),
        ('organisations', 'organisation_grids', 'geom')
    LOOP
        EXECUTE format($create$
            CREATE FUNCTION gridmap.%2$I(day date DEFAULT NULL) RETURNS TABLE (id bigint, grid_id bigint)
            LANGUAGE plpgsql STABLE ROWS 100000 AS $$
            BEGIN
                RETURN QUERY
                SELECT DISTINCT ON (p.id) p.id, g.id
                FROM gridmap.grids g
                CROSS JOIN LATERAL (
                    SELECT b.id FROM gridmap.%1$I b
                    WHERE b.%3$I OPERATOR(public.&&) g.geom
                      AND public.st_intersects(g.geom, b.%3$I)
                    OFFSET 0
                ) p
                WHERE g.kind <> 'micro' AND g.valid @> coalesce(day, gridmap.day_of(now()))
                ORDER BY p.id, g.code COLLATE "C";
            END
            $$ $create$, layer, name, point);
    END LOOP;
END
$do$;
