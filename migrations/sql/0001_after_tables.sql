-- Areas, in square metres, in the deployment's Gauss–Krüger zone: never in Web Mercator.
CREATE FUNCTION gridmap.area_m2(shape public.geometry) RETURNS double precision
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT public.st_area(public.st_transform(shape, d.area_srid)) FROM gridmap.deployment d
$$;

-- The day in the deployment's time zone on which a moment falls.
CREATE FUNCTION gridmap.day_of(moment timestamptz) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (moment AT TIME ZONE d.time_zone)::date FROM gridmap.deployment d
$$;

-- Which grid is this point in, at that moment? A point on a border belongs to the grid with the
-- smallest code, everywhere. Micro grids lie inside a grid and are never the answer.
CREATE FUNCTION gridmap.grid_at(point public.geometry, at timestamptz) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT g.id
    FROM gridmap.grids g
    WHERE g.geom OPERATOR(public.&&) point
      AND public.st_intersects(g.geom, point)
      AND g.valid @> gridmap.day_of(at)
      AND g.kind <> 'micro'
    ORDER BY g.code COLLATE "C"
    LIMIT 1
$$;

CREATE FUNCTION gridmap.measure_admin_unit() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.area_m2 := gridmap.area_m2(NEW.geom);
    RETURN NEW;
END
$$;

CREATE TRIGGER admin_units_measure BEFORE INSERT OR UPDATE OF geom ON gridmap.admin_units
FOR EACH ROW EXECUTE FUNCTION gridmap.measure_admin_unit();

-- A child's code begins with its parent's.
CREATE FUNCTION gridmap.check_admin_unit() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    parent_code text := (SELECT code FROM gridmap.admin_units WHERE id = NEW.parent_id);
BEGIN
    IF parent_code IS NOT NULL AND NOT starts_with(NEW.code, parent_code) THEN
        RAISE EXCEPTION '区划 % 的代码不以上级代码 % 开头 / code % does not begin with %',
            NEW.code, parent_code, NEW.code, parent_code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'admin_units_parent_check';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER admin_units_check BEFORE INSERT OR UPDATE OF code, parent_id ON gridmap.admin_units
FOR EACH ROW EXECUTE FUNCTION gridmap.check_admin_unit();

-- A grid's code follows the deployment's scheme, and a grid lies inside its village. Rounding may
-- push a border out by a hair: up to 1 m² or a millionth of the grid is let pass.
CREATE FUNCTION gridmap.check_grid() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    scheme text := (SELECT grid_code_scheme FROM gridmap.deployment);
    village gridmap.admin_units := (
        SELECT u FROM gridmap.admin_units u WHERE u.id = NEW.village_id
    );
    outside_m2 double precision;
BEGIN
    IF scheme IS NULL THEN
        RAISE EXCEPTION '数据库还没有县域配置 / this database has no profile yet'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grids_deployment_check';
    END IF;
    IF NOT (CASE scheme
        WHEN 'db11_2157' THEN NEW.code ~ '^\d{15}$' AND starts_with(NEW.code, village.code)
        WHEN 'cjt349' THEN NEW.code ~ '^\d{20}$'
        ELSE length(NEW.code) BETWEEN 1 AND 32
    END) THEN
        RAISE EXCEPTION '网格代码 % 不符合编码规则 % / grid code % does not follow %',
            NEW.code, scheme, NEW.code, scheme
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grids_code_check';
    END IF;
    IF village.level <> 'community_level' THEN
        RAISE EXCEPTION '网格 % 的上级 % 不是社区或村 / grid % belongs to %, no village or community',
            NEW.code, village.code, NEW.code, village.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grids_village_level_check';
    END IF;
    NEW.area_m2 := gridmap.area_m2(NEW.geom);
    IF village.geom IS NOT NULL AND NOT public.st_covers(village.geom, NEW.geom) THEN
        outside_m2 := gridmap.area_m2(public.st_difference(NEW.geom, village.geom));
        IF outside_m2 > greatest(1, NEW.area_m2 * 1e-6) THEN
            RAISE EXCEPTION '网格 % 有 % 平方米在 % 之外 / grid % has % m² outside %',
                NEW.code, round(outside_m2), village.name, NEW.code, round(outside_m2), village.code
                USING ERRCODE = 'check_violation', CONSTRAINT = 'grids_inside_village_check';
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER grids_check
BEFORE INSERT OR UPDATE OF geom, code, village_id ON gridmap.grids
FOR EACH ROW EXECUTE FUNCTION gridmap.check_grid();

-- One row at a time gets its grid here; bulk work sets gridmap.placing to 'bulk' for its
-- transaction and places all rows with one statement.
CREATE FUNCTION gridmap.place_premises() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.grid_id := gridmap.grid_at(public.st_pointonsurface(NEW.geom), now());
    RETURN NEW;
END
$$;

