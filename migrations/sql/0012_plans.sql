SELECT set_config('gridmap.actor', 'gridmap', true);
INSERT INTO gridmap.role_rights (role, right_) VALUES
    ('commander', 'publish_plans'), ('administrator', 'publish_plans');
SELECT set_config('gridmap.actor', '', true);

-- Drafts are edited all day: what changes in them is a layer of its own, so that no tile and no sum of
-- the grids in force is made anew for it. Their trail is that of the operations.
CREATE FUNCTION gridmap.note_grid_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
DECLARE
    dated bigint := (SELECT count(*) FROM changed WHERE valid IS NOT NULL);
BEGIN
    IF dated > 0 THEN
        INSERT INTO gridmap.audit_entries (action, subject, detail)
        VALUES (lower(TG_OP), 'grids', jsonb_build_object('rows', dated));
        PERFORM gridmap.note_layer_change('grids');
    END IF;
    IF EXISTS (SELECT FROM changed WHERE valid IS NULL) THEN
        PERFORM gridmap.note_layer_change('grid_drafts');
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER grids_inserted ON gridmap.grids;
DROP TRIGGER grids_updated ON gridmap.grids;
DROP TRIGGER grids_deleted ON gridmap.grids;
CREATE TRIGGER grids_inserted AFTER INSERT ON gridmap.grids REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_grid_change();
CREATE TRIGGER grids_updated AFTER UPDATE ON gridmap.grids REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_grid_change();
CREATE TRIGGER grids_deleted AFTER DELETE ON gridmap.grids REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_grid_change();

CREATE TRIGGER plan_villages_stamp BEFORE INSERT OR UPDATE ON gridmap.plan_villages
FOR EACH ROW EXECUTE FUNCTION gridmap.stamp();
CREATE TRIGGER plan_villages_inserted AFTER INSERT ON gridmap.plan_villages
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change();
CREATE TRIGGER plan_villages_updated AFTER UPDATE ON gridmap.plan_villages
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change();
CREATE TRIGGER plan_villages_deleted AFTER DELETE ON gridmap.plan_villages
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change();

CREATE FUNCTION gridmap.note_operation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
BEGIN
    INSERT INTO gridmap.audit_entries (action, subject, detail)
    SELECT NEW.kind, 'grid_plans', jsonb_build_object('code', p.code, 'unit', v.code, 'operation', NEW.id)
    FROM gridmap.grid_plans p, gridmap.admin_units v
    WHERE p.id = NEW.plan_id AND v.id = NEW.village_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER plan_operations_stamp BEFORE INSERT ON gridmap.plan_operations
FOR EACH ROW EXECUTE FUNCTION gridmap.stamp();
CREATE TRIGGER plan_operations_noted AFTER INSERT ON gridmap.plan_operations
FOR EACH ROW EXECUTE FUNCTION gridmap.note_operation();
CREATE TRIGGER plan_operations_append_only BEFORE UPDATE OR TRUNCATE ON gridmap.plan_operations
FOR EACH STATEMENT EXECUTE FUNCTION gridmap.refuse_change();

-- Drafts that are still drawn on: not submitted, and of no department.
CREATE FUNCTION gridmap.open_drafts() RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 20
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    SELECT id FROM gridmap.grid_plans
    WHERE state = 'draft' AND submitted_at IS NULL AND network IS NULL
$$;

ALTER TABLE gridmap.plan_villages ENABLE ROW LEVEL SECURITY;
ALTER TABLE gridmap.plan_operations ENABLE ROW LEVEL SECURITY;

-- A draft of a village without grids is there for whoever sees the village.
ALTER POLICY seen ON gridmap.grid_plans USING (
    (SELECT gridmap.sees_all('territory'))
    OR unit_id IN (SELECT gridmap.units_in_sight())
    OR EXISTS (SELECT FROM gridmap.grids g WHERE g.plan_id = grid_plans.id));
CREATE POLICY seen ON gridmap.plan_villages FOR SELECT USING (
    (SELECT gridmap.sees_all('territory')) OR village_id IN (SELECT gridmap.units_in_sight()));
CREATE POLICY seen ON gridmap.plan_operations FOR SELECT USING (
    (SELECT gridmap.sees_all('territory')) OR village_id IN (SELECT gridmap.units_in_sight()));

CREATE POLICY added ON gridmap.grid_plans FOR INSERT WITH CHECK (
    state = 'draft' AND unit_id IN (SELECT gridmap.units_of('edit_plans')));
CREATE POLICY changed ON gridmap.grid_plans FOR UPDATE USING (
    state = 'draft' AND (unit_id IN (SELECT gridmap.units_of('edit_plans'))
        OR unit_id IN (SELECT gridmap.units_of('publish_plans'))));
CREATE POLICY removed ON gridmap.grid_plans FOR DELETE USING (
    state = 'draft' AND unit_id IN (SELECT gridmap.units_of('edit_plans')));
CREATE POLICY added ON gridmap.plan_villages FOR INSERT WITH CHECK (
    village_id IN (SELECT gridmap.units_of('edit_plans'))
    AND plan_id IN (SELECT gridmap.open_drafts()));
