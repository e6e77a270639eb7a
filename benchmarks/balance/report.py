"""Tables and aims as Markdown."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from benchmarks.balance.running import Row

HEAD = (
    "method", "CPU s", "search s", "max dev %", "mean", "p95", "in range %", "connected %",
    "split units", "border cost km", "road %", "Polsby–Popper", "moved buildings %",
    "moved households %", "peak MiB",
)  # fmt: skip

Results = Mapping[str, Mapping[str, Row]]


def table(head: Iterable[str], rows: Iterable[Iterable[str]], side: str = "---:") -> str:
    """A table; all but the first column to the right, or as told."""
    names = list(head)
    lines = [names, ["---", *[side] * (len(names) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells_of(row: Row) -> list[str]:
    """A line of the table of an instance."""
    told, f = row.told, row.figures
    name = f"**{row.method}**" if "search" in told else row.method
    if row.skipped:
        return [name, f"skipped: {row.skipped}", *[""] * (len(HEAD) - 2)]
    cpu = f"{told['cpu']:.2f}" if told else "–"
    if not f:
        return [name, f"{cpu}, {told['done']} of {told['villages']} villages", *[""] * 13]
    percent = [100 * f[key] for key in ("max_deviation", "mean_deviation", "p95_deviation")]
    return [
        name, cpu, f"{told['search']:.2f}" if "search" in told else "",
        *(f"{one:.1f}" for one in percent), f"{100 * f['in_range_share']:.1f}",
        f"{100 * f['connected'] / f['grids']:.1f}", f"{f['split_units']:.0f}",
        f"{f['border_cost_m'] / 1e3:.1f}", f"{100 * f['road_share']:.1f}",
        f"{f['polsby_popper']:.3f}", f"{100 * f['moved_share']:.1f}",
        f"{100 * f['moved_households_share']:.1f}", f"{told['peak']:.0f}" if told else "",
    ]  # fmt: skip


def public_plans(lines: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """The districts of Iowa and Arkansas."""
    head = ("plan", "CPU s", "people between largest and smallest", "max dev %", "cut edges",
            "border")  # fmt: skip
    rows = []
    for state, methods in lines.items():
        for method, f in methods.items():
            border = f["border_m"] / 1e3
            rows.append([
                f"{state}: {'**gridmap**' if method == 'gridmap' else method}",
                f"{f['cpu']:.1f}" if "cpu" in f else "–", f"{f['spread']:,.0f}",
                f"{100 * f['deviation']:.4f}", f"{f['cut_edges']}",
                f"{border:,.0f} km" if state == "Iowa" else f"{border / 100:.2f}°",
            ])  # fmt: skip
    return table(head, rows)


def aims(results: Results, extra: Mapping[str, Any], public: Mapping[str, Any]) -> str:
    """Every figure that was aimed at, beside what came of it; what did not run has no line."""
    lines = []
    for text, check in [*_of_town(results), *_of_time(results, extra), *_of_public(public)]:
        try:
            value, met = check()
        except KeyError:
            continue
        lines.append([text, value, "met" if met else "**not met**"])
    return table(("aim", "measured", ""), lines, ":---")


Aim = tuple[str, Callable[[], tuple[str, bool]]]


def _of_town(results: Results) -> list[Aim]:
    def row(mode: str) -> Mapping[str, float]:
        return results["town_20k"][mode].figures

    def stable() -> tuple[str, bool]:
        f = row("stable")
        b, h, r = 100 * f["moved_share"], 100 * f["moved_households_share"], 100 * f["road_share"]
        return f"{b:.2f} %, {h:.1f} %, {r:.1f} %", b <= 3.9 and h <= 10 and r >= 57

    def shape() -> tuple[str, bool]:
        f = row("shape")
        cost, road, pp = f["border_cost_m"] / 1e3, 100 * f["road_share"], f["polsby_popper"]
        return f"{cost:.1f} km, {road:.1f} %, {pp:.3f}", cost <= 58 and road >= 68 and pp >= 0.59

    def even() -> tuple[str, bool]:
        f = row("even")
        mean, p95 = 100 * f["mean_deviation"], 100 * f["p95_deviation"]
        return f"{mean:.2f} %, {p95:.1f} %", mean <= 1.5 and p95 <= 6

    def sound() -> tuple[str, bool]:
        modes = [row for row in results["town_20k"].values() if "search" in row.told]
        worst = min(row.figures["in_range_share"] for row in modes)
        rest = all(
            row.figures["connected"] == row.figures["grids"] and not row.figures["split_units"]
            and row.told["valid"] and row.told["tiles"] for row in modes
        )  # fmt: skip
        words = "all connected, whole, tiling" if rest else "not all connected, whole and tiling"
        return f"{100 * worst:.1f} % in range in the worst mode; {words}", rest and worst > 0.998

    return [
        ("town_20k: every grid that can be in range is (99.9 %: one village is proven not to), "
         "connected, no compound cut, a valid coverage that tiles", sound),
        ("`stable`: ≤ 3.9 % of buildings, ≤ 10 % of households moved, road ≥ 57 %", stable),
        ("`shape`: border cost ≤ 58 km, road ≥ 68 %, Polsby–Popper ≥ .59", shape),
        *_against_metis(results),
        ("`even`: mean deviation ≤ 1.5 %, p95 ≤ 6 %", even),
    ]  # fmt: skip


BETTER = (
    ("max_deviation", -1), ("mean_deviation", -1), ("p95_deviation", -1), ("in_range_share", 1),
    ("connected", 1), ("border_cost_m", -1), ("road_share", 1), ("polsby_popper", 1),
    ("moved_share", -1), ("moved_households_share", -1),
)  # fmt: skip


def _against_metis(results: Results) -> list[Aim]:
    def aim(name: str) -> Aim:
        def check() -> tuple[str, bool]:
            ours, theirs = results[name]["shape"], results[name]["METIS, best of 60"]
            f, g = ours.figures, theirs.figures
            worse = [key for key, sign in BETTER if sign * f[key] < sign * g[key]]
            ratio = theirs.told["cpu"] / ours.told["cpu"]
            words = f"worse in {', '.join(worse)}" if worse else "no column worse"
            return f"{words}; {ratio:.1f} ×", not worse and ratio >= 15

        return (
            f"{name}, `shape`: no worse than METIS's best of 60, ≥ 15 × less CPU",
            check,
        )

    return [
        aim(name)
        for name in results
        if ("20000_" in name or name == "town_20k") and "METIS, best of 60" in results[name]
    ]


def _cpu(results: Results, name: str, method: str) -> float:
    return float(results[name][method].told["cpu"])


def _of_time(results: Results, extra: Mapping[str, Any]) -> list[Aim]:
    def most(name: str, limit: float) -> tuple[str, bool]:
        seconds = max(row.told["cpu"] for row in results[name].values() if "search" in row.told)
        return f"{seconds:.2f} s in the slowest mode", seconds <= limit

    def large() -> tuple[str, bool]:
        rows = [row for row in results["made_200000_1"].values() if "search" in row.told]
        seconds = max(row.told["cpu"] for row in rows)
        peak = max(row.told["peak"] for row in rows) / 1024
        return f"{seconds:.1f} s, {peak:.2f} GiB", seconds <= 20 and peak <= 2

    def linear() -> tuple[str, bool]:
        each = {
            name: rows["stable"].told["cpu"] / rows["stable"].figures["buildings"] * 1e6
            for name, rows in results.items()
            if name in ("town_2k", "town_20k", "made_200000_1", "made_1000000_1")
        }
        if len(each) < 2:
            raise KeyError
        words = ", ".join(f"{name} {one:.0f}" for name, one in each.items())
        return words, max(each.values()) <= 1.5 * min(each.values())

    def trees(method: str) -> Callable[[], tuple[str, bool]]:
        def check() -> tuple[str, bool]:
            ratio = _cpu(results, "town_20k", method) / _cpu(results, "town_20k", "stable")
            return f"{ratio:.1f} ×", ratio >= 5

        return check

    def recom() -> tuple[str, bool]:
        name = "20_town_20k"
        theirs, ours = _cpu(results, name, "GerryChain ReCom"), results[name]["stable"].told
        whole, search = theirs / ours["cpu"], theirs / ours["search"]
        return f"{whole:.0f} × (the search alone {search:.0f} ×)", whole >= 150

    return [
        ("town_20k: each mode ≤ 3.5 CPU s", lambda: most("town_20k", 3.5)),
        ("town_2k: each mode ≤ 0.4 CPU s", lambda: most("town_2k", 0.4)),
        ("200,000 buildings: ≤ 20 CPU s, ≤ 2 GiB", large),
        ("linear: µs a building, `stable`, at most 1.5 × apart", linear),
        ("≥ 5 × faster than GerryChain's tree partition, as even as the range asks for",
         trees("GerryChain tree")),
        ("≥ 5 × faster than GerryChain's tree partition within 5 %", trees("GerryChain tree, 5 %")),
        ("≥ 150 × faster than 1,000 ReCom steps", recom),
        ("a village alone ≤ 50 ms",
         lambda: (f"median {extra['median_ms']:.0f}, most {extra['max_ms']:.0f} ms CPU",
                  extra["max_ms"] <= 50)),
        ("first call in a fresh process, import included, ≤ 2 s",
         lambda: (f"{extra['first_s']:.2f} s CPU", extra["first_s"] <= 2)),
    ]  # fmt: skip


def _of_public(public: Mapping[str, Any]) -> list[Aim]:
    def iowa() -> tuple[str, bool]:
        ours, enacted = (public["Iowa"][who]["spread"] for who in ("gridmap", "enacted"))
        return f"{ours:.0f} people against {enacted:.0f}", ours <= enacted

    return [("Iowa: the enacted plan's spread beaten or matched", iowa)]
