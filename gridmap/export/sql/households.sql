SELECT code, dwelling_ref AS dwelling_code, kind, source
FROM gridmap.households
ORDER BY code COLLATE "C"
