-- Whoever is logged in reaches these tables through the functions below, each of which touches the
-- rows of the actor's own account. None gives out a hash but those that run before anybody is known.

CREATE FUNCTION gridmap.actor_id() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    SELECT id FROM gridmap.accounts WHERE name = gridmap.actor() AND disabled_at IS NULL
$$;

CREATE POLICY seen ON gridmap.passwords FOR SELECT USING (
    account_id = (SELECT gridmap.actor_id()));
CREATE POLICY seen ON gridmap.one_time_codes FOR SELECT USING (
    account_id = (SELECT gridmap.actor_id()));
CREATE POLICY seen ON gridmap.recovery_codes FOR SELECT USING (
    account_id = (SELECT gridmap.actor_id()));
CREATE POLICY seen ON gridmap.logins FOR SELECT USING (
    account_id = (SELECT gridmap.actor_id()));
CREATE POLICY seen ON gridmap.tokens FOR SELECT USING (
    account_id = (SELECT gridmap.actor_id()));
CREATE POLICY seen ON gridmap.failed_attempts FOR SELECT USING (
    (SELECT gridmap.has_right('manage')));
ALTER TABLE gridmap.passwords ENABLE ROW LEVEL SECURITY;
ALTER TABLE gridmap.one_time_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE gridmap.recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE gridmap.logins ENABLE ROW LEVEL SECURITY;
ALTER TABLE gridmap.tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE gridmap.failed_attempts ENABLE ROW LEVEL SECURITY;

-- Before anybody is known ------------------------------------------------------------------------

-- What a log-in is checked against; no row for a name that nobody has.
CREATE FUNCTION gridmap.credentials(wanted text)
RETURNS TABLE (account text, usable boolean, hash text, secret bytea)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    SELECT a.name, a.disabled_at IS NULL, p.hash, c.secret
    FROM gridmap.accounts a
    LEFT JOIN gridmap.passwords p ON p.account_id = a.id
    LEFT JOIN gridmap.one_time_codes c ON c.account_id = a.id AND c.confirmed_at IS NOT NULL
    WHERE a.name = wanted
$$;

-- Whose log-in this is, while it is open: twelve hours after it was last used, if no time is said.
CREATE FUNCTION gridmap.read_login(cookie bytea)
RETURNS TABLE (login_id bigint, account text, via text, must_change boolean, has_code boolean,
               manages boolean, in_demo boolean)
LANGUAGE plpgsql SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
BEGIN
    UPDATE gridmap.logins l SET last_seen_at = now()
    WHERE l.hash = cookie AND l.ended_at IS NULL AND l.expires_at > now()
      AND l.last_seen_at BETWEEN now() - interval '12 hours' AND now() - interval '1 minute';
    RETURN QUERY
    SELECT l.id, a.name, l.via,
        l.via = 'password' AND coalesce(p.must_change, false),
        c.confirmed_at IS NOT NULL,
        EXISTS (
            SELECT FROM gridmap.mandates m
            JOIN gridmap.role_rights r ON r.role = m.role
            WHERE m.account_id = a.id AND r.right_ = 'manage'
              AND m.valid @> coalesce(gridmap.day_of(now()), (now() AT TIME ZONE 'UTC')::date)),
        EXISTS (SELECT FROM gridmap.passwords d WHERE d.demo)
    FROM gridmap.logins l
    JOIN gridmap.accounts a ON a.id = l.account_id AND a.disabled_at IS NULL
    LEFT JOIN gridmap.passwords p ON p.account_id = a.id
    LEFT JOIN gridmap.one_time_codes c ON c.account_id = a.id
    WHERE l.hash = cookie AND l.ended_at IS NULL AND l.expires_at > now()
      AND l.last_seen_at > now() - interval '12 hours';
END
$$;

CREATE FUNCTION gridmap.read_token(secret bytea)
RETURNS TABLE (token_id bigint, account text, rights text[])
LANGUAGE plpgsql SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
BEGIN
    UPDATE gridmap.tokens t SET last_used_at = now()
    WHERE t.hash = secret AND t.revoked_at IS NULL AND t.expires_at > now()
      AND coalesce(t.last_used_at < now() - interval '1 minute', true);
    RETURN QUERY
    SELECT t.id, a.name, t.rights
    FROM gridmap.tokens t
    JOIN gridmap.accounts a ON a.id = t.account_id AND a.disabled_at IS NULL
    WHERE t.hash = secret AND t.revoked_at IS NULL AND t.expires_at > now();
