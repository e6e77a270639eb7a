SELECT count(*) AS incidents,
    count(*) FILTER (WHERE placement = 'outside') AS outside,
    count(*) FILTER (WHERE placement = 'no_location') AS no_location,
    gridmap.day_of(min(reported_at)) AS first_day, gridmap.day_of(max(reported_at)) AS last_day
FROM gridmap.incidents
