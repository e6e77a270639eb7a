-- What an ETag is made of: the versions of the layers a tile depends on, the deployment's day, and
-- what the actor may see.
-- Plans made for the bound values: one for every zoom would scan a county to draw a street.
SELECT
    gridmap.sight() AS sight,
    coalesce(
        (SELECT string_agg(v.layer || '=' || v.version, ',' ORDER BY v.layer)
         FROM layer_versions v WHERE v.layer = ANY (CAST(:layers AS text[]))),
        ''
    ) AS versions,
    coalesce((SELECT d.time_zone FROM deployment d), 'UTC') AS zone,
    coalesce(day_of(now()), (now() AT TIME ZONE 'UTC')::date) AS today,
    set_config('plan_cache_mode', 'force_custom_plan', true) AS plans
