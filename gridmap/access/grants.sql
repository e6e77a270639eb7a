-- All that the application's login may do; whatever is not named here it may not. Applied after
-- every migration and every restore, so that a table that comes new is closed until it is named.
REVOKE ALL ON ALL TABLES IN SCHEMA gridmap FROM gridmap_app;
REVOKE ALL ON SCHEMA gridmap FROM gridmap_app;
GRANT USAGE ON SCHEMA gridmap TO gridmap_app;

GRANT SELECT ON
    gridmap.alembic_version, gridmap.deployment, gridmap.layer_changes, gridmap.layer_versions,
    gridmap.admin_units, gridmap.admin_unit_predecessors, gridmap.base_features,
    gridmap.grid_plans, gridmap.grids, gridmap.grid_ancestors, gridmap.postings,
    gridmap.buildings, gridmap.dwellings, gridmap.households, gridmap.assets,
    gridmap.organisations, gridmap.incidents, gridmap.incident_entries,
    gridmap.roles, gridmap.role_rights, gridmap.accounts, gridmap.mandates
TO gridmap_app;

-- Residents are counted; who they are, nobody reads through the web app.
GRANT SELECT (id, code, household_ref, household_id) ON gridmap.residents TO gridmap_app;

-- What a report says. Its place, its writer and its hour are the triggers' to fill in.
GRANT INSERT (code, reported_at, channel, category, subcategory, description, address, geom)
ON gridmap.incidents TO gridmap_app;
GRANT INSERT (action, subject, reason, detail) ON gridmap.audit_entries TO gridmap_app;
GRANT INSERT (incident_id, action, status, note) ON gridmap.incident_entries TO gridmap_app;
