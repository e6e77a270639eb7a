-- All that the application's login may do; whatever is not named here it may not. Applied after
-- every migration and every restore, so that a table that comes new is closed until it is named.
REVOKE ALL ON ALL TABLES IN SCHEMA gridmap FROM gridmap_app;
REVOKE ALL ON SCHEMA gridmap FROM gridmap_app;
GRANT USAGE ON SCHEMA gridmap TO gridmap_app;

GRANT SELECT ON
    gridmap.alembic_version, gridmap.deployment, gridmap.layer_changes, gridmap.layer_versions,
    gridmap.admin_units, gridmap.admin_unit_predecessors, gridmap.base_features,
    gridmap.grid_plans, gridmap.grids, gridmap.grid_ancestors, gridmap.postings,
    gridmap.plan_villages, gridmap.plan_operations, gridmap.plan_proposals, gridmap.network_grids,
    gridmap.buildings, gridmap.dwellings, gridmap.households, gridmap.assets,
    gridmap.organisations, gridmap.incidents, gridmap.incident_entries,
    gridmap.roles, gridmap.role_rights, gridmap.accounts, gridmap.mandates,
    gridmap.audit_entries
TO gridmap_app;

-- Residents are counted; who they are, nobody reads through the web app.
GRANT SELECT (id, code, household_ref, household_id, grid_id) ON gridmap.residents TO gridmap_app;

-- What a report says. Its place, its writer and its hour are the triggers' to fill in.
GRANT INSERT (code, reported_at, channel, category, subcategory, description, address, geom)
ON gridmap.incidents TO gridmap_app;
GRANT INSERT (action, subject, reason, detail) ON gridmap.audit_entries TO gridmap_app;
GRANT INSERT (incident_id, action, status, note) ON gridmap.incident_entries TO gridmap_app;

-- Drafts: policies let nothing else be written. What is in force changes by gridmap.activate_plan alone.
GRANT INSERT (code, name, unit_id, network, based_on, note, source),
    UPDATE (name, note, submitted_by, submitted_at), DELETE ON gridmap.grid_plans TO gridmap_app;
GRANT INSERT (plan_id, village_id, last_grid_id) ON gridmap.plan_villages TO gridmap_app;
GRANT INSERT (id, plan_id, village_id, key, kind, arguments, before, after, warnings, reverses)
ON gridmap.plan_operations TO gridmap_app;
GRANT USAGE ON SEQUENCE gridmap.plan_operations_id_seq TO gridmap_app;
GRANT INSERT (plan_id, code, name, geom) ON gridmap.network_grids TO gridmap_app;
GRANT INSERT (plan_id, asked, rights, total),
    UPDATE (state, done, reason, result, finished_at), DELETE ON gridmap.plan_proposals TO gridmap_app;
GRANT INSERT (plan_id, code, name, village_id, kind, area_kind, management_level, responsible_body,
    lead_name, geom, version, source),
    UPDATE (name, kind, area_kind, management_level, responsible_body, lead_name, geom, version),
    DELETE ON gridmap.grids TO gridmap_app;

-- One's own log-ins and tokens, never a hash. All else about log-ins goes through functions that
-- touch the actor's own account; those that run before anybody is known are the application's alone.
GRANT SELECT (id, account_id, via, origin, created_at, last_seen_at, expires_at, ended_at)
ON gridmap.logins TO gridmap_app;
GRANT SELECT (id, account_id, name, rights, created_at, expires_at, last_used_at, revoked_at)
ON gridmap.tokens TO gridmap_app;
REVOKE EXECUTE ON FUNCTION
    gridmap.credentials, gridmap.read_login, gridmap.read_token, gridmap.demo_accounts,
    gridmap.begin_attempt, gridmap.take_back_attempt, gridmap.open_login, gridmap.end_login,
    gridmap.end_other_logins, gridmap.set_password, gridmap.offer_code, gridmap.offered_code,
    gridmap.confirm_code, gridmap.use_code, gridmap.use_recovery_code, gridmap.remove_code,
    gridmap.make_token, gridmap.revoke_token
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    gridmap.credentials, gridmap.read_login, gridmap.read_token, gridmap.demo_accounts,
    gridmap.begin_attempt, gridmap.take_back_attempt, gridmap.open_login, gridmap.end_login,
    gridmap.end_other_logins, gridmap.set_password, gridmap.offer_code, gridmap.offered_code,
    gridmap.confirm_code, gridmap.use_code, gridmap.use_recovery_code, gridmap.remove_code,
    gridmap.make_token, gridmap.revoke_token
TO gridmap_app;

-- Who enters the database with a login of their own (a notebook, QGIS) reads what the application
-- reads, once granted this role, and sees what the account of the login's name may see.
DO $$
DECLARE
    readable record;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gridmap_reader') THEN
        REVOKE ALL ON ALL TABLES IN SCHEMA gridmap FROM gridmap_reader;
        GRANT USAGE ON SCHEMA gridmap TO gridmap_reader;
        FOR readable IN
            SELECT table_name, string_agg(quote_ident(column_name), ', ') AS columns
            FROM information_schema.column_privileges
            WHERE grantee = 'gridmap_app' AND table_schema = 'gridmap' AND privilege_type = 'SELECT'
            GROUP BY table_name
        LOOP
            EXECUTE format('GRANT SELECT (%s) ON gridmap.%I TO gridmap_reader',
                readable.columns, readable.table_name);
        END LOOP;
    END IF;
END
$$;
