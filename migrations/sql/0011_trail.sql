-- The accounts that work nowhere but where the actor holds a right: each of their mandates, of
-- whatever day, lies there. What they have done is theirs to read who holds `audit` there.
CREATE FUNCTION gridmap.accounts_below(wanted text) RETURNS SETOF text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, gridmap, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    WITH here AS MATERIALIZED (SELECT * FROM gridmap.mandates_for(wanted)),
    outside AS (
        SELECT m.account_id
        FROM gridmap.mandates m
        WHERE NOT EXISTS (
            SELECT FROM here h
            WHERE (h.unit_code IS NULL AND h.grid_code IS NULL)
               OR starts_with(m.unit_code, h.unit_code)
               OR m.grid_code = h.grid_code
               OR EXISTS (
                    SELECT FROM gridmap.grids g
                    JOIN gridmap.admin_units v ON v.id = g.village_id
                    WHERE g.code = m.grid_code AND starts_with(v.code, h.unit_code)))
    )
    SELECT a.name FROM gridmap.accounts a
    WHERE EXISTS (SELECT FROM gridmap.mandates m WHERE m.account_id = a.id)
      AND a.id NOT IN (SELECT account_id FROM outside);
END
$$;

-- A line lies in no grid: whoever audits the whole reads all of them, a county's auditor those of
-- the county's own people. Seals make sense as a whole only.
ALTER POLICY seen ON gridmap.audit_entries USING (
    (SELECT gridmap.sees_all('audit')) OR actor IN (SELECT gridmap.accounts_below('audit')));
ALTER POLICY seen ON gridmap.audit_seals USING ((SELECT gridmap.sees_all('audit')));
