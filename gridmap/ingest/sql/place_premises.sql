-- The grid found in pg_temp.located for each staged row.
UPDATE pg_temp.staging s SET grid_id = f.grid_id FROM pg_temp.located f WHERE f.id = s.row_number
