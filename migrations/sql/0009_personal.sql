-- Who wrote a row and when: the seals may be renewed without anything being said anew.
CREATE TRIGGER residents_stamp BEFORE INSERT ON gridmap.residents
FOR EACH ROW EXECUTE FUNCTION gridmap.stamp();
CREATE TRIGGER residents_stamp_update
BEFORE UPDATE OF code, household_ref, household_id, name, birth_year, source, grid_id ON gridmap.residents
FOR EACH ROW EXECUTE FUNCTION gridmap.stamp();

-- 张* for 张三, 欧阳* for 欧阳静. gridmap.sealing.checks.masked_name gives the same.
CREATE FUNCTION gridmap.masked_name(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN length(plain) <= shown THEN '*'
        ELSE left(plain, shown) || repeat('*', least(length(plain) - shown, 2)) END
    FROM (SELECT translate(name, ' 　', '')) AS p (plain)
    CROSS JOIN LATERAL (SELECT CASE WHEN length(plain) > 2 AND left(plain, 2) = ANY (string_to_array(
        '欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳'
        ' 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙'
        ' 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 公户 公玉'
        ' 公仪 梁丘 公仲 公上 公门 公山 公坚 左丘 公伯 西门 公祖 第五 公乘 贯丘 公皙 南荣 东里 东宫 仲长'
        ' 子书 子桑 即墨 达奚 褚师 纳兰 归海 淳于 单于 叱干', ' ')) THEN 2 ELSE 1 END) AS s (shown)
$$;

-- 14 years old for certain; who has no year of birth on record might be a child.
CREATE FUNCTION gridmap.may_leave_record(birth_year integer) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    SELECT coalesce(
        extract(year FROM coalesce(gridmap.day_of(now()), (now() AT TIME ZONE 'UTC')::date))
            - birth_year > 14,
        false)
$$;

-- Whether the actor holds a right in a grid; what lies in none is for those who see all.
CREATE FUNCTION gridmap.reaches(wanted text, grid bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN grid IN (SELECT gridmap.grids_of(wanted)) THEN true
        ELSE gridmap.sees_all(wanted) END
$$;

-- How the sealed values begin: the ids of the keys they need.
CREATE FUNCTION gridmap.keys_in_use() RETURNS SETOF bytea
LANGUAGE sql STABLE SECURITY DEFINER ROWS 2
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    SELECT DISTINCT substring(v.sealed FROM 1 FOR 5)
    FROM gridmap.residents
    CROSS JOIN LATERAL (VALUES (phone_sealed), (id_number_sealed)) AS v (sealed)
    WHERE v.sealed IS NOT NULL
$$;

-- The residents of a grid by code, for those who hold the right there. Phones are sealed.
CREATE FUNCTION gridmap.residents_of_grid(wanted text, after_code text, most integer)
RETURNS TABLE (
    code text, name text, phone bytea, has_id_number boolean, household text, building text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    SELECT r.code, gridmap.masked_name(r.name), r.phone_sealed, r.id_number_sealed IS NOT NULL,
        h.code, b.code
    FROM gridmap.grids g
    JOIN gridmap.buildings b ON b.grid_id = g.id
    JOIN gridmap.dwellings d ON d.building_id = b.id
    JOIN gridmap.households h ON h.dwelling_id = d.id
    JOIN gridmap.residents r ON r.household_id = h.id
    WHERE g.code = wanted
      AND g.id IN (SELECT gridmap.grids_of('residents'))
      AND gridmap.may_leave_record(r.birth_year)
      AND r.code COLLATE "C" > coalesce(after_code, '')
    ORDER BY r.code COLLATE "C"
    LIMIT least(most, 500)
$$;

-- The residents in reach whose phone, or ID number, has one of these indexes.
CREATE FUNCTION gridmap.residents_by_index(kind text, wanted bytea[])
RETURNS TABLE (
    code text, name text, phone bytea, has_id_number boolean, household text, building text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
    SELECT r.code, gridmap.masked_name(r.name), r.phone_sealed, r.id_number_sealed IS NOT NULL,
        h.code, b.code
    FROM (
        SELECT * FROM gridmap.residents WHERE kind = 'phone' AND phone_index = ANY (wanted)
        UNION ALL
        SELECT * FROM gridmap.residents WHERE kind = 'id_number' AND id_number_index = ANY (wanted)
    ) r
    LEFT JOIN gridmap.households h ON h.id = r.household_id
    LEFT JOIN gridmap.dwellings d ON d.id = h.dwelling_id
    LEFT JOIN gridmap.buildings b ON b.id = d.building_id
    WHERE gridmap.may_leave_record(r.birth_year)
      AND gridmap.reaches('residents', r.grid_id)
    ORDER BY r.code COLLATE "C"
    LIMIT 100
$$;

-- What was asked for of one resident, and a line in the audit trail before it is handed out. No row:
-- there is no such resident in reach. A row that is not allowed: the right to unmask is missing.
CREATE FUNCTION gridmap.unmask_resident(wanted text, fields text[], why text)
RETURNS TABLE (allowed boolean, name text, phone bytea, id_number bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, gridmap, public, pg_temp AS $$
DECLARE
    found gridmap.residents;
BEGIN
    IF length(btrim(coalesce(why, ''))) < 4 OR NOT fields <@ ARRAY['name', 'phone', 'id_number']
        OR cardinality(fields) = 0 THEN
        RAISE EXCEPTION '要写明理由和字段 / a reason and fields are needed'
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT r.* INTO found FROM gridmap.residents r WHERE r.code = wanted;
    IF found.id IS NULL OR NOT gridmap.may_leave_record(found.birth_year)
        OR NOT gridmap.reaches('residents', found.grid_id) THEN
        RETURN;
    END IF;
    IF NOT gridmap.reaches('unmask', found.grid_id) THEN
        RETURN QUERY SELECT false, NULL::text, NULL::bytea, NULL::bytea;
        RETURN;
    END IF;
    INSERT INTO gridmap.audit_entries (action, subject, detail, reason) VALUES (
        'unmask', 'residents', jsonb_build_object('code', found.code, 'fields', to_jsonb(fields)),
        btrim(why));
    RETURN QUERY SELECT true,
        CASE WHEN 'name' = ANY (fields) THEN found.name END,
        CASE WHEN 'phone' = ANY (fields) THEN found.phone_sealed END,
        CASE WHEN 'id_number' = ANY (fields) THEN found.id_number_sealed END;
END
$$;