CREATE POLICY added ON gridmap.plan_operations FOR INSERT WITH CHECK (
    village_id IN (SELECT gridmap.units_of('edit_plans'))
    AND plan_id IN (SELECT gridmap.open_drafts()));
CREATE POLICY added ON gridmap.grids FOR INSERT WITH CHECK (
    valid IS NULL AND village_id IN (SELECT gridmap.units_of('edit_plans'))
    AND plan_id IN (SELECT gridmap.open_drafts()));
CREATE POLICY changed ON gridmap.grids FOR UPDATE USING (
    valid IS NULL AND village_id IN (SELECT gridmap.units_of('edit_plans'))
    AND plan_id IN (SELECT gridmap.open_drafts()));
CREATE POLICY removed ON gridmap.grids FOR DELETE USING (
    valid IS NULL AND village_id IN (SELECT gridmap.units_of('edit_plans'))
    AND plan_id IN (SELECT gridmap.open_drafts()));

-- An incident's grid is the one of its report's day, or of the day it was assigned anew. Whatever
-- places it otherwise takes that day away.
CREATE OR REPLACE FUNCTION gridmap.incident_grids() RETURNS TABLE (id bigint, grid_id bigint)
LANGUAGE plpgsql STABLE ROWS 100000 AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT ON (p.id) p.id, g.id
    FROM gridmap.deployment d
    CROSS JOIN gridmap.grids g
    CROSS JOIN LATERAL (
        SELECT i.id, coalesce(i.assigned_on, (i.reported_at AT TIME ZONE d.time_zone)::date) AS day
        FROM gridmap.incidents i
        WHERE i.geom OPERATOR(public.&&) g.geom AND gridmap.covers_point(g.geom, i.geom)
        OFFSET 0
    ) p
    WHERE g.kind <> 'micro' AND g.valid @> p.day
    ORDER BY p.id, g.code COLLATE "C";
END
$$;
CREATE FUNCTION gridmap.forget_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.assigned_on := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER incidents_reassigned BEFORE UPDATE ON gridmap.incidents FOR EACH ROW
WHEN (NEW.grid_id IS DISTINCT FROM OLD.grid_id
    AND NEW.assigned_on IS NOT DISTINCT FROM OLD.assigned_on)
EXECUTE FUNCTION gridmap.forget_assignment();

-- Who reported an incident stays its reporter when its grid changes.
DROP TRIGGER incidents_stamp ON gridmap.incidents;
CREATE TRIGGER incidents_stamp BEFORE INSERT ON gridmap.incidents
FOR EACH ROW EXECUTE FUNCTION gridmap.stamp();
CREATE TRIGGER incidents_stamp_update BEFORE UPDATE OF code, reported_at, channel, category,
    subcategory, status, closed_at, description, address, geom, source ON gridmap.incidents
FOR EACH ROW EXECUTE FUNCTION gridmap.stamp();

