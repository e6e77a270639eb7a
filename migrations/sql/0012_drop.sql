DROP FUNCTION gridmap.activate_plan(bigint, date);
DROP FUNCTION gridmap.settle(bigint[]);
DROP TRIGGER incidents_stamp ON gridmap.incidents;
DROP TRIGGER incidents_stamp_update ON gridmap.incidents;
CREATE TRIGGER incidents_stamp BEFORE INSERT OR UPDATE ON gridmap.incidents
FOR EACH ROW EXECUTE FUNCTION gridmap.stamp();
DROP TRIGGER incidents_reassigned ON gridmap.incidents;
DROP FUNCTION gridmap.forget_assignment();
CREATE OR REPLACE FUNCTION gridmap.incident_grids() RETURNS TABLE (id bigint, grid_id bigint)
LANGUAGE plpgsql STABLE ROWS 100000 AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT ON (p.id) p.id, g.id
    FROM gridmap.deployment d
    CROSS JOIN gridmap.grids g
    CROSS JOIN LATERAL (
        SELECT i.id, (i.reported_at AT TIME ZONE d.time_zone)::date AS day
        FROM gridmap.incidents i
        WHERE i.geom OPERATOR(public.&&) g.geom AND gridmap.covers_point(g.geom, i.geom)
        OFFSET 0
    ) p
    WHERE g.kind <> 'micro' AND g.valid @> p.day
    ORDER BY p.id, g.code COLLATE "C";
END
$$;
DROP POLICY added ON gridmap.grids;
DROP POLICY changed ON gridmap.grids;
DROP POLICY removed ON gridmap.grids;
DROP POLICY added ON gridmap.plan_operations;
DROP POLICY added ON gridmap.plan_villages;
DROP POLICY added ON gridmap.grid_plans;
DROP POLICY changed ON gridmap.grid_plans;
DROP POLICY removed ON gridmap.grid_plans;
ALTER POLICY seen ON gridmap.grid_plans USING (
    (SELECT gridmap.sees_all('territory'))
    OR EXISTS (SELECT FROM gridmap.grids g WHERE g.plan_id = grid_plans.id));
DROP FUNCTION gridmap.open_drafts();
DROP TRIGGER plan_operations_noted ON gridmap.plan_operations;
DROP FUNCTION gridmap.note_operation();
DROP TRIGGER grids_inserted ON gridmap.grids;
DROP TRIGGER grids_updated ON gridmap.grids;
DROP TRIGGER grids_deleted ON gridmap.grids;
CREATE TRIGGER grids_inserted AFTER INSERT ON gridmap.grids REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change();
CREATE TRIGGER grids_updated AFTER UPDATE ON gridmap.grids REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change();
CREATE TRIGGER grids_deleted AFTER DELETE ON gridmap.grids REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change();
DROP FUNCTION gridmap.note_grid_change();
SELECT set_config('gridmap.actor', 'gridmap', true);
DELETE FROM gridmap.role_rights WHERE right_ = 'publish_plans';
SELECT set_config('gridmap.actor', '', true);
