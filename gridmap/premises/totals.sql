SELECT
    (SELECT count(*) FROM gridmap.buildings) AS buildings,
    (SELECT count(*) FROM gridmap.dwellings) AS dwellings,
    (SELECT count(*) FROM gridmap.households) AS households,
    (SELECT count(*) FROM gridmap.residents) AS residents,
    (SELECT count(*) FROM gridmap.assets) AS assets,
    (SELECT count(*) FROM gridmap.organisations) AS organisations,
    EXISTS (SELECT 1 FROM gridmap.buildings WHERE source = 'synthetic') AS synthetic
