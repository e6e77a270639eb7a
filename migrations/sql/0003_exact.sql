-- A double as a whole number of 2^-1074, which every double is: by its bits (IEEE 754).
CREATE FUNCTION gridmap.whole(x double precision) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT CASE WHEN bits < 0 THEN -1 ELSE 1 END
        * CASE WHEN exponent = 0 THEN fraction
            ELSE (fraction + 4503599627370496) * trunc(2::numeric ^ (exponent - 1)) END
    FROM (SELECT ('x' || encode(float8send(x), 'hex'))::bit(64)::bigint AS bits) b
    CROSS JOIN LATERAL (
        SELECT (bits >> 52) & 2047 AS exponent, (bits & 4503599627370495)::numeric AS fraction
    ) f
$$;

-- A point on an edge is covered; else a ray to the east must meet an odd number of edges.
CREATE FUNCTION gridmap.covers_exactly(shape public.geometry, point public.geometry)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    x double precision := public.st_x(point);
    y double precision := public.st_y(point);
    edge record;
    turn numeric;
    inside boolean := false;
BEGIN
    FOR edge IN
        SELECT * FROM (
            SELECT v.x AS x2, v.y AS y2, lag(v.x) OVER ring AS x1, lag(v.y) OVER ring AS y1
            FROM public.st_dumppoints(public.st_boundary(shape)) d
            CROSS JOIN LATERAL (SELECT public.st_x(d.geom) AS x, public.st_y(d.geom) AS y OFFSET 0) v
            WINDOW ring AS (PARTITION BY d.path[cardinality(d.path) - 1]
                ORDER BY d.path[cardinality(d.path)])
        ) e
        WHERE x1 IS NOT NULL
          AND y BETWEEN least(y1, y2) AND greatest(y1, y2)
          AND x <= greatest(x1, x2)
    LOOP
        IF x >= least(edge.x1, edge.x2) THEN
            turn := (gridmap.whole(edge.x2) - gridmap.whole(edge.x1))
                    * (gridmap.whole(y) - gridmap.whole(edge.y1))
                - (gridmap.whole(edge.y2) - gridmap.whole(edge.y1))
                    * (gridmap.whole(x) - gridmap.whole(edge.x1));
            IF turn = 0 THEN
                RETURN true;
            END IF;
            CONTINUE WHEN (turn > 0) = (edge.y1 > edge.y2);
        END IF;
        inside := inside <> (y >= least(edge.y1, edge.y2) AND y < greatest(edge.y1, edge.y2));
    END LOOP;
    RETURN inside;
END
$$;

-- Whether a polygon covers a point, its border included: the answer of exact arithmetic.
-- PostGIS takes a shortcut for points that holds a place for the border where a product of two
-- differences is below 1e-12, metres away beside a short edge; GEOS computes with 106 bits, which is
-- not always enough within one bit of a border. So GEOS decides only where the border is further
-- off than 1e-9 degrees, a tenth of a millimetre.
CREATE FUNCTION gridmap.covers_point(shape public.geometry, point public.geometry)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN public.st_dwithin(public.st_boundary(shape), point, 1e-9)
            THEN gridmap.covers_exactly(shape, point)
        ELSE public.st_containsproperly(shape, point)
    END
$$;
