"""`python -m benchmarks.balance`: divisions by gridmap and its peers, one measure for all.

Peers run in an environment of their own, with one call:

    python3 -m venv build/peers-balance
    build/peers-balance/bin/pip install --require-hashes -r benchmarks/balance/peers.lock
    .venv/bin/python -m benchmarks.balance --write

CPU seconds are those of the method alone, over all its threads, after a first call that warms it.
Instances are the measured towns, where they lie beside the repository, and made ones.
"""

import argparse
import gc
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.balance import counties, report
from benchmarks.balance.graph import load
from benchmarks.balance.instances import KEPT, ROOT, Absent, read
from benchmarks.balance.running import MODES, Row, alone, peer, run
from benchmarks.balance.running import counties as divide_counties

PEERS = ("METIS", "METIS, best of 60", "KaHIP strong", "GerryChain tree", "GerryChain tree, 5 %",
         "power diagram")  # fmt: skip
SLOW = ("GerryChain ReCom", "spopt SKATER", "spopt Ward")
UNSEEN = tuple(f"made_20000_{seed}" for seed in (11, 12, 13))
PLAN: dict[str, tuple[str, ...]] = {
    "town_2k": (*MODES, *PEERS),
    "town_20k": (*MODES, *PEERS),
    "20_town_20k": (*MODES, *PEERS, *SLOW),
    **dict.fromkeys(UNSEEN, (*MODES, "METIS, best of 60")),
    "made_200000_1": (*MODES, "METIS", "KaHIP strong", "GerryChain tree"),
}
MILLION = "made_1000000_1"
PAGE = ROOT / "docs" / "benchmarks.md"
MARKS = ("<!-- benchmarks.balance begins -->", "<!-- benchmarks.balance ends -->")


def compare(name: str, methods: tuple[str, ...], peers: Path, said: list[str]) -> dict[str, Row]:
    """All methods on one instance; prints the table and adds it to what is said."""
    try:
        instance = read(name)
    except Absent as reason:
        print(f"\nSkipped: {reason}", flush=True)
        return {}
    instance.write_graphs()
    rows = {"present": Row("present", {}, instance.present())}
    for method in methods:
        rows[method] = run(instance, method, peers)
        print(f"{name}: {' | '.join(report.cells_of(rows[method]))}", flush=True)
    buildings, villages = len(instance.cells), len(instance.problems)
    grids = sum(problem.grids for problem in instance.problems)
    title = f"**{name}**: {buildings:,} buildings, {villages:,} villages, {grids:,} grids"
    body = report.table(report.HEAD, map(report.cells_of, rows.values()))
    _say(said, f"{title}\n\n{body}")
    return rows


def public_plans(peers: Path, said: list[str]) -> dict[str, Any]:
    """Iowa and Arkansas, by the search and by GerryChain."""
    try:
        found = divide_counties()
    except RuntimeError as reason:
        print(f"\nSkipped: {reason}", flush=True)
        return {}
    for state, methods in found.items():
        graphs, answer = KEPT / f"{state}.npz", KEPT / f"{state}-labels.npz"
        for method in ("GerryChain tree, 5 %", "GerryChain ReCom"):
            try:
                told = peer(peers, method, graphs, answer)
            except (RuntimeError, OSError) as reason:
                print(f"\nSkipped: {state}, {method}: {reason}", flush=True)
                continue
            with np.load(answer) as arrays:
                label = arrays["label"]
            name = method.removesuffix(", 5 %")
            methods[name] = {"cpu": told["cpu"]} | counties.told(load(graphs)[0], label)
    _say(said, report.public_plans(found))
    return found


def _say(said: list[str], text: str) -> None:
    said.append(text)
    print(f"\n{text}\n", flush=True)


def write(said: list[str]) -> None:
    """Puts what was measured between the marks in docs/benchmarks.md."""
    begin, end = MARKS
    text = "\n\n".join([begin, *said, end])
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        re.sub(f"{begin}.*{end}", lambda _: text, page, flags=re.DOTALL), encoding="utf-8"
    )


def main() -> None:
    """Measures what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.balance", description=__doc__)
    parser.add_argument("--instances", nargs="*", default=list(PLAN))
    parser.add_argument("--methods", nargs="+", help="only these; by default all")
    parser.add_argument("--million", action="store_true", help="a million buildings, too")
    parser.add_argument("--no-public-plans", action="store_true")
    parser.add_argument("--peers", type=Path, default=ROOT / "build/peers-balance/bin/python")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    asked = parser.parse_args()
    said = [f"Measured {datetime.now(tz=UTC).date()}."]
    results: dict[str, dict[str, Row]] = {}
    for name in [*asked.instances, *([MILLION] if asked.million else [])]:
        wanted = PLAN.get(name, ("stable",))
        methods = tuple(one for one in wanted if not asked.methods or one in asked.methods)
        results[name] = compare(name, methods, asked.peers, said)
        gc.collect()
    extra = alone(read("town_20k").folder) if results.get("town_20k") else {}
    public = {} if asked.no_public_plans else public_plans(asked.peers, said)
    _say(said, report.aims(results, extra, public))
    if asked.write:
        write(said)


if __name__ == "__main__":
    main()
