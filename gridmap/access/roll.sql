-- Every account with each of its mandates; one row without a role where there is none.
SELECT a.name, a.display_name, a.disabled_at,
    p.account_id IS NOT NULL AS has_password, coalesce(p.must_change, false) AS must_change,
    coalesce(p.demo, false) AS demo, c.confirmed_at IS NOT NULL AS has_code,
    (SELECT max(l.last_seen_at) FROM gridmap.logins l WHERE l.account_id = a.id) AS last_seen,
    m.role, m.unit_code, m.grid_code, lower(m.valid) AS first_day, upper(m.valid) - 1 AS last_day
FROM gridmap.accounts a
LEFT JOIN gridmap.passwords p ON p.account_id = a.id
LEFT JOIN gridmap.one_time_codes c ON c.account_id = a.id
LEFT JOIN gridmap.mandates m ON m.account_id = a.id
ORDER BY a.name, m.id
