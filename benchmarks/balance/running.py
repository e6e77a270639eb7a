"""Runs methods, each in a process of its own, and measures what they answer by one measure."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np

from benchmarks.balance.instances import KEPT, Instance
from gridmap.balancing.search import Mode

MODES: tuple[str, ...] = get_args(Mode)
CAP_S = 300.0
"""CPU seconds after which no further village is given to a peer."""


@dataclass(frozen=True)
class Row:
    """What a method took, and how good its division is.

    Attributes:
        told: what the process said: cpu, peak, done, villages; of ours also search, valid, tiles.
        figures: of `Instance.judged`; empty where it did not finish.
        skipped: why there is nothing.
    """

    method: str
    told: dict[str, Any]
    figures: dict[str, float]
    skipped: str = ""


def spoken(command: list[str]) -> dict[str, Any]:
    """The line of JSON that a process says.

    Raises:
        RuntimeError: it failed; the last of what it said.
    """
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        raise RuntimeError(last)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run(instance: Instance, method: str, peers: Path) -> Row:
    """One method on one instance."""
    answer = KEPT / f"{instance.name}-labels.npz"
    try:
        if method in MODES:
            told = _module("ours", method, str(instance.folder), str(answer))
        else:
            told = peer(peers, method, KEPT / f"{instance.name}.npz", answer)
            if told["done"] < told["villages"]:
                return Row(method, told, {})
    except (RuntimeError, OSError) as error:
        return Row(method, {}, {}, str(error))
    with np.load(answer) as arrays:
        label = arrays["label"]
    if method not in MODES:
        label = label[instance.units.of]
    return Row(method, told, instance.judged(label))


def _module(name: str, *arguments: str) -> dict[str, Any]:
    return spoken([sys.executable, "-m", f"benchmarks.balance.{name}", *arguments])


def peer(python: Path, method: str, graphs: Path, answer: Path) -> dict[str, Any]:
    """A peer on a file of graphs.

    Raises:
        RuntimeError, OSError: it failed, or its environment is not there.
    """
    arguments = [method, str(graphs), str(answer), str(CAP_S)]
    return spoken([str(python), "-m", "benchmarks.balance.peer", *arguments])


def alone(folder: Path) -> dict[str, Any]:
    """See `benchmarks.balance.alone`."""
    return _module("alone", str(folder))


def counties() -> dict[str, Any]:
    """See `benchmarks.balance.counties`."""
    return _module("counties")
