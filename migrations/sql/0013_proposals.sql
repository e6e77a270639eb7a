-- Who asked stays who asked: the worker that computes in another's name writes the same row.
CREATE TRIGGER plan_proposals_stamp BEFORE INSERT ON gridmap.plan_proposals
FOR EACH ROW EXECUTE FUNCTION gridmap.stamp();

-- Proposals count homes: they are for those who may draw them into the draft.
ALTER TABLE gridmap.plan_proposals ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON gridmap.plan_proposals FOR SELECT USING (plan_id IN (
    SELECT p.id FROM gridmap.grid_plans p WHERE p.unit_id IN (SELECT gridmap.units_of('edit_plans'))));
CREATE POLICY added ON gridmap.plan_proposals FOR INSERT WITH CHECK (
    plan_id IN (SELECT gridmap.open_drafts()) AND plan_id IN (
    SELECT p.id FROM gridmap.grid_plans p WHERE p.unit_id IN (SELECT gridmap.units_of('edit_plans'))));
CREATE POLICY changed ON gridmap.plan_proposals FOR UPDATE USING (plan_id IN (
    SELECT p.id FROM gridmap.grid_plans p WHERE p.unit_id IN (SELECT gridmap.units_of('edit_plans'))));
CREATE POLICY removed ON gridmap.plan_proposals FOR DELETE USING (plan_id IN (
    SELECT p.id FROM gridmap.grid_plans p WHERE p.unit_id IN (SELECT gridmap.units_of('edit_plans'))));

-- What comes into force needs no proposals any more.
CREATE FUNCTION gridmap.forget_proposals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
BEGIN
    DELETE FROM gridmap.plan_proposals WHERE plan_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER grid_plans_activated AFTER UPDATE OF state ON gridmap.grid_plans FOR EACH ROW
WHEN (OLD.state = 'draft' AND NEW.state <> 'draft') EXECUTE FUNCTION gridmap.forget_proposals();
