-- The parent is the unit whose code the child's begins with, one level up. Units that came before
-- their parent find it now.
WITH found AS (
    SELECT child.id, parent.id AS parent_id
    FROM gridmap.admin_units child
    JOIN gridmap.admin_units parent
        ON parent.code = left(child.code, CASE child.level
            WHEN 'community_level' THEN 9 WHEN 'township_level' THEN 6
            WHEN 'county' THEN 4 WHEN 'prefecture' THEN 2 END)
        AND parent.valid @> greatest(lower(child.valid), lower(parent.valid))
        AND parent.valid && child.valid
    WHERE child.parent_id IS NULL
)
UPDATE gridmap.admin_units child SET parent_id = found.parent_id
FROM found WHERE found.id = child.id
