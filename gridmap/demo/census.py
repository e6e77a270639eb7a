"""Households and people of the size and age the census counted; names and numbers are visibly
invented.
"""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]

CENSUS_YEAR = 2020
SURNAMES = (
    "王",
    "张",
    "李",
    "刘",
    "赵",
    "杨",
    "郭",
    "高",
    "马",
    "孙",
    "武",
    "任",
    "白",
    "贾",
    "闫",
    "曹",
    "邢",
    "吕",
    "侯",
    "温",
    "冯",
    "韩",
    "周",
    "田",
)
_SURNAME_WEIGHT = np.array(
    [13, 12, 11, 9, 6, 5, 5, 4, 4, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 1, 1, 1, 1], dtype=float
)
_BAND = re.compile(r"^[男女]_(\d+)(?:到(\d+))?岁(?:以上)?$")


def household_sizes(households: int, people: int, singles: int, rng: np.random.Generator) -> Ints:
    """`households` sizes that sum to `people`, `singles` of them 1, the rest 2 to 8, in random
    order.
    """
    larger = households - singles
    extra = people - singles - 2 * larger
    sizes = np.full(larger, 2, dtype=np.int64)
    if larger and extra > 0:
        readiness = rng.gamma(0.9, 1.0, larger)
        while extra > 0:
            open_to = np.flatnonzero(sizes < 8)
            chosen = rng.choice(
                open_to,
                size=min(extra, open_to.size),
                p=readiness[open_to] / readiness[open_to].sum(),
            )
            np.add.at(sizes, chosen, 1)
            extra -= chosen.size
            over = np.flatnonzero(sizes > 8)
            extra += int((sizes[over] - 8).sum())
            sizes[over] = 8
    return rng.permutation(np.concatenate([np.ones(singles, dtype=np.int64), sizes]))


def birth_years(census: dict[str, float], people: int, rng: np.random.Generator) -> Ints:
    """`people` birth years in the proportions of the census age bands, oldest first."""
    ages: list[int] = []
    bands: dict[tuple[int, int], float] = {}
    for column, value in census.items():
        match = _BAND.match(column)
        if match:
            low = int(match[1])
            high = int(match[2]) if match[2] else (92 if column.endswith("以上") else low)
            bands[low, high] = bands.get((low, high), 0.0) + value
    total = sum(bands.values())
    exact = {band: value * people / total for band, value in bands.items()}
    counts = {band: int(value) for band, value in exact.items()}
    for band in sorted(exact, key=lambda b: counts[b] - exact[b])[: people - sum(counts.values())]:
        counts[band] += 1
    for (low, high), count in sorted(counts.items()):
        ages += rng.integers(low, high + 1, count).tolist()
    return np.sort(CENSUS_YEAR - np.asarray(ages, dtype=np.int64))


def seat_people(sizes: Ints, years: Ints, rng: np.random.Generator) -> Ints:
    """Birth years grouped into households of `sizes`, in household order: couples of like age,
    their children.
    """
    adults, young = years[years <= CENSUS_YEAR - 20], years[years > CENSUS_YEAR - 20]
    adults = adults[np.argsort(adults + rng.normal(0.0, 2.0, adults.size))]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    seats = np.full(int(sizes.sum()), 0, dtype=np.int64)
    families = np.flatnonzero(sizes >= 3)
    slots = (
        np.concatenate([np.arange(starts[f] + 2, starts[f + 1]) for f in families])
        if families.size
        else np.empty(0, int)
    )
    minors = (
        slots[: young.size]
        if slots.size <= young.size
        else np.sort(rng.choice(slots, young.size, replace=False))
    )
    with_children = np.unique(np.searchsorted(starts, minors, side="right") - 1)
    parents = _parents(adults, 2 * with_children.size, rng)
    couples = np.sort(adults[parents]).reshape(-1, 2)
    position = np.searchsorted(with_children, np.searchsorted(starts, minors, side="right") - 1)
    seats[starts[with_children]], seats[starts[with_children] + 1] = couples[:, 0], couples[:, 1]
    order = np.argsort(position + rng.normal(0.0, couples.shape[0] * 0.08, position.size))
    seats[minors[order]] = np.sort(young)[: minors.size]
    rest = np.concatenate([np.delete(adults, parents), np.sort(young)[minors.size :]])
    _fill_rest(seats, sizes, starts, rest, rng)
    return seats


def _parents(adults: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Indices of `count` adults of parental age (24 to 52), topped up from the nearest ages when
    too few.
    """
    age = CENSUS_YEAR - adults
    fit = np.flatnonzero((age >= 24) & (age <= 52))
    if fit.size < count:
        fit = np.argsort(np.abs(age - 40), kind="stable")[:count]
    chosen: Ints = np.sort(rng.choice(fit, count, replace=False))
    return chosen


def _fill_rest(
    seats: Ints, sizes: Ints, starts: Ints, rest: Ints, rng: np.random.Generator
) -> None:
    """The people left over: couples take neighbours in age, single households and further seats
    take the others.
    """
    pairs = np.flatnonzero((sizes >= 2) & (seats[starts[:-1]] == 0))
    rest = np.sort(rest)
    singles = int((seats == 0).sum()) - 2 * pairs.size
    alone = np.sort(rng.choice(rest.size, singles, replace=False))
    together = np.delete(rest, alone)
    couples = together[: 2 * pairs.size].reshape(-1, 2)[rng.permutation(pairs.size)]
    seats[starts[pairs]], seats[starts[pairs] + 1] = couples[:, 0], couples[:, 1]
    seats[seats == 0] = rng.permutation(rest[alone])


def person_names(count: int, rng: np.random.Generator) -> list[str]:
    """`count` names such as 张某 and 王某某: a surname and a mark that the rest is withheld."""
    surname = rng.choice(len(SURNAMES), count, p=_SURNAME_WEIGHT / _SURNAME_WEIGHT.sum())
    short = rng.random(count) < 0.35
    return [
        SURNAMES[s] + ("某" if one else "某某")
        for s, one in zip(surname.tolist(), short.tolist(), strict=True)
    ]


def residents(
    household_codes: list[str], sizes: Ints, years: Ints, prefix: str, rng: np.random.Generator
) -> pd.DataFrame:
    """The residents table; the first of each household, when grown up, has a number from the
    unused range 1380000.
    """
    household = np.repeat(np.arange(sizes.size), sizes)
    first = np.concatenate([[True], household[1:] != household[:-1]])
    names = np.asarray(person_names(household.size, rng), dtype=object)
    number = rng.integers(0, 10_000, household.size)
    phone = [
        f"1380000{n:04d}" if head else None
        for n, head in zip(number.tolist(), first.tolist(), strict=True)
    ]
    return pd.DataFrame(
        {
            "code": [f"{prefix}R{n:07d}" for n in range(1, household.size + 1)],
            "household_code": np.asarray(household_codes, dtype=object)[household],
            "name": names,
            "birth_year": years,
            "phone": phone,
        }
    )
