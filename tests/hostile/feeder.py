"""Loads files, one after the other, in a process whose memory is measured: feeder.py URL.

A line of JSON in (layer, path, crs, sheet, rejects), a line of JSON out: what became of it, in how
many seconds, and how much memory this process (`own_mib`) and the worst of its children took.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from gridmap.access.actors import ADMINISTRATOR
from gridmap.db import engine_for
from gridmap.errors import GridmapError
from gridmap.ingest.actions import LoadOptions, load
from gridmap.profiles import load_profile
from gridmap.settings import Settings


def peak_mib() -> float:
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    engine = engine_for(sys.argv[1], statement_timeout_s=0)
    profile = load_profile("kelan", Settings().data_dir)
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        before, began = peak_mib(), time.monotonic()
        told: dict[str, Any]
        options = LoadOptions(asked["crs"], sheet=asked["sheet"], rejects=Path(asked["rejects"]))
        try:
            report = load(engine, ADMINISTRATOR, profile, asked["layer"], asked["path"], options)
            told = {
                "read": report.read,
                "inserted": report.inserted,
                "rejected": report.rejected,
                "reasons": [reason.en for reason in report.reasons],
            }
        except GridmapError as error:
            told = {"zh": error.zh, "en": error.en}
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test names it
            told = {"crash": f"{type(error).__name__}: {error}"[:2000]}
        told["seconds"] = time.monotonic() - began
        told["own_mib"] = peak_mib() - before
        told["child_mib"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
