-- What is sealed of a line: everything in it. Empty columns are left out, so that a column added
-- later changes no seal; moments are told in UTC whatever the session's zone.
CREATE FUNCTION gridmap.audit_text(line gridmap.audit_entries) RETURNS text
LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
    SELECT jsonb_strip_nulls(to_jsonb(line))::text
$$;

-- Each seal is the SHA-256 of the seal before and the line. At the end of the transaction, so that
-- a long load holds nobody up; the lock makes the order of seals that of the commits.
CREATE FUNCTION gridmap.seal_audit_entry() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    before gridmap.audit_seals;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('gridmap.audit'), 0);
    SELECT * INTO before FROM gridmap.audit_seals ORDER BY number DESC LIMIT 1;
    INSERT INTO gridmap.audit_seals (number, entry_id, hash) VALUES (
        coalesce(before.number, 0) + 1, NEW.id,
        sha256(coalesce(before.hash, ''::bytea) || convert_to(gridmap.audit_text(NEW), 'UTF8'))
    );
    RETURN NULL;
END
$$;

-- The lines of before, in their order.
DO $$
DECLARE
    line gridmap.audit_entries;
    number bigint := 0;
    hash bytea := '';
BEGIN
    FOR line IN SELECT * FROM gridmap.audit_entries ORDER BY id LOOP
        number := number + 1;
        hash := sha256(hash || convert_to(gridmap.audit_text(line), 'UTF8'));
        INSERT INTO gridmap.audit_seals (number, entry_id, hash) VALUES (number, line.id, hash);
    END LOOP;
END
$$;

CREATE CONSTRAINT TRIGGER audit_entries_seal AFTER INSERT ON gridmap.audit_entries
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gridmap.seal_audit_entry();

CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
ON gridmap.audit_seals FOR EACH STATEMENT EXECUTE FUNCTION gridmap.refuse_change();
