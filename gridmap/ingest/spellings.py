"""How people spell things: names of columns that are taken unasked, and words for codes."""

CODE_NAMES = ("code", "编码", "编号", "代码", "id")
NAME_NAMES = ("name", "名称", "名字")
LONGITUDE_NAMES = ("lon", "lng", "longitude", "x", "经度")
LATITUDE_NAMES = ("lat", "latitude", "y", "纬度")
GEOMETRY_NAMES = ("geometry", "geom", "wkt", "the_geom", "空间位置", "几何")

LEVELS = {
    "province": "province", "省": "province", "省级": "province",
    "prefecture": "prefecture", "市": "prefecture", "地级": "prefecture",
    "county": "county", "县": "county", "区": "county", "县级": "county",
    "township_level": "township_level", "township": "township_level", "乡级": "township_level",
    "乡": "township_level", "镇": "township_level", "街道": "township_level",
    "乡镇": "township_level", "community_level": "community_level", "village": "community_level",
    "community": "community_level", "村级": "community_level", "村": "community_level",
    "社区": "community_level",
}  # fmt: skip
GRID_KINDS = {
    "general": "general", "基础网格": "general", "综合网格": "general", "一般网格": "general",
    "普通网格": "general", "special": "special", "专属网格": "special", "专属": "special",
    "micro": "micro", "微网格": "micro",
}  # fmt: skip
AREA_KINDS = {
    "urban": "urban", "城镇": "urban", "城市": "urban", "城区": "urban", "社区": "urban",
    "rural": "rural", "农村": "rural", "乡村": "rural", "村": "rural",
}  # fmt: skip
BASE_KINDS = {
    "road": "road", "道路": "road", "river": "river", "河流": "river", "water": "water",
    "水面": "water", "railway": "railway", "铁路": "railway", "wall": "wall", "围墙": "wall",
    "green": "green", "绿地": "green", "settlement": "settlement", "居民地": "settlement",
}  # fmt: skip
