-- Who acts. The setting is believed of the application and of the owner only; whoever enters with a
-- login of their own acts under its name, whatever they set.
CREATE OR REPLACE FUNCTION gridmap.actor() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    account text := nullif(current_setting('gridmap.actor', true), '');
BEGIN
    IF NOT pg_has_role(session_user, 'gridmap_app', 'MEMBER') THEN
        RETURN session_user::text;
    END IF;
    IF account IS NULL THEN
        RAISE EXCEPTION '没有指明操作人 / nobody acts: no actor is set'
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'SELECT set_config(''gridmap.actor'', ''account'', true)';
    END IF;
    RETURN account;
END
$$;

-- Where the actor holds a right today: below a unit, in a grid, or everywhere (both null). The
-- setting gridmap.only_rights can narrow what an account may, for a token; it never widens.
-- All that every statement asks is in PL/pgSQL, which keeps its plans, where SQL plans at each call,
-- and keeps them also where the statement itself is to be planned for its values.
CREATE FUNCTION gridmap.mandates_for(wanted text)
RETURNS TABLE (unit_code text, grid_code text)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 2
SET search_path = pg_catalog, gridmap, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    lent text := nullif(current_setting('gridmap.only_rights', true), '');
BEGIN
    IF lent IS NULL OR wanted = ANY (string_to_array(lent, ',')) THEN
        RETURN QUERY
        SELECT m.unit_code, m.grid_code
        FROM gridmap.accounts a
        JOIN gridmap.mandates m ON m.account_id = a.id
        JOIN gridmap.role_rights r ON r.role = m.role
        LEFT JOIN gridmap.deployment d ON true
        WHERE a.name = gridmap.actor()
          AND a.disabled_at IS NULL
          AND r.right_ = wanted
          AND m.valid @> (now() AT TIME ZONE coalesce(d.time_zone, 'UTC'))::date;
    END IF;
END
$$;

CREATE FUNCTION gridmap.has_right(wanted text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN EXISTS (SELECT FROM gridmap.mandates_for(wanted));
END
$$;

-- Everywhere, or at a unit that holds every county there is: also what lies in no grid.
CREATE FUNCTION gridmap.sees_all(wanted text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM gridmap.mandates_for(wanted) m
        WHERE m.grid_code IS NULL
          AND (m.unit_code IS NULL
               OR (SELECT bool_and(starts_with(u.code, m.unit_code))
                   FROM gridmap.admin_units u WHERE u.level = 'county'))
    );
END
$$;

-- The counties that the actor works in, whole: a map needs its neighbours. And the units above.
CREATE FUNCTION gridmap.units_in_sight() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 500
SET search_path = pg_catalog, gridmap, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    WITH counties AS (
        SELECT DISTINCT left(coalesce(m.unit_code, v.code, ''), 6) AS code
        FROM gridmap.mandates_for('territory') m
        LEFT JOIN gridmap.grids g ON g.code = m.grid_code
        LEFT JOIN gridmap.admin_units v ON v.id = g.village_id
        WHERE m.grid_code IS NULL OR v.id IS NOT NULL
    )
    SELECT DISTINCT u.id
    FROM gridmap.admin_units u
    JOIN counties c ON starts_with(u.code, c.code) OR starts_with(c.code, u.code);
END
$$;

-- The units whose rows of a right's kind the actor sees whole.
CREATE FUNCTION gridmap.units_of(wanted text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, gridmap, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF gridmap.sees_all(wanted) THEN
        RETURN QUERY SELECT u.id FROM gridmap.admin_units u;
    ELSE
        RETURN QUERY
        SELECT u.id FROM gridmap.admin_units u
        JOIN gridmap.mandates_for(wanted) m ON starts_with(u.code, m.unit_code);
    END IF;
END
$$;

-- The grids, of every plan there was, in which the actor holds a right.
CREATE FUNCTION gridmap.grids_of(wanted text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 500
SET search_path = pg_catalog, gridmap, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    WITH here AS MATERIALIZED (SELECT * FROM gridmap.mandates_for(wanted))
    SELECT g.id
    FROM gridmap.grids g
    WHERE g.village_id IN (
            SELECT v.id FROM gridmap.admin_units v
            JOIN here h ON h.grid_code IS NULL AND starts_with(v.code, coalesce(h.unit_code, '')))
       OR g.code IN (SELECT h.grid_code FROM here h);
END
$$;

-- What an answer kept for later was given under: another actor, mandate or day, another text.
CREATE FUNCTION gridmap.sight() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    SELECT md5(gridmap.actor() || coalesce(string_agg(
        concat_ws('|', r.right_, m.unit_code, '|', m.grid_code), ',' ORDER BY r.right_, m), ''))
    FROM (SELECT DISTINCT right_ FROM gridmap.role_rights) r
    CROSS JOIN LATERAL gridmap.mandates_for(r.right_) m
$$;

SELECT set_config('gridmap.actor', 'gridmap', true);

INSERT INTO gridmap.roles (code, title, title_en) VALUES
    ('officer', '网格员', 'grid officer'),
    ('lead', '网格长', 'grid lead'),
    ('coordinator', '网格管理员', 'grid coordinator'),
    ('intake_clerk', '受理员', 'intake clerk'),
    ('agency', '责任部门', 'agency'),
    ('commander', '指挥员', 'commander'),
    ('analyst', '分析员', 'analyst'),
    ('auditor', '审计员', 'auditor'),
    ('administrator', '系统管理员', 'administrator');

INSERT INTO gridmap.role_rights (role, right_)
SELECT role, unnest(string_to_array(rights, ' '))
FROM (VALUES
    ('officer', 'territory premises residents incidents report'),
    ('lead', 'territory premises residents incidents report unmask'),
    ('coordinator', 'territory premises residents incidents report edit_plans unmask export'),
    ('intake_clerk', 'territory incidents report'),
    ('agency', 'territory incidents'),
    ('commander', 'territory premises incidents report export'),
    ('analyst', 'territory premises incidents export'),
    ('auditor', 'territory audit'),
    ('administrator',
     'territory premises residents incidents report edit_plans load export audit manage')
) AS seeds (role, rights);

INSERT INTO gridmap.accounts (name, display_name) VALUES ('administrator', '系统管理员');
INSERT INTO gridmap.mandates (account_id, role) SELECT id, 'administrator' FROM gridmap.accounts;

SELECT set_config('gridmap.actor', '', true);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['roles', 'role_rights', 'accounts', 'mandates'] LOOP
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
