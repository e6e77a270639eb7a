-- Who the actor is, and the mandates of today; a single row without a role where there is none.
SELECT a.name AS account, a.display_name, r.code AS role, r.title, r.title_en,
    m.unit_code, m.grid_code,
    coalesce(
        (SELECT u.name FROM gridmap.admin_units u WHERE u.code = m.unit_code ORDER BY u.id DESC LIMIT 1),
        (SELECT g.name FROM gridmap.grids g WHERE g.code = m.grid_code ORDER BY g.id DESC LIMIT 1)
    ) AS scope_name
FROM gridmap.accounts a
LEFT JOIN gridmap.mandates m ON m.account_id = a.id
    AND m.valid @> coalesce(gridmap.day_of(now()), (now() AT TIME ZONE 'UTC')::date)
LEFT JOIN gridmap.roles r ON r.code = m.role
WHERE a.name = gridmap.actor()
ORDER BY m.id
