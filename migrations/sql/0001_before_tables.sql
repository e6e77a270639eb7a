-- Functions that the tables' defaults name.

CREATE FUNCTION gridmap.actor() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    account text := nullif(current_setting('gridmap.actor', true), '');
BEGIN
    IF account IS NULL THEN
        RAISE EXCEPTION '没有指明操作人 / nobody acts: no actor is set'
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'SELECT set_config(''gridmap.actor'', ''account'', true)';
    END IF;
    RETURN account;
END
$$;
