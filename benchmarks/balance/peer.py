"""One peer in a process of its own: `python -m benchmarks.balance.peer METHOD GRAPHS LABELS CAP`.

Divides every village of the file of graphs, until CAP seconds of CPU are over, and writes the label
of every unit (-1 where it was not reached). Prints a line of JSON: the CPU seconds, how many
villages are done, the peak memory.
"""

import contextlib
import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from benchmarks.balance.graph import load
from benchmarks.balance.memory import peak_mib
from benchmarks.balance.peers import METHODS

SEED = 1


def main(method: str, source: Path, target: Path, cap_s: float) -> None:
    """Runs one method."""
    warnings.simplefilter("ignore")
    graphs, divide = load(source), METHODS[method]
    divide(min((graph for graph in graphs if graph.k > 1), key=lambda graph: graph.units), SEED)
    resource.setrlimit(resource.RLIMIT_CPU, (int(2 * cap_s) + 10,) * 2)  # if one village takes all
    labels, done = [], 0
    start = time.process_time()
    for graph in graphs:
        if time.process_time() - start < cap_s:
            labels.append(divide(graph, SEED))
            done += 1
        else:
            labels.append(np.full(graph.units, -1))
    seconds = time.process_time() - start
    np.savez(target, label=np.concatenate(labels))
    told = {"cpu": seconds, "done": done, "villages": len(graphs), "peak": peak_mib()}
    sys.__stdout__.write(json.dumps(told) + "\n")  # type: ignore[union-attr]


if __name__ == "__main__":
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
