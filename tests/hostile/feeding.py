"""Files fed to `feeder.py`, and what has to become of them."""

import json
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SECONDS = 45
OWN_MIB = 700
CHILD_MIB = 2048


class Feeder:
    """The measured process."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.start()

    def start(self) -> None:
        program = [sys.executable, "-m", "tests.hostile.feeder", self.url]
        self.process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).parent.parent.parent,
        )  # fmt: skip

    def feed(self, path: Path | str, layer: str = "buildings", crs: str | None = "4490",
             sheet: str | None = None, seconds: float = SECONDS) -> dict[str, Any]:  # fmt: skip
        """What became of a file; it took bounded time and memory."""
        assert self.process.stdin is not None and self.process.stdout is not None
        asked = {"path": str(path), "layer": layer, "crs": crs, "sheet": sheet,
                 "rejects": str(self.folder / "rejects.xlsx")}  # fmt: skip
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], seconds + 30)[0]:
            self.stop()
            self.start()
            pytest.fail(f"{path}: no end after {seconds + 30} s")
        line = self.process.stdout.readline()
        if not line:
            self.start()
            pytest.fail(f"{path}: the process died")
        told: dict[str, Any] = json.loads(line)
        assert "crash" not in told, told
        assert told["seconds"] < seconds, told
        assert told["own_mib"] < OWN_MIB, told
        assert told["child_mib"] < CHILD_MIB, told
        return told

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def is_refused(told: dict[str, Any]) -> bool:
    """The file as a whole, in both languages; or each of its rows, with a reason."""
    if "en" in told:
        return bool(told["zh"]) and told["zh"] != told["en"]
    return told["inserted"] == 0 and told["rejected"] == told["read"] > 0 and told["reasons"] != []


EVIL = "file:///etc/passwd"
DOCTYPES = {
    "external entity": f'<!DOCTYPE x [<!ENTITY e SYSTEM "{EVIL}">]>',
    "parameter entity": f'<!DOCTYPE x [<!ENTITY % e SYSTEM "{EVIL}"> %e;]>',
    "billion laughs": "<!DOCTYPE x [<!ENTITY e0 'ha'>"
    + "".join(f"<!ENTITY e{n + 1} '{f'&e{n};' * 10}'>" for n in range(30))
    + "<!ENTITY e '&e30;'>]>",
    "quadratic blow-up": f"<!DOCTYPE x [<!ENTITY e '{'x' * 100_000}'>]>",
}
