"""Codes of new grids: the next free number of the village; one that ever was is not given again."""

import re
from collections.abc import Iterable

from gridmap.errors import CallError
from gridmap.profiles import GridCodeScheme


def next_code(scheme: GridCodeScheme, village: str, taken: Iterable[str]) -> str:
    """The code for a new grid of a village: the first of `next_codes`."""
    return next_codes(scheme, village, taken, 1)[0]


def next_codes(scheme: GridCodeScheme, village: str, taken: Iterable[str], count: int) -> list[str]:
    """Codes for new grids of a village.

    Args:
        scheme: db11_2157 is the village's 12 digits and a sequence of three; cjt349 counts on from
            the village's highest code of 20 digits; text counts on from the highest number at an
            end.
        village: the village's code.
        taken: every code of the village, of whatever plan.

    Raises:
        CallError: the sequence has not so many numbers left.
    """
    codes = set(taken)
    if scheme == "db11_2157":
        return _after(village, 3, codes, count)
    if scheme == "cjt349":
        prefix = max(codes)[:-3] if codes else village.ljust(17, "0")[:17]
        return _after(prefix, 3, codes, count)
    ends = [re.fullmatch(r"(.*?)(\d{1,9})", code) for code in sorted(codes)]
    best = max((m for m in ends if m), key=lambda m: int(m[2]), default=None)
    if best is None:
        return [f"{village}-{n + 1}" for n in range(count)]
    return [f"{best[1]}{str(int(best[2]) + 1 + n).zfill(len(best[2]))}" for n in range(count)]


def _after(prefix: str, digits: int, codes: set[str], count: int) -> list[str]:
    length = len(prefix) + digits
    numbers = [
        int(code[len(prefix) :])
        for code in codes
        if len(code) == length and code.startswith(prefix) and code[len(prefix) :].isdigit()
    ]
    first = max(numbers, default=0) + 1
    if first + count > 10**digits:
        raise CallError(
            f"{prefix} 的网格序号已用完（{digits} 位），不能再新建网格",
            f"the sequence of grids of {prefix} ({digits} digits) is used up: no new grid can be"
            " made",
        )
    return [f"{prefix}{number:0{digits}}" for number in range(first, first + count)]