END
$$;

-- The accounts of a demonstration, whose password everybody knows.
CREATE FUNCTION gridmap.demo_accounts()
RETURNS TABLE (account text, role text, title text, title_en text, unit_code text, grid_code text,
               scope text)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    SELECT a.name, r.code, r.title, r.title_en, m.unit_code, m.grid_code,
        coalesce(
            (SELECT u.name FROM gridmap.admin_units u
             WHERE u.code = m.unit_code ORDER BY u.id DESC LIMIT 1),
            (SELECT g.name FROM gridmap.grids g
             WHERE g.code = m.grid_code ORDER BY g.id DESC LIMIT 1))
    FROM gridmap.passwords p
    JOIN gridmap.accounts a ON a.id = p.account_id AND a.disabled_at IS NULL
    JOIN gridmap.mandates m ON m.account_id = a.id
    JOIN gridmap.roles r ON r.code = m.role
    WHERE p.demo
    ORDER BY a.id
$$;

-- Counts an attempt before it is made, so that a hundred at once are a hundred; seconds to wait
-- when there were too many, and then it does not count. Each one too many doubles the wait.
CREATE FUNCTION gridmap.begin_attempt(by_what text, by_key bytea, free integer)
RETURNS TABLE (wait_s double precision, n integer)
LANGUAGE plpgsql SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    here gridmap.failed_attempts;
    moment timestamptz := clock_timestamp();
    so_far integer;
BEGIN
    INSERT INTO gridmap.failed_attempts AS f (about, key, n, last_at)
    VALUES (by_what, by_key, 0, moment)
    ON CONFLICT (about, key) DO UPDATE SET last_at = f.last_at
    RETURNING f.* INTO here;
    moment := clock_timestamp();
    IF here.locked_until > moment THEN
        RETURN QUERY SELECT extract(epoch FROM here.locked_until - moment)::double precision, here.n;
        RETURN;
    END IF;
    so_far := CASE WHEN here.last_at < moment - interval '1 day' THEN 1 ELSE here.n + 1 END;
    UPDATE gridmap.failed_attempts f
    SET n = so_far, last_at = moment,
        locked_until = CASE WHEN so_far >= free
            THEN moment + least(30 * 2 ^ least(so_far - free, 10), 900) * interval '1 second' END
    WHERE f.about = by_what AND f.key = by_key;
    DELETE FROM gridmap.failed_attempts f WHERE f.ctid = ANY (ARRAY(
        SELECT o.ctid FROM gridmap.failed_attempts o WHERE o.last_at < moment - interval '2 days'
        LIMIT 100 FOR UPDATE SKIP LOCKED));
    RETURN QUERY SELECT 0::double precision, so_far;
END
$$;