-- What stands in a grid that is over goes into the grid that took its land: buildings, assets,
-- organisations, and the incidents that are still open. What stands in none is tried in `villages`
-- only, which a plan has just divided anew. By the rule of grid_at; run again it changes nothing.
CREATE FUNCTION gridmap.settle(villages bigint[] DEFAULT '{}')
RETURNS TABLE (layer text, settled bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
DECLARE
    today date := gridmap.day_of(now());
    ended bigint[] := ARRAY(SELECT id FROM gridmap.grids WHERE upper(valid) <= today);
    point text;
BEGIN
    FOR layer, point IN VALUES ('buildings', 'anchor'), ('assets', 'geom'), ('organisations', 'geom')
    LOOP
        EXECUTE format($sql$
            WITH astray AS (
                SELECT b.id, gridmap.grid_at(b.%2$I, now()) AS grid_id FROM gridmap.%1$I b
                WHERE b.grid_id = ANY ($1)
                   OR b.grid_id IS NULL AND EXISTS (SELECT FROM gridmap.admin_units v
                        WHERE v.id = ANY ($2) AND v.geom && b.geom)
            )
            UPDATE gridmap.%1$I b SET grid_id = a.grid_id FROM astray a
            WHERE a.id = b.id AND a.grid_id IS DISTINCT FROM b.grid_id$sql$, layer, point)
        USING ended, villages;
        GET DIAGNOSTICS settled = ROW_COUNT;
        RETURN NEXT;
    END LOOP;
    layer := 'incidents';
    WITH astray AS (
        SELECT i.id, gridmap.grid_at(i.geom, now()) AS grid_id FROM gridmap.incidents i
        WHERE i.status NOT IN ('closed', 'rejected')
          AND (i.grid_id = ANY (ended)
            OR i.placement = 'outside' AND EXISTS (SELECT FROM gridmap.admin_units v
                WHERE v.id = ANY (villages) AND v.geom && i.geom))
    ), moved AS (
        UPDATE gridmap.incidents i
        SET grid_id = g.id, village_id = v.id, township_id = t.id, county_id = t.parent_id,
            placement = CASE WHEN g.id IS NULL THEN 'outside' ELSE 'in_grid' END,
            assigned_on = today
        FROM astray a
        LEFT JOIN gridmap.grids g ON g.id = a.grid_id
        LEFT JOIN gridmap.admin_units v ON v.id = g.village_id
        LEFT JOIN gridmap.admin_units t ON t.id = v.parent_id
        WHERE i.id = a.id AND a.grid_id IS DISTINCT FROM i.grid_id
        RETURNING i.id, i.status, g.code
    )
    INSERT INTO gridmap.incident_entries (incident_id, action, status, detail)
    SELECT id, 'assign', status, jsonb_build_object('grid', code) FROM moved;
    GET DIAGNOSTICS settled = ROW_COUNT;
    RETURN NEXT;
    UPDATE gridmap.grid_plans SET state = 'retired' WHERE state = 'active' AND upper(valid) <= today;
END
$$;

-- A submitted draft comes into force on a day, from which on it takes the place of what holds in its
-- villages; nothing of it is overwritten. Whoever may publish there, never who submitted it.
CREATE FUNCTION gridmap.activate_plan(wanted bigint, first_day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
DECLARE
    plan gridmap.grid_plans;
    villages bigint[] := ARRAY(SELECT village_id FROM gridmap.plan_villages WHERE plan_id = wanted);
BEGIN
    SELECT * INTO plan FROM gridmap.grid_plans WHERE id = wanted FOR UPDATE;
    IF plan.state IS DISTINCT FROM 'draft' OR plan.submitted_at IS NULL
        OR plan.submitted_by = gridmap.actor() OR first_day < gridmap.day_of(now())
        OR plan.unit_id NOT IN (SELECT gridmap.units_of('publish_plans'))
    THEN
        RAISE EXCEPTION '不能启用这个方案 / this plan may not be activated'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE gridmap.grids SET valid = daterange(lower(valid), first_day)
    WHERE village_id = ANY (villages) AND valid && daterange(first_day, NULL);
    UPDATE gridmap.grids SET valid = daterange(first_day, NULL) WHERE plan_id = wanted;
    -- Micro grids are not drafted: they go on, in the new grid that holds their middle.
    INSERT INTO gridmap.grids (plan_id, code, name, village_id, parent_id, kind, area_kind,
        management_level, responsible_body, valid, geom, source)
    SELECT DISTINCT ON (m.code) wanted, m.code, m.name, m.village_id, p.id, m.kind, m.area_kind,
        m.management_level, m.responsible_body, daterange(first_day, NULL), m.geom, m.source
    FROM gridmap.grids m
    JOIN gridmap.grids p ON p.plan_id = wanted AND p.kind <> 'micro' AND p.geom && m.geom
        AND st_intersects(p.geom, st_pointonsurface(m.geom))
    WHERE m.kind = 'micro' AND m.village_id = ANY (villages) AND upper(m.valid) = first_day
    ORDER BY m.code, p.code COLLATE "C";
    UPDATE gridmap.grid_plans SET state = 'active', valid = daterange(first_day, NULL)
    WHERE id = wanted;
    UPDATE gridmap.postings o SET valid = daterange(lower(o.valid), first_day)
    FROM gridmap.grids g
    WHERE g.plan_id = wanted AND g.lead_name <> o.person_name AND o.grid_code = g.code
      AND o.role = 'grid_lead' AND o.valid @> first_day AND lower(o.valid) < first_day;
    INSERT INTO gridmap.postings (grid_code, role, person_name, valid, source)
    SELECT g.code, 'grid_lead', g.lead_name, daterange(first_day, NULL), g.source
    FROM gridmap.grids g
    WHERE g.plan_id = wanted AND g.lead_name IS NOT NULL
      AND NOT EXISTS (SELECT FROM gridmap.postings o WHERE o.grid_code = g.code
        AND o.role = 'grid_lead' AND o.person_name = g.lead_name AND o.valid @> first_day);
    -- A grid comes from those whose land it took: more than a thousandth of the smaller of the two.
    INSERT INTO gridmap.grid_ancestors (grid_id, ancestor_id)
    SELECT g.id, old.id
    FROM gridmap.grids g
    JOIN gridmap.grids old ON old.geom && g.geom AND upper(old.valid) = first_day
    WHERE g.plan_id = wanted AND (g.kind = 'micro') = (old.kind = 'micro')
      AND st_area(st_intersection(old.geom, g.geom))
        > 0.001 * least(st_area(old.geom), st_area(g.geom));
    UPDATE gridmap.grid_plans p SET valid = daterange(lower(p.valid), e.end_day)
    FROM (
        SELECT plan_id, max(upper(valid)) AS end_day FROM gridmap.grids
        GROUP BY plan_id HAVING bool_and(upper(valid) IS NOT NULL)
    ) e
    WHERE e.plan_id = p.id AND p.state = 'active' AND upper(p.valid) IS DISTINCT FROM e.end_day;
    PERFORM gridmap.settle(villages);
END
$$;
