"""Territory: the deployment, admin units, grid plans and grids with their history, postings."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, ExcludeConstraint

from gridmap.db import located, metadata, recorded

deployment = Table(
    "deployment",
    metadata,
    Column("id", Boolean, primary_key=True, server_default=text("true")),
    Column("profile_name", Text, nullable=False),
    Column("profile", JSONB, nullable=False),
    Column("county_code", Text, nullable=False),
    Column("area_srid", Integer, nullable=False),
    Column("grid_code_scheme", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    *recorded(),
    CheckConstraint("id", name="singleton"),
    CheckConstraint("grid_code_scheme IN ('db11_2157', 'cjt349', 'text')", name="grid_code_scheme"),
    comment="One row: the profile this database was made with.",
)

layer_changes = Table(
    "layer_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("layer", Text, nullable=False),
    Column("n", BigInteger, nullable=False, server_default=text("1")),
    Index("layer_changes_layer_idx", "layer", postgresql_include=["n"]),
    comment="One line a changing statement; the view layer_versions sums them for ETags.",
)

admin_units = Table(
    "admin_units",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("kind", Text),
    Column("name", Text, nullable=False),
    Column("parent_id", BigInteger, ForeignKey("gridmap.admin_units.id"), index=True),
    Column("valid", DATERANGE, nullable=False, server_default=text("'[2000-01-01,)'::daterange")),
    *located("MULTIPOLYGON", nullable=True),
    Column("area_m2", Double),
    Column("source", Text),
    *recorded(),
    CheckConstraint(
        "level IN ('province', 'prefecture', 'county', 'township_level', 'community_level')",
        name="level",
    ),
    CheckConstraint(
        r"code ~ '^\d+$' AND length(code) = CASE level WHEN 'province' THEN 2"
        " WHEN 'prefecture' THEN 4 WHEN 'county' THEN 6 WHEN 'township_level' THEN 9 ELSE 12 END",
        name="code",
    ),
    CheckConstraint("NOT isempty(valid)", name="valid"),
    ExcludeConstraint(
        ("code", "="), ("valid", "&&"), using="gist", name="admin_units_code_valid_excl"
    ),
)

admin_unit_predecessors = Table(
    "admin_unit_predecessors",
    metadata,
    Column("unit_id", BigInteger, ForeignKey("gridmap.admin_units.id"), primary_key=True),
    Column(
        "predecessor_id",
        BigInteger,
        ForeignKey("gridmap.admin_units.id"),
        primary_key=True,
        index=True,
    ),
    *recorded(),
    CheckConstraint("unit_id <> predecessor_id", name="not_itself"),
)

grid_plans = Table(
    "grid_plans",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'draft'")),
    Column("valid", DATERANGE),
    Column("unit_id", BigInteger, ForeignKey("gridmap.admin_units.id"), index=True),
    Column("network", Text),
    Column("based_on", Date),
    Column("note", Text),
    Column("submitted_by", Text),
    Column("submitted_at", DateTime(timezone=True)),
    Column("source", Text),
    *recorded(),
    CheckConstraint("state IN ('draft', 'active', 'retired')", name="state"),
    CheckConstraint(
        "(state = 'draft') = (valid IS NULL) AND NOT coalesce(isempty(valid), false)",
        name="valid",
    ),
    CheckConstraint("(submitted_by IS NULL) = (submitted_at IS NULL)", name="submitted"),
    CheckConstraint("network IS NULL OR state = 'draft'", name="network"),
    comment="unit_id: the village or township that a draft divides; network: the department whose"
    " grids these are, which never come into force by themselves.",
)

grids = Table(
    "grids",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("plan_id", BigInteger, ForeignKey("gridmap.grid_plans.id"), nullable=False, index=True),
    Column("code", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column(
        "village_id", BigInteger, ForeignKey("gridmap.admin_units.id"), nullable=False, index=True
    ),
    Column("parent_id", BigInteger, ForeignKey("gridmap.grids.id"), index=True),
    Column("kind", Text, nullable=False, server_default=text("'general'")),
    Column("area_kind", Text, nullable=False, server_default=text("'rural'")),
    Column("management_level", Text),
    Column("responsible_body", Text),
    Column("lead_name", Text),
    Column("valid", DATERANGE),
    *located("MULTIPOLYGON"),
    Column("area_m2", Double, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("source", Text),
    *recorded(),
    CheckConstraint("kind IN ('general', 'special', 'micro')", name="kind"),
    CheckConstraint("area_kind IN ('urban', 'rural')", name="area_kind"),
    CheckConstraint("NOT coalesce(isempty(valid), false)", name="valid"),
    CheckConstraint("(kind = 'micro') = (parent_id IS NOT NULL)", name="micro_has_parent"),
    CheckConstraint("public.st_isvalid(geom) AND NOT public.st_isempty(geom)", name="geom"),
    ExcludeConstraint(("code", "="), ("valid", "&&"), using="gist", name="grids_code_valid_excl"),
    Index("grids_plan_id_code_key", "plan_id", "code", unique=True),
    comment="valid is null while the plan is a draft. Closed rows stay: this is the history."
    " lead_name: who is to lead it from the first day of its plan, if another than today.",
)

grid_ancestors = Table(
    "grid_ancestors",
    metadata,
    Column("grid_id", BigInteger, ForeignKey("gridmap.grids.id"), primary_key=True),
    Column("ancestor_id", BigInteger, ForeignKey("gridmap.grids.id"), primary_key=True, index=True),
    *recorded(),
    CheckConstraint("grid_id <> ancestor_id", name="not_itself"),
)

postings = Table(
    "postings",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("grid_code", Text, nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("person_name", Text, nullable=False),
    Column("office_phone", Text),
    Column("valid", DATERANGE, nullable=False, server_default=text("'[2000-01-01,)'::daterange")),
    Column("source", Text),
    *recorded(),
    CheckConstraint("NOT isempty(valid)", name="valid"),
    ExcludeConstraint(
        ("grid_code", "="),
        ("role", "="),
        ("person_name", "="),
        ("valid", "&&"),
        using="gist",
        name="postings_grid_code_role_person_name_valid_excl",
    ),
    comment="Person, grid, role, period. The grid code outlives the rows of its boundaries.",
)

base_features = Table(
    "base_features",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("class", Text),
    Column("name", Text),
    *located("GEOMETRY"),
    Column("source", Text),
    *recorded(),
    CheckConstraint(
        "kind IN ('road', 'river', 'water', 'railway', 'wall', 'green', 'settlement')",
        name="kind",
    ),
    comment="The calm base map: roads, waters, greens. Roads are what grid borders follow.",
)
