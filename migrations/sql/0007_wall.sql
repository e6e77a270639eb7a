-- A dwelling lies in the grid of its building, a household in that of its dwelling, a resident in
-- that of the household. Each row carries it, so that the wall needs no join; triggers keep it.
DO $do$
DECLARE
    above text;
    below text;
    link text;
BEGIN
    FOR above, below, link IN VALUES
        ('buildings', 'dwellings', 'building_id'),
        ('dwellings', 'households', 'dwelling_id'),
        ('households', 'residents', 'household_id')
    LOOP
        EXECUTE format('ALTER TABLE gridmap.%I DISABLE TRIGGER USER', below);
        EXECUTE format('UPDATE gridmap.%2$I b SET grid_id = a.grid_id FROM gridmap.%1$I a
            WHERE a.id = b.%3$I AND a.grid_id IS NOT NULL', above, below, link);
        EXECUTE format('ALTER TABLE gridmap.%I ENABLE TRIGGER USER', below);
        EXECUTE format($create$
            CREATE FUNCTION gridmap.take_grid_of_%1$s() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NEW.grid_id := (SELECT grid_id FROM gridmap.%1$I WHERE id = NEW.%3$I);
                RETURN NEW;
            END
            $$;
            CREATE TRIGGER %2$s_take_grid BEFORE INSERT OR UPDATE OF %3$I ON gridmap.%2$I
            FOR EACH ROW WHEN (NEW.%3$I IS NOT NULL OR NEW.grid_id IS NOT NULL)
            EXECUTE FUNCTION gridmap.take_grid_of_%1$s();
            CREATE FUNCTION gridmap.pass_grid_to_%2$s() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                -- Planned for the rows at hand: a plan kept from one row takes hours for a county.
                EXECUTE 'UPDATE gridmap.%2$I b SET grid_id = a.grid_id FROM changed a
                    WHERE b.%3$I = a.id AND b.grid_id IS DISTINCT FROM a.grid_id';
                RETURN NULL;
            END
            $$;
            CREATE TRIGGER %1$s_pass_grid AFTER UPDATE ON gridmap.%1$I
            REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION gridmap.pass_grid_to_%2$s();
            $create$, above, below, link);
    END LOOP;
END
$do$;

-- The place and the code of a report do not depend on what its writer sees.
ALTER FUNCTION gridmap.place_premises() SECURITY DEFINER
    SET search_path = pg_catalog, gridmap, public, pg_temp;
ALTER FUNCTION gridmap.place_incident() SECURITY DEFINER
    SET search_path = pg_catalog, gridmap, public, pg_temp;

-- The next code of a day, its eight digits and a sequence of six; nobody else gets it before the
-- transaction ends. VOLATILE: the second statement sees what the holder of the lock has written.
CREATE FUNCTION gridmap.next_incident_code(day date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
DECLARE
    digits text := to_char(day, 'YYYYMMDD');
    highest text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('incidents.code'));
    SELECT max(right(code, 6)) INTO highest FROM gridmap.incidents
    WHERE code LIKE digits || '%' AND code ~ '^\d{14}$';
    RETURN digits || lpad((coalesce(highest, '0')::int + 1)::text, 6, '0');
END
$$;

-- The wall. Every table has it; a row that no policy lets through does not exist for whoever asks.
-- The owner, who enters for the commands of the machine's administrator only, stands behind it.
-- The functions stand in subqueries, so that a statement asks each of them once and not every row.
DO $$
DECLARE
    t text;
BEGIN
    FOR t IN SELECT relname FROM pg_class
        WHERE relnamespace = 'gridmap'::regnamespace AND relkind = 'r'
    LOOP
        EXECUTE format('ALTER TABLE gridmap.%I ENABLE ROW LEVEL SECURITY', t);
    END LOOP;
    -- About the deployment, and of no territory.
    FOREACH t IN ARRAY ARRAY['alembic_version', 'deployment', 'layer_changes', 'roles', 'role_rights']
    LOOP
        EXECUTE format('CREATE POLICY seen ON gridmap.%I FOR SELECT USING (true)', t);
    END LOOP;
    -- Which grid it lies in decides; what lies in none is for those who see all.
    FOREACH t IN ARRAY ARRAY['buildings', 'dwellings', 'households', 'residents', 'assets',
        'organisations']
    LOOP
        EXECUTE format($policy$CREATE POLICY seen ON gridmap.%I FOR SELECT USING (
            (SELECT gridmap.sees_all('premises'))
            OR grid_id IN (SELECT gridmap.grids_of('premises')))$policy$, t);
    END LOOP;
END
$$;

CREATE POLICY seen ON gridmap.admin_units FOR SELECT USING (
    (SELECT gridmap.sees_all('territory')) OR id IN (SELECT gridmap.units_in_sight()));
CREATE POLICY seen ON gridmap.admin_unit_predecessors FOR SELECT USING (
    (SELECT gridmap.sees_all('territory')) OR unit_id IN (SELECT gridmap.units_in_sight()));
CREATE POLICY seen ON gridmap.grids FOR SELECT USING (
    (SELECT gridmap.sees_all('territory')) OR village_id IN (SELECT gridmap.units_in_sight()));
CREATE POLICY seen ON gridmap.grid_ancestors FOR SELECT USING (
    (SELECT gridmap.sees_all('territory'))
    OR EXISTS (SELECT FROM gridmap.grids g WHERE g.id = grid_id));
CREATE POLICY seen ON gridmap.grid_plans FOR SELECT USING (
    (SELECT gridmap.sees_all('territory'))
    OR EXISTS (SELECT FROM gridmap.grids g WHERE g.plan_id = grid_plans.id));
CREATE POLICY seen ON gridmap.postings FOR SELECT USING (
    (SELECT gridmap.sees_all('territory'))
    OR EXISTS (SELECT FROM gridmap.grids g WHERE g.code = grid_code));
-- Roads and rivers belong to no unit.
CREATE POLICY seen ON gridmap.base_features FOR SELECT USING (
    (SELECT gridmap.has_right('territory')));

-- One's own reports are seen wherever they lie.
CREATE POLICY seen ON gridmap.incidents FOR SELECT USING (
    (SELECT gridmap.sees_all('incidents'))
    OR village_id IN (SELECT gridmap.units_of('incidents'))
    OR grid_id IN (SELECT gridmap.grids_of('incidents'))
    OR recorded_by = (SELECT gridmap.actor()));
CREATE POLICY added ON gridmap.incidents FOR INSERT WITH CHECK (
    (SELECT gridmap.has_right('report'))
    AND (grid_id IS NULL OR EXISTS (SELECT FROM gridmap.grids g WHERE g.id = grid_id)));
CREATE POLICY seen ON gridmap.incident_entries FOR SELECT USING (
    EXISTS (SELECT FROM gridmap.incidents i WHERE i.id = incident_id));
CREATE POLICY added ON gridmap.incident_entries FOR INSERT WITH CHECK (
    (SELECT gridmap.has_right('report'))
    AND EXISTS (SELECT FROM gridmap.incidents i WHERE i.id = incident_id));

CREATE POLICY seen ON gridmap.accounts FOR SELECT USING (
    name = (SELECT gridmap.actor()) OR (SELECT gridmap.has_right('manage')));
CREATE POLICY seen ON gridmap.mandates FOR SELECT USING (
    EXISTS (SELECT FROM gridmap.accounts a WHERE a.id = account_id));
CREATE POLICY seen ON gridmap.audit_entries FOR SELECT USING (
    (SELECT gridmap.has_right('audit')));
CREATE POLICY added ON gridmap.audit_entries FOR INSERT WITH CHECK (
    actor = (SELECT gridmap.actor()));
CREATE POLICY seen ON gridmap.audit_seals FOR SELECT USING ((SELECT gridmap.has_right('audit')));

ALTER VIEW gridmap.layer_versions SET (security_invoker = true);
