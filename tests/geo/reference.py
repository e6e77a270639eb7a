"""Which grid is a point in, told twice: by GEOS, and by whole numbers. Slow, and independent.

Every double is a whole number of 2^-1074, so a determinant of doubles is one of whole numbers,
and Python's have no end.
"""

import numpy as np
import shapely

Floats = np.ndarray


def whole(x: float) -> int:
    numerator, denominator = x.as_integer_ratio()
    return numerator * (2**1074 // denominator)


class Reference:
    """Exact answers over polygons and codes; ties go to the code whose bytes come first."""

    def __init__(self, polygons: list[shapely.Geometry], codes: list[str]) -> None:
        self.polygons = np.array(polygons, dtype=object)
        self.place = np.argsort(np.argsort([c.encode() for c in codes], kind="stable"))
        self.by_place = np.argsort(self.place)
        self.tree = shapely.STRtree(self.polygons)
        self.edges = [self.edges_of(p) for p in polygons]
        self.exact: dict[float, int] = {}

    @staticmethod
    def edges_of(polygon: shapely.Geometry) -> Floats:
        rings = [
            np.array(ring.coords)
            for part in shapely.get_parts(polygon)
            for ring in (part.exterior, *part.interiors)
        ]
        return np.vstack([np.hstack([ring[:-1], ring[1:]]) for ring in rings])

    def covers(self, polygon: int, x: float, y: float) -> bool:
        """Counts what a ray straight up meets; a point on an edge is covered."""
        edges = self.edges[polygon]
        west, east = np.minimum(edges[:, 0], edges[:, 2]), np.maximum(edges[:, 0], edges[:, 2])
        odd = False
        for start_x, start_y, end_x, end_y in edges[(west <= x) & (x <= east)].tolist():
            (ax, ay), (bx, by) = sorted([(start_x, start_y), (end_x, end_y)])
            turn = self._turn(ax, ay, bx, by, x, y)
            if turn == 0 and min(ay, by) <= y <= max(ay, by):
                return True
            odd ^= turn < 0 and ax <= x < bx
        return odd

    def _turn(self, *numbers: float) -> int:
        exact = self.exact
        for number in numbers:
            if number not in exact:
                exact[number] = whole(number)
        ax, ay, bx, by, x, y = (exact[number] for number in numbers)
        product, other = (bx - ax) * (y - ay), (by - ay) * (x - ax)
        return (product > other) - (product < other)

    def covering(self, x: float, y: float) -> list[int]:
        """Positions of all grids that cover a point, in the order of their codes."""
        if not (np.isfinite(x) and np.isfinite(y)):
            return []
        boxes = self.tree.query(shapely.box(x, y, x, y))
        return sorted((i for i in boxes if self.covers(i, x, y)), key=lambda i: self.place[i])

    def assign_exactly(self, lon: Floats, lat: Floats) -> np.ndarray:
        """Positions by whole numbers, -1 outside."""
        points = zip(lon.tolist(), lat.tolist(), strict=True)
        return np.array([next(iter(self.covering(x, y)), -1) for x, y in points], dtype=np.int32)

    def assign(self, lon: Floats, lat: Floats) -> np.ndarray:
        """Positions by GEOS `intersects`, -1 outside."""
        points = shapely.STRtree(shapely.points(lon, lat))
        polygon, point = points.query(self.polygons, predicate="intersects")
        first = np.full(len(lon), len(self.polygons))
        np.minimum.at(first, point, self.place[polygon])
        return np.append(self.by_place, -1)[first].astype(np.int32)


def random_codes(rng: np.random.Generator, n: int) -> list[str]:
    """Codes whose byte order is neither that of the grids nor that of a dictionary."""
    letters = list("0129AZaz_-村网")
    return [f"{''.join(rng.choice(letters, 4))}{i}" for i in range(n)]


def awkward_points(
    rng: np.random.Generator, polygons: list[shapely.Geometry], n: int
) -> tuple[Floats, Floats]:
    """About `n` points where rounding could matter: on borders and one double beside them, level
    with vertices, and at the ends of what a double can be."""
    edges = np.vstack([Reference.edges_of(p) for p in polygons])
    picked = edges[rng.integers(0, len(edges), n // 6)]
    start, end = picked[:, :2], picked[:, 2:]
    vertices = edges[rng.choice(len(edges), min(len(edges), n // 6), replace=False), :2]
    middle = (start + end) / 2
    along = start + (end - start) * rng.random((len(picked), 1))
    of_vertex = vertices[rng.integers(0, len(vertices), len(along))]
    level = np.stack([rng.permutation(along[:, 0]), of_vertex[:, 1]], -1)
    above = np.stack([of_vertex[:, 0], rng.permutation(along[:, 1])], -1)
    both = np.stack([rng.permutation(start[:, 0]), rng.permutation(start[:, 1])], -1)
    rounded = np.round(along, 3)
    base = np.vstack([vertices, middle, along, level, above, both, rounded])
    beside = base[rng.integers(0, len(base), n // 3)].copy()
    towards = rng.choice([-np.inf, 0.0, np.inf], beside.shape)
    beside = np.where(towards == 0, beside, np.nextafter(beside, towards))
    ends = [np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 1e308, -1e308, 180.0, -180.0]
    extreme = np.stack(np.meshgrid(ends, [*ends, float(base[0, 1])]), -1).reshape(-1, 2)
    points = np.vstack([base, beside, extreme, extreme[:, ::-1]])
    return points[:, 0].copy(), points[:, 1].copy()


def anywhere(
    rng: np.random.Generator, polygons: list[shapely.Geometry], n: int
) -> tuple[Floats, Floats]:
    """`n` points in the box of the polygons and a little around it; most of them clustered."""
    west, south, east, north = shapely.total_bounds(polygons)
    wide, high = east - west, north - south
    x = rng.uniform(west - wide / 9, east + wide / 9, n)
    y = rng.uniform(south - high / 9, north + high / 9, n)
    near = n // 2
    x[:near] = x[rng.integers(near, near + 9, near) % n] + rng.normal(0, wide / 30, near)
    y[:near] = y[rng.integers(near, near + 9, near) % n] + rng.normal(0, high / 30, near)
    return x, y