CREATE TRIGGER buildings_place BEFORE INSERT OR UPDATE OF geom ON gridmap.buildings FOR EACH ROW
WHEN (current_setting('gridmap.placing', true) IS DISTINCT FROM 'bulk')
EXECUTE FUNCTION gridmap.place_premises();
CREATE TRIGGER assets_place BEFORE INSERT OR UPDATE OF geom ON gridmap.assets FOR EACH ROW
WHEN (current_setting('gridmap.placing', true) IS DISTINCT FROM 'bulk')
EXECUTE FUNCTION gridmap.place_premises();
CREATE TRIGGER organisations_place BEFORE INSERT OR UPDATE OF geom ON gridmap.organisations
FOR EACH ROW WHEN (current_setting('gridmap.placing', true) IS DISTINCT FROM 'bulk')
EXECUTE FUNCTION gridmap.place_premises();

-- The grid in force on the day of the report, and the village, township and county above it.
CREATE FUNCTION gridmap.place_incident() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.grid_id := CASE WHEN NEW.geom IS NULL THEN NULL
        ELSE gridmap.grid_at(NEW.geom, NEW.reported_at) END;
    SELECT village.id, township.id, township.parent_id
    INTO NEW.village_id, NEW.township_id, NEW.county_id
    FROM gridmap.grids g
    JOIN gridmap.admin_units village ON village.id = g.village_id
    LEFT JOIN gridmap.admin_units township ON township.id = village.parent_id
    WHERE g.id = NEW.grid_id;
    NEW.placement := CASE WHEN NEW.geom IS NULL THEN 'no_location'
        WHEN NEW.grid_id IS NULL THEN 'outside' ELSE 'in_grid' END;
    RETURN NEW;
END
$$;

CREATE TRIGGER incidents_place BEFORE INSERT OR UPDATE OF geom, reported_at ON gridmap.incidents
FOR EACH ROW WHEN (current_setting('gridmap.placing', true) IS DISTINCT FROM 'bulk')
EXECUTE FUNCTION gridmap.place_incident();

CREATE FUNCTION gridmap.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% 只能追加，不能修改或删除 / % is append-only', TG_TABLE_NAME, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER incident_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
ON gridmap.incident_entries FOR EACH STATEMENT EXECUTE FUNCTION gridmap.refuse_change();
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
ON gridmap.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION gridmap.refuse_change();

-- Versions of layers, for exact ETags. A writer appends a line instead of updating a counter, so
-- that a long load does not hold up an officer's report; the sum of the lines is the version, and
-- it grows with every commit whatever the order of commits. Now and then lines are folded into one.
CREATE VIEW gridmap.layer_versions AS
SELECT layer, sum(n)::bigint AS version FROM gridmap.layer_changes GROUP BY layer;

CREATE FUNCTION gridmap.note_layer_change(changed text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    line bigint;
BEGIN
    INSERT INTO gridmap.layer_changes (layer) VALUES (changed) RETURNING id INTO line;
    IF line % 200 = 0 THEN
        WITH lines AS (
            SELECT id FROM gridmap.layer_changes WHERE layer = changed FOR UPDATE SKIP LOCKED
        ), gone AS (
            DELETE FROM gridmap.layer_changes c USING lines WHERE c.id = lines.id RETURNING n
        )
        INSERT INTO gridmap.layer_changes (layer, n) SELECT changed, sum(n) FROM gone;
    END IF;
END
$$;

CREATE FUNCTION gridmap.note_change() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    n bigint := (SELECT count(*) FROM changed);
BEGIN
    IF n > 0 THEN
        INSERT INTO gridmap.audit_entries (action, subject, detail)
        VALUES (lower(TG_OP), TG_TABLE_NAME, jsonb_build_object('rows', n));
        PERFORM gridmap.note_layer_change(TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION gridmap.stamp() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.recorded_by := gridmap.actor();
    NEW.recorded_at := now();
    RETURN NEW;
END
$$;

-- Every table that carries recorded_by names its writer and leaves a line in the audit trail.
DO $$
DECLARE
    t text;
BEGIN
    FOR t IN
        SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'gridmap' AND column_name = 'recorded_by'
    LOOP
        EXECUTE format('CREATE TRIGGER %1$s_stamp BEFORE INSERT OR UPDATE ON gridmap.%1$I
            FOR EACH ROW EXECUTE FUNCTION gridmap.stamp()', t);
        EXECUTE format('CREATE TRIGGER %1$s_inserted AFTER INSERT ON gridmap.%1$I
            REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change()', t);
        EXECUTE format('CREATE TRIGGER %1$s_updated AFTER UPDATE ON gridmap.%1$I
            REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change()', t);
        EXECUTE format('CREATE TRIGGER %1$s_deleted AFTER DELETE ON gridmap.%1$I
            REFERENCING OLD TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change()', t);
    END LOOP;
END
$$;
