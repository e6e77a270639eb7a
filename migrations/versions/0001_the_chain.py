"""The chain: territory, premises, incidents, and who wrote each row.

Revision ID: 0001
Revises:
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    op.execute((SQL / "0001_before_tables.sql").read_text(encoding="utf-8"))
    op.create_geospatial_table(
        "admin_units",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "valid",
            postgresql.DATERANGE(),
            server_default=sa.text("'[2000-01-01,)'::daterange"),
            nullable=False,
        ),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column("area_m2", sa.Double(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("code"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="admin_units_code_valid_excl",
        ),
        sa.CheckConstraint(
            "code ~ '^\\d+$' AND length(code) = CASE level WHEN 'province' THEN 2 WHEN 'prefecture' THEN 4 WHEN 'county' THEN 6 WHEN 'township_level' THEN 9 ELSE 12 END",
            name=op.f("admin_units_code_check"),
        ),
        sa.CheckConstraint(
            "level IN ('province', 'prefecture', 'county', 'township_level', 'community_level')",
            name=op.f("admin_units_level_check"),
        ),
        sa.CheckConstraint("NOT isempty(valid)", name=op.f("admin_units_valid_check")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["gridmap.admin_units.id"], name=op.f("admin_units_parent_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("admin_units_pkey")),
        schema="gridmap",
    )
    op.create_index(
        op.f("admin_units_parent_id_idx"),
        "admin_units",
        ["parent_id"],
        unique=False,
        schema="gridmap",
    )
    op.create_geospatial_index(
        "idx_admin_units_geom",
        "admin_units",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "idx_admin_units_geom_3857",
        "admin_units",
        ["geom_3857"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("actor", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("audit_entries_pkey")),
        schema="gridmap",
        comment="Append-only: who did what to which layer, when. Triggers write it with the act.",
    )
    op.create_geospatial_table(
        "base_features",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("class", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('road', 'river', 'water', 'railway', 'wall', 'green', 'settlement')",
            name=op.f("base_features_kind_check"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("base_features_pkey")),
        sa.UniqueConstraint("code", name=op.f("base_features_code_key")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "idx_base_features_geom",
        "base_features",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "idx_base_features_geom_3857",
        "base_features",
        ["geom_3857"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "deployment",
        sa.Column("id", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("profile_name", sa.Text(), nullable=False),
        sa.Column("profile", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("area_srid", sa.Integer(), nullable=False),
        sa.Column("grid_code_scheme", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "grid_code_scheme IN ('db11_2157', 'cjt349', 'text')",
            name=op.f("deployment_grid_code_scheme_check"),
        ),
        sa.CheckConstraint("id", name=op.f("deployment_singleton_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("deployment_pkey")),
        schema="gridmap",
        comment="One row: the profile this database was made with.",
    )
    op.create_table(
        "grid_plans",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'draft') = (valid IS NULL) AND NOT coalesce(isempty(valid), false)",
            name=op.f("grid_plans_valid_check"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'active', 'retired')", name=op.f("grid_plans_state_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("grid_plans_pkey")),
        sa.UniqueConstraint("code", name=op.f("grid_plans_code_key")),
        schema="gridmap",
    )
    op.create_table(
        "layer_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("layer_changes_pkey")),
        schema="gridmap",
        comment="One line a changing statement; the view layer_versions sums them for ETags.",
    )
    op.create_index(
        "layer_changes_layer_idx",
        "layer_changes",
        ["layer"],
        unique=False,
        schema="gridmap",
        postgresql_include=["n"],
    )
    op.create_table(
        "postings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("office_phone", sa.Text(), nullable=True),
        sa.Column(
            "valid",
            postgresql.DATERANGE(),
            server_default=sa.text("'[2000-01-01,)'::daterange"),
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("grid_code"), "="),
            (sa.column("role"), "="),
            (sa.column("person_name"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="postings_grid_code_role_person_name_valid_excl",
        ),
        sa.CheckConstraint("NOT isempty(valid)", name=op.f("postings_valid_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("postings_pkey")),
        schema="gridmap",
        comment="Person, grid, role, period. The grid code outlives the rows of its boundaries.",
    )
    op.create_index(
        op.f("postings_grid_code_idx"), "postings", ["grid_code"], unique=False, schema="gridmap"
    )
    op.create_table(
        "admin_unit_predecessors",
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("predecessor_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "unit_id <> predecessor_id", name=op.f("admin_unit_predecessors_not_itself_check")
        ),
        sa.ForeignKeyConstraint(
            ["predecessor_id"],
            ["gridmap.admin_units.id"],
            name=op.f("admin_unit_predecessors_predecessor_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["gridmap.admin_units.id"],
            name=op.f("admin_unit_predecessors_unit_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "unit_id", "predecessor_id", name=op.f("admin_unit_predecessors_pkey")
        ),
        schema="gridmap",
    )
    op.create_index(
        op.f("admin_unit_predecessors_predecessor_id_idx"),
        "admin_unit_predecessors",
        ["predecessor_id"],
        unique=False,
        schema="gridmap",
    )
    op.create_geospatial_table(
        "grids",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("village_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), server_default=sa.text("'general'"), nullable=False),
        sa.Column("area_kind", sa.Text(), server_default=sa.text("'rural'"), nullable=False),
        sa.Column("management_level", sa.Text(), nullable=True),
        sa.Column("responsible_body", sa.Text(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("code"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="grids_code_valid_excl",
        ),
        sa.CheckConstraint(
            "(kind = 'micro') = (parent_id IS NOT NULL)", name=op.f("grids_micro_has_parent_check")
        ),
        sa.CheckConstraint("area_kind IN ('urban', 'rural')", name=op.f("grids_area_kind_check")),
        sa.CheckConstraint(
            "kind IN ('general', 'special', 'micro')", name=op.f("grids_kind_check")
        ),
        sa.CheckConstraint("NOT coalesce(isempty(valid), false)", name=op.f("grids_valid_check")),
        sa.CheckConstraint(
            "public.st_isvalid(geom) AND NOT public.st_isempty(geom)", name=op.f("grids_geom_check")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["gridmap.grids.id"], name=op.f("grids_parent_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["gridmap.grid_plans.id"], name=op.f("grids_plan_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["gridmap.admin_units.id"], name=op.f("grids_village_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("grids_pkey")),
        schema="gridmap",
    )
    op.create_index(op.f("grids_code_idx"), "grids", ["code"], unique=False, schema="gridmap")
    op.create_index(
        op.f("grids_parent_id_idx"), "grids", ["parent_id"], unique=False, schema="gridmap"
    )
    op.create_index(
        "grids_plan_id_code_key", "grids", ["plan_id", "code"], unique=True, schema="gridmap"
    )
    op.create_index(op.f("grids_plan_id_idx"), "grids", ["plan_id"], unique=False, schema="gridmap")
    op.create_index(
        op.f("grids_village_id_idx"), "grids", ["village_id"], unique=False, schema="gridmap"
    )
    op.create_geospatial_index(
        "idx_grids_geom",
        "grids",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "idx_grids_geom_3857",
        "grids",
        ["geom_3857"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "assets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("grid_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["gridmap.grids.id"], name=op.f("assets_grid_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("assets_pkey")),
        sa.UniqueConstraint("code", name=op.f("assets_code_key")),
        schema="gridmap",
    )
    op.create_index(
        op.f("assets_grid_id_idx"), "assets", ["grid_id"], unique=False, schema="gridmap"
    )
    op.create_geospatial_index(
        "idx_assets_geom",
        "assets",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "idx_assets_geom_3857",
        "assets",
        ["geom_3857"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "buildings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("floors", sa.SmallInteger(), nullable=True),
        sa.Column("grid_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "anchor",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("st_pointonsurface(geom)", persisted=True),
            nullable=True,
        ),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "public.geometrytype(geom) IN ('POINT', 'POLYGON', 'MULTIPOLYGON')",
            name=op.f("buildings_geom_check"),
        ),
        sa.CheckConstraint("floors BETWEEN -9 AND 200", name=op.f("buildings_floors_check")),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["gridmap.grids.id"], name=op.f("buildings_grid_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("buildings_pkey")),
        sa.UniqueConstraint("code", name=op.f("buildings_code_key")),
        schema="gridmap",
    )
    op.create_index(
        op.f("buildings_grid_id_idx"), "buildings", ["grid_id"], unique=False, schema="gridmap"
    )
    op.create_geospatial_index(
        "idx_buildings_anchor",
        "buildings",
        ["anchor"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "idx_buildings_geom",
        "buildings",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "idx_buildings_geom_3857",
        "buildings",
        ["geom_3857"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "grid_ancestors",
        sa.Column("grid_id", sa.BigInteger(), nullable=False),
        sa.Column("ancestor_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("grid_id <> ancestor_id", name=op.f("grid_ancestors_not_itself_check")),
        sa.ForeignKeyConstraint(
            ["ancestor_id"], ["gridmap.grids.id"], name=op.f("grid_ancestors_ancestor_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["gridmap.grids.id"], name=op.f("grid_ancestors_grid_id_fkey")
        ),
        sa.PrimaryKeyConstraint("grid_id", "ancestor_id", name=op.f("grid_ancestors_pkey")),
        schema="gridmap",
    )
    op.create_index(
        op.f("grid_ancestors_ancestor_id_idx"),
        "grid_ancestors",
        ["ancestor_id"],
        unique=False,
        schema="gridmap",
    )
    op.create_geospatial_table(
        "incidents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("subcategory", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'reported'"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column("placement", sa.Text(), nullable=False),
        sa.Column("grid_id", sa.BigInteger(), nullable=True),
        sa.Column("village_id", sa.BigInteger(), nullable=True),
        sa.Column("township_id", sa.BigInteger(), nullable=True),
        sa.Column("county_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "CASE placement WHEN 'in_grid' THEN geom IS NOT NULL AND grid_id IS NOT NULL AND village_id IS NOT NULL WHEN 'outside' THEN geom IS NOT NULL AND grid_id IS NULL WHEN 'no_location' THEN geom IS NULL AND grid_id IS NULL ELSE false END",
            name=op.f("incidents_placement_check"),
        ),
        sa.CheckConstraint(
            "status IN ('reported', 'accepted', 'dispatched', 'resolved', 'closed', 'rejected')",
            name=op.f("incidents_status_check"),
        ),
        sa.CheckConstraint("closed_at >= reported_at", name=op.f("incidents_closed_at_check")),
        sa.ForeignKeyConstraint(
            ["county_id"], ["gridmap.admin_units.id"], name=op.f("incidents_county_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["gridmap.grids.id"], name=op.f("incidents_grid_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["township_id"], ["gridmap.admin_units.id"], name=op.f("incidents_township_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["gridmap.admin_units.id"], name=op.f("incidents_village_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("incidents_pkey")),
        sa.UniqueConstraint("code", name=op.f("incidents_code_key")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "idx_incidents_geom",
        "incidents",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "idx_incidents_geom_3857",
        "incidents",
        ["geom_3857"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "incidents_category_reported_at_idx",
        "incidents",
        ["category", "reported_at"],
        unique=False,
        schema="gridmap",
    )
    op.create_index(
        op.f("incidents_county_id_idx"), "incidents", ["county_id"], unique=False, schema="gridmap"
    )
    op.create_index(
        op.f("incidents_grid_id_idx"), "incidents", ["grid_id"], unique=False, schema="gridmap"
    )
    op.create_index(
        op.f("incidents_reported_at_idx"),
        "incidents",
        ["reported_at"],
        unique=False,
        schema="gridmap",
    )
    op.create_index(
        op.f("incidents_township_id_idx"),
        "incidents",
        ["township_id"],
        unique=False,
        schema="gridmap",
    )
    op.create_index(
        op.f("incidents_village_id_idx"),
        "incidents",
        ["village_id"],
        unique=False,
        schema="gridmap",
    )
    op.create_geospatial_table(
        "organisations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("grid_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["gridmap.grids.id"], name=op.f("organisations_grid_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("organisations_pkey")),
        sa.UniqueConstraint("code", name=op.f("organisations_code_key")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "idx_organisations_geom",
        "organisations",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "idx_organisations_geom_3857",
        "organisations",
        ["geom_3857"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("organisations_grid_id_idx"),
        "organisations",
        ["grid_id"],
        unique=False,
        schema="gridmap",
    )
    op.create_table(
        "dwellings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("building_ref", sa.Text(), nullable=True),
        sa.Column("building_id", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("floor", sa.SmallInteger(), nullable=True),
        sa.Column("room", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["building_id"], ["gridmap.buildings.id"], name=op.f("dwellings_building_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("dwellings_pkey")),
        sa.UniqueConstraint("code", name=op.f("dwellings_code_key")),
        schema="gridmap",
    )
    op.create_index(
        op.f("dwellings_building_id_idx"),
        "dwellings",
        ["building_id"],
        unique=False,
        schema="gridmap",
    )
    op.create_index(
        op.f("dwellings_building_ref_idx"),
        "dwellings",
        ["building_ref"],
        unique=False,
        schema="gridmap",
    )
    op.create_table(
        "incident_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["gridmap.incidents.id"],
            name=op.f("incident_entries_incident_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("incident_entries_pkey")),
        schema="gridmap",
        comment="Append-only: a trigger refuses update and delete.",
    )
    op.create_index(
        op.f("incident_entries_incident_id_idx"),
        "incident_entries",
        ["incident_id"],
        unique=False,
        schema="gridmap",
    )
    op.create_table(
        "households",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("dwelling_ref", sa.Text(), nullable=True),
        sa.Column("dwelling_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["dwelling_id"], ["gridmap.dwellings.id"], name=op.f("households_dwelling_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("households_pkey")),
        sa.UniqueConstraint("code", name=op.f("households_code_key")),
        schema="gridmap",
    )
    op.create_index(
        op.f("households_dwelling_id_idx"),
        "households",
        ["dwelling_id"],
        unique=False,
        schema="gridmap",
    )
    op.create_index(
        op.f("households_dwelling_ref_idx"),
        "households",
        ["dwelling_ref"],
        unique=False,
        schema="gridmap",
    )
    op.create_table(
        "residents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("household_ref", sa.Text(), nullable=True),
        sa.Column("household_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "birth_year BETWEEN 1890 AND 2100", name=op.f("residents_birth_year_check")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["gridmap.households.id"], name=op.f("residents_household_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("residents_pkey")),
        sa.UniqueConstraint("code", name=op.f("residents_code_key")),
        schema="gridmap",
        comment="What a service needs and no more: no ID number, no health, no tracks.",
    )
    op.create_index(
        op.f("residents_household_id_idx"),
        "residents",
        ["household_id"],
        unique=False,
        schema="gridmap",
    )
    op.create_index(
        op.f("residents_household_ref_idx"),
        "residents",
        ["household_ref"],
        unique=False,
        schema="gridmap",
    )
    op.create_table_comment(
        "base_features",
        "The calm base map: roads, waters, greens. Roads are what grid borders follow.",
        schema="gridmap",
    )
    op.create_table_comment(
        "buildings", "The anchor, a point on the footprint, decides the grid.", schema="gridmap"
    )
    op.create_table_comment(
        "grids",
        "valid is null while the plan is a draft. Closed rows stay: this is the history.",
        schema="gridmap",
    )
    op.create_table_comment(
        "incidents",
        "grid_id is the grid in force on the day of the report; a later plan leaves it.",
        schema="gridmap",
    )
    op.execute((SQL / "0001_after_tables.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP VIEW gridmap.layer_versions")
    op.drop_index(op.f("residents_household_ref_idx"), table_name="residents", schema="gridmap")
    op.drop_index(op.f("residents_household_id_idx"), table_name="residents", schema="gridmap")
    op.drop_table("residents", schema="gridmap")
    op.drop_index(op.f("households_dwelling_ref_idx"), table_name="households", schema="gridmap")
    op.drop_index(op.f("households_dwelling_id_idx"), table_name="households", schema="gridmap")
    op.drop_table("households", schema="gridmap")
    op.drop_index(
        op.f("incident_entries_incident_id_idx"), table_name="incident_entries", schema="gridmap"
    )
    op.drop_table("incident_entries", schema="gridmap")
    op.drop_index(op.f("dwellings_building_ref_idx"), table_name="dwellings", schema="gridmap")
    op.drop_index(op.f("dwellings_building_id_idx"), table_name="dwellings", schema="gridmap")
    op.drop_table("dwellings", schema="gridmap")
    op.drop_index(op.f("organisations_grid_id_idx"), table_name="organisations", schema="gridmap")
    op.drop_geospatial_index(
        "idx_organisations_geom_3857",
        table_name="organisations",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom_3857",
    )
    op.drop_geospatial_index(
        "idx_organisations_geom",
        table_name="organisations",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("organisations", schema="gridmap")
    op.drop_index(op.f("incidents_village_id_idx"), table_name="incidents", schema="gridmap")
    op.drop_index(op.f("incidents_township_id_idx"), table_name="incidents", schema="gridmap")
    op.drop_index(op.f("incidents_reported_at_idx"), table_name="incidents", schema="gridmap")
    op.drop_index(op.f("incidents_grid_id_idx"), table_name="incidents", schema="gridmap")
    op.drop_index(op.f("incidents_county_id_idx"), table_name="incidents", schema="gridmap")
    op.drop_index("incidents_category_reported_at_idx", table_name="incidents", schema="gridmap")
    op.drop_geospatial_index(
        "idx_incidents_geom_3857",
        table_name="incidents",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom_3857",
    )
    op.drop_geospatial_index(
        "idx_incidents_geom",
        table_name="incidents",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("incidents", schema="gridmap")
    op.drop_index(
        op.f("grid_ancestors_ancestor_id_idx"), table_name="grid_ancestors", schema="gridmap"
    )
    op.drop_table("grid_ancestors", schema="gridmap")
    op.drop_geospatial_index(
        "idx_buildings_geom_3857",
        table_name="buildings",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom_3857",
    )
    op.drop_geospatial_index(
        "idx_buildings_geom",
        table_name="buildings",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_index(
        "idx_buildings_anchor",
        table_name="buildings",
        schema="gridmap",
        postgresql_using="gist",
        column_name="anchor",
    )
    op.drop_index(op.f("buildings_grid_id_idx"), table_name="buildings", schema="gridmap")
    op.drop_geospatial_table("buildings", schema="gridmap")
    op.drop_geospatial_index(
        "idx_assets_geom_3857",
        table_name="assets",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom_3857",
    )
    op.drop_geospatial_index(
        "idx_assets_geom",
        table_name="assets",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_index(op.f("assets_grid_id_idx"), table_name="assets", schema="gridmap")
    op.drop_geospatial_table("assets", schema="gridmap")
    op.drop_geospatial_index(
        "idx_grids_geom_3857",
        table_name="grids",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom_3857",
    )
    op.drop_geospatial_index(
        "idx_grids_geom",
        table_name="grids",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_index(op.f("grids_village_id_idx"), table_name="grids", schema="gridmap")
    op.drop_index(op.f("grids_plan_id_idx"), table_name="grids", schema="gridmap")
    op.drop_index("grids_plan_id_code_key", table_name="grids", schema="gridmap")
    op.drop_index(op.f("grids_parent_id_idx"), table_name="grids", schema="gridmap")
    op.drop_index(op.f("grids_code_idx"), table_name="grids", schema="gridmap")
    op.drop_geospatial_table("grids", schema="gridmap")
    op.drop_index(
        op.f("admin_unit_predecessors_predecessor_id_idx"),
        table_name="admin_unit_predecessors",
        schema="gridmap",
    )
    op.drop_table("admin_unit_predecessors", schema="gridmap")
    op.drop_index(op.f("postings_grid_code_idx"), table_name="postings", schema="gridmap")
    op.drop_table("postings", schema="gridmap")
    op.drop_index(
        "layer_changes_layer_idx",
        table_name="layer_changes",
        schema="gridmap",
        postgresql_include=["n"],
    )
    op.drop_table("layer_changes", schema="gridmap")
    op.drop_table("grid_plans", schema="gridmap")
    op.drop_table("deployment", schema="gridmap")
    op.drop_geospatial_index(
        "idx_base_features_geom_3857",
        table_name="base_features",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom_3857",
    )
    op.drop_geospatial_index(
        "idx_base_features_geom",
        table_name="base_features",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("base_features", schema="gridmap")
    op.drop_table("audit_entries", schema="gridmap")
    op.drop_geospatial_index(
        "idx_admin_units_geom_3857",
        table_name="admin_units",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom_3857",
    )
    op.drop_geospatial_index(
        "idx_admin_units_geom",
        table_name="admin_units",
        schema="gridmap",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_index(op.f("admin_units_parent_id_idx"), table_name="admin_units", schema="gridmap")
    op.drop_geospatial_table("admin_units", schema="gridmap")
    op.execute((SQL / "0001_drop_functions.sql").read_text(encoding="utf-8"))