-- The attempt was none: it succeeded. Whether also those before it are forgotten.
CREATE FUNCTION gridmap.take_back_attempt(by_what text, by_key bytea, forget boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    UPDATE gridmap.failed_attempts f
    SET n = CASE WHEN forget THEN 0 ELSE greatest(f.n - 1, 0) END, locked_until = NULL
    WHERE f.about = by_what AND f.key = by_key
$$;

-- In the name of the account ---------------------------------------------------------------------

CREATE FUNCTION gridmap.open_login(cookie bytea, by_way text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    DELETE FROM gridmap.logins WHERE expires_at < now() - interval '30 days';
    INSERT INTO gridmap.logins (account_id, hash, via, origin, expires_at)
    SELECT gridmap.actor_id(), cookie, by_way, nullif(current_setting('gridmap.origin', true), ''),
        now() + interval '7 days'
    RETURNING id
$$;

-- True for the one call that ended it.
CREATE FUNCTION gridmap.end_login(login bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    WITH ended AS (
        UPDATE gridmap.logins SET ended_at = now()
        WHERE id = login AND account_id = gridmap.actor_id() AND ended_at IS NULL
        RETURNING id)
    SELECT EXISTS (SELECT FROM ended)
$$;

CREATE FUNCTION gridmap.end_other_logins(kept bigint) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    WITH ended AS (
        UPDATE gridmap.logins SET ended_at = now()
        WHERE id <> kept AND account_id = gridmap.actor_id() AND ended_at IS NULL
        RETURNING id)
    SELECT count(*) FROM ended
$$;

CREATE FUNCTION gridmap.set_password(new_hash text) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    UPDATE gridmap.passwords
    SET hash = new_hash, must_change = false, demo = false, changed_at = now()
    WHERE account_id = gridmap.actor_id()
$$;

-- False when a one-time code is in use already.
CREATE FUNCTION gridmap.offer_code(sealed bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    WITH offered AS (
        INSERT INTO gridmap.one_time_codes AS c (account_id, secret)
        VALUES (gridmap.actor_id(), sealed)
        ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, offered_at = now()
        WHERE c.confirmed_at IS NULL
        RETURNING account_id)
    SELECT EXISTS (SELECT FROM offered)
$$;

CREATE FUNCTION gridmap.offered_code() RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    SELECT secret FROM gridmap.one_time_codes
    WHERE account_id = gridmap.actor_id() AND confirmed_at IS NULL
      AND offered_at > now() - interval '1 hour'
$$;

CREATE FUNCTION gridmap.confirm_code(step bigint, recovery bytea[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
DECLARE
    mine bigint := gridmap.actor_id();
BEGIN
    UPDATE gridmap.one_time_codes SET confirmed_at = now(), last_step = step
    WHERE account_id = mine AND confirmed_at IS NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM gridmap.recovery_codes WHERE account_id = mine;
    INSERT INTO gridmap.recovery_codes (account_id, hash) SELECT mine, unnest(recovery);
    RETURN true;
END
$$;

-- A code is good once: true for the first who brings this one, or a later one.
CREATE FUNCTION gridmap.use_code(step bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    WITH used AS (
        UPDATE gridmap.one_time_codes SET last_step = step
        WHERE account_id = gridmap.actor_id() AND confirmed_at IS NOT NULL AND last_step < step
        RETURNING account_id)
    SELECT EXISTS (SELECT FROM used)
$$;

CREATE FUNCTION gridmap.use_recovery_code(brought bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    WITH used AS (
        UPDATE gridmap.recovery_codes SET used_at = now()
        WHERE account_id = gridmap.actor_id() AND hash = brought AND used_at IS NULL
        RETURNING account_id)
    SELECT EXISTS (SELECT FROM used)
$$;

CREATE FUNCTION gridmap.remove_code() RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    DELETE FROM gridmap.recovery_codes WHERE account_id = gridmap.actor_id();
    DELETE FROM gridmap.one_time_codes WHERE account_id = gridmap.actor_id();
$$;

CREATE FUNCTION gridmap.make_token(secret bytea, called text, allowed text[], days integer)
RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    INSERT INTO gridmap.tokens (account_id, hash, name, rights, expires_at)
    VALUES (gridmap.actor_id(), secret, called, allowed, now() + days * interval '1 day')
    RETURNING id
$$;

CREATE FUNCTION gridmap.revoke_token(token bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    WITH revoked AS (
        UPDATE gridmap.tokens SET revoked_at = now()
        WHERE id = token AND account_id = gridmap.actor_id() AND revoked_at IS NULL
        RETURNING id)
    SELECT EXISTS (SELECT FROM revoked)
$$;

-- A demonstration ends with the first row of anybody's own: passwords that everybody knows must
-- open nothing that is real.
CREATE FUNCTION gridmap.end_demo() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM gridmap.passwords WHERE demo)
       AND EXISTS (
           SELECT FROM changed WHERE source <> 'synthetic'
           -- What visitors of a demonstration report has no source.
           OR (source IS NULL AND TG_TABLE_NAME <> 'incidents')) THEN
        UPDATE gridmap.accounts SET disabled_at = now()
        WHERE disabled_at IS NULL
          AND id IN (SELECT account_id FROM gridmap.passwords WHERE demo);
        UPDATE gridmap.logins SET ended_at = now()
        WHERE ended_at IS NULL
          AND account_id IN (SELECT account_id FROM gridmap.passwords WHERE demo);
        UPDATE gridmap.tokens SET revoked_at = now()
        WHERE revoked_at IS NULL
          AND account_id IN (SELECT account_id FROM gridmap.passwords WHERE demo);
        DELETE FROM gridmap.passwords WHERE demo;
    END IF;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    t text;
BEGIN
    FOR t IN
        SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'gridmap' AND column_name = 'source'
    LOOP
        EXECUTE format('CREATE TRIGGER %1$s_real AFTER INSERT ON gridmap.%1$I
            REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION gridmap.end_demo()', t);
        EXECUTE format('CREATE TRIGGER %1$s_made_real AFTER UPDATE ON gridmap.%1$I
            REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION gridmap.end_demo()', t);
    END LOOP;
END
$$;
