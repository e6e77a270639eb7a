-- Whether nobody who may manage accounts today has a password, those of a demonstration left out.
SELECT NOT EXISTS (
    SELECT FROM gridmap.passwords p
    JOIN gridmap.accounts a ON a.id = p.account_id AND a.disabled_at IS NULL
    JOIN gridmap.mandates m ON m.account_id = a.id
        AND m.valid @> coalesce(gridmap.day_of(now()), (now() AT TIME ZONE 'UTC')::date)
    JOIN gridmap.role_rights r ON r.role = m.role AND r.right_ = 'manage'
    WHERE NOT p.demo
)
