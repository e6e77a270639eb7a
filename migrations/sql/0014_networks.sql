CREATE TRIGGER network_grids_stamp BEFORE INSERT OR UPDATE ON gridmap.network_grids
FOR EACH ROW EXECUTE FUNCTION gridmap.stamp();
CREATE TRIGGER network_grids_inserted AFTER INSERT ON gridmap.network_grids
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change();
CREATE TRIGGER network_grids_updated AFTER UPDATE ON gridmap.network_grids
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change();
CREATE TRIGGER network_grids_deleted AFTER DELETE ON gridmap.network_grids
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change();

-- They may lie in several villages: whoever sees the unit sees them, who edits plans there adds some.
ALTER TABLE gridmap.network_grids ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON gridmap.network_grids FOR SELECT USING (
    (SELECT gridmap.sees_all('territory')) OR plan_id IN (
    SELECT p.id FROM gridmap.grid_plans p WHERE p.unit_id IN (SELECT gridmap.units_in_sight())));
CREATE POLICY added ON gridmap.network_grids FOR INSERT WITH CHECK (plan_id IN (
    SELECT p.id FROM gridmap.grid_plans p
    WHERE p.network IS NOT NULL AND p.unit_id IN (SELECT gridmap.units_of('edit_plans'))));

-- Whether an operation holds: not taken back, or done again after it was.
CREATE FUNCTION gridmap.holds(operation bigint) RETURNS boolean
LANGUAGE sql STABLE
SET search_path TO pg_catalog
AS $$
    WITH RECURSIVE steps AS (
        SELECT holds.operation AS id, true AS holds
        UNION ALL
        SELECT o.id, NOT s.holds
        FROM gridmap.plan_operations o JOIN steps s ON o.reverses = s.id
    )
    SELECT s.holds FROM steps s ORDER BY s.id DESC LIMIT 1
$$;
