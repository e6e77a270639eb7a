-- What the hidden parts of each total may share out among themselves: a leaf all but the one that
-- it must be, a total what its own hidden parts may.
CREATE FUNCTION gridmap.hidden_room(parents int[], counts bigint[], hidden boolean[])
RETURNS TABLE (part_of int, room bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    SELECT parents[i], coalesce(
        (SELECT sum(counts[k] - 1)::bigint FROM generate_subscripts(parents, 1) k
         WHERE parents[k] = i AND hidden[k]),
        counts[i] - 1)
    FROM generate_subscripts(parents, 1) i
    WHERE hidden[i]
$$;

-- Which cells of a table of counts must not be told, so that nobody learns of a count below `threshold`:
-- not from the table, and not by taking from a total what one knows of one of its parts.
--   parents  the index of the total each cell is part of, NULL for the whole; totals stand before
--            their parts, and the tree has three floors at most
--   counts   a total is the sum of its parts
-- Hidden are counts from 1 to threshold - 1, and so many others that, should a reader know one hidden
-- part of a total exactly, the other hidden parts may still share out threshold - 1 between them in any
-- way. Where a total has too few parts for that, it is hidden itself. The rule looks at the counts
-- alone: all readers have the same cells hidden, so that two views together tell no more than one.
CREATE FUNCTION gridmap.hide_small(parents int[], counts bigint[], threshold int) RETURNS boolean[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
DECLARE
    hidden boolean[] := ARRAY(SELECT n > 0 AND n < threshold FROM unnest(counts) n);
    whole int;
    picked int;
    part int;
    number int;
    free bigint;
    largest bigint;
BEGIN
    FOR whole IN REVERSE coalesce(cardinality(parents), 0)..1 LOOP
        LOOP
            SELECT count(*), sum(room), max(room) INTO number, free, largest
            FROM gridmap.hidden_room(parents, counts, hidden) WHERE part_of = whole;
            EXIT WHEN number = 0 OR (number >= 3 AND free - largest >= threshold - 1);
            SELECT i INTO picked FROM generate_subscripts(parents, 1) i
            WHERE parents[i] = whole AND NOT hidden[i] AND counts[i] > 0
            ORDER BY counts[i], i LIMIT 1;
            IF picked IS NULL THEN
                hidden[whole] := true;
                EXIT;
            END IF;
            hidden[picked] := true;
            -- A hidden total must not be the sum of parts that are told.
            FOR part IN
                SELECT i FROM generate_subscripts(parents, 1) i
                WHERE parents[i] = picked AND NOT hidden[i] AND counts[i] > 0
                ORDER BY counts[i], i
            LOOP
                SELECT count(*), coalesce(sum(room), 0) INTO number, free
                FROM gridmap.hidden_room(parents, counts, hidden) WHERE part_of = picked;
                EXIT WHEN number >= 3 AND free >= 2 * threshold;
                hidden[part] := true;
            END LOOP;
        END LOOP;
    END LOOP;
    RETURN hidden;
END
$$;

-- Households, residents and incidents of the counties in sight, their townships and villages, as
-- anybody who works in the county may know them: NULL where a count is hidden because it is small,
-- or because it would tell a small one. Crosses the wall, and so tells nothing else.
CREATE FUNCTION gridmap.published_figures()
RETURNS TABLE (unit_id bigint, households bigint, residents bigint, incidents bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 200
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
DECLARE
    threshold int := coalesce(
        (SELECT (d.profile ->> 'small_counts_below')::int FROM gridmap.deployment d), 5);
BEGIN
    RETURN QUERY
    WITH homes AS (
        SELECT h.grid_id, count(*) AS n FROM gridmap.households h GROUP BY h.grid_id
    ), people AS (
        SELECT r.grid_id, count(*) AS n FROM gridmap.residents r GROUP BY r.grid_id
    ), living AS (
        SELECT g.village_id, sum(homes.n)::bigint AS homes, sum(people.n)::bigint AS people
        FROM gridmap.grids g
        LEFT JOIN homes ON homes.grid_id = g.id
        LEFT JOIN people ON people.grid_id = g.id
        GROUP BY g.village_id
    ), cases AS (
        SELECT i.village_id, count(*) AS n FROM gridmap.incidents i GROUP BY i.village_id
    ), villages AS (
        SELECT u.code, living.homes, living.people, cases.n AS cases
        FROM gridmap.admin_units u
        LEFT JOIN living ON living.village_id = u.id
        LEFT JOIN cases ON cases.village_id = u.id
        WHERE u.level = 'community_level'
    ), cells AS (
        SELECT row_number() OVER (ORDER BY length(u.code), u.code, u.id)::int AS i, u.id, u.parent_id,
            coalesce(sum(v.homes), 0)::bigint AS homes,
            coalesce(sum(v.people), 0)::bigint AS people,
            coalesce(sum(v.cases), 0)::bigint AS cases
        FROM gridmap.admin_units u
        LEFT JOIN villages v ON starts_with(v.code, u.code)
        WHERE u.level IN ('county', 'township_level', 'community_level')
          AND u.valid @> gridmap.day_of(now())
        GROUP BY u.id
    ), linked AS (
        SELECT c.*, p.i AS parent FROM cells c LEFT JOIN cells p ON p.id = c.parent_id
    ), columns AS (
        SELECT array_agg(l.parent ORDER BY l.i) AS parents,
            array_agg(l.homes ORDER BY l.i) AS homes, array_agg(l.people ORDER BY l.i) AS people,
            array_agg(l.cases ORDER BY l.i) AS cases
        FROM linked l
    ), marks AS (
        SELECT gridmap.hide_small(parents, c.homes, threshold) AS homes,
            gridmap.hide_small(parents, c.people, threshold) AS people,
            gridmap.hide_small(parents, c.cases, threshold) AS cases
        FROM columns c
    )
    SELECT l.id,
        CASE WHEN NOT m.homes[l.i] THEN l.homes END,
        CASE WHEN NOT m.people[l.i] THEN l.people END,
        CASE WHEN NOT m.cases[l.i] THEN l.cases END
    FROM linked l CROSS JOIN marks m
    WHERE l.id IN (SELECT gridmap.units_in_sight());
END
$$;
