SELECT code, building_ref AS building_code, unit, floor, room, source
FROM gridmap.dwellings
ORDER BY code COLLATE "C"
