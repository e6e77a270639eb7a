"""What the documents claim is so: their commands run, their tables and links are true."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from gridmap.cluster import Cluster
from gridmap.ingest.layers import LAYERS
from gridmap.settings import Settings

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh.md")
DOCUMENTS = sorted(
    str(path.relative_to(ROOT))
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md")]
)
SERVER = "postgresql://gridmap@db.county.example/gridmap"
SECOND_START_S = 10


def blocks(document: str) -> list[tuple[str, str]]:
    """(language, text) of the fenced blocks that a reader would run, in order."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(r"^```(sh|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_both_readmes_give_the_same_commands() -> None:
    assert blocks("README.md") == blocks("README.zh.md")


@pytest.mark.parametrize("document", READMES)
def test_the_table_of_settings_is_the_settings(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `GRIDMAP_(\w+)` \| (.*?) \| ", text, re.MULTILINE)
    assert [name.lower() for name, _ in rows] == list(Settings.model_fields)
    told = {name.lower(): default.strip("`") for name, default in rows}
    for name in ("host", "port", "profile"):
        assert told[name] == str(Settings.model_fields[name].default)


@pytest.mark.parametrize("document", ["docs/loading.md", "docs/loading.zh.md"])
def test_the_table_of_layers_is_what_load_takes(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|$", text, re.MULTILINE)
    assert dict(rows) == {
        name: ", ".join(f"**{item.name}**" if item.required else item.name for item in layer.fields)
        for name, layer in LAYERS.items()
    }


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_inside_the_repository_leads_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text)
    dead = [
        link
        for link in links
        if "://" not in link and not ((ROOT / document).parent / link).exists()
    ]
    assert not dead


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"^  make ([a-z-]+) ", told.stdout, re.MULTILINE)) == targets


def test_make_test_runs_every_kind_of_check() -> None:
    plan = "".join(
        subprocess.run(
            ["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for target in ("test", "check", "test-web", "test-python")
    )
    for tool in (
        "bootstrap.py --tests",
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "npm run --silent check",
        "npm run --silent format",
        "npm run --silent test",
        "pytest",
    ):
        assert tool in plan, tool


@dataclass(frozen=True)
class Reader:
    """A stranger at a terminal, in a folder like the clone, with data and a port of his own."""

    folder: Path
    port: int
    env: dict[str, str]

    def run(self, language: str, text: str) -> "subprocess.CompletedProcess[str]":
        """Run one fenced block as it stands."""
        python = [sys.executable, "-c", text]
        shell = ["bash", "-eu", "-o", "pipefail", "-c", text]
        return subprocess.run(
            python if language == "python" else shell,
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def get(self, path: str, cookie: str = "") -> tuple[int, str]:
        """(status, body) of what the started platform answers; status 0 while nothing does."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Cookie": cookie}
        )
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()
        except OSError:
            return 0, ""

    def profile_counts(self) -> dict[str, int]:
        """What the web app counts for a visitor of the demonstration."""
        counts: dict[str, int] = json.loads(self.get("/api/profile", self.log_in())[1])["counts"]
        return counts

    def rows(self) -> dict[str, int]:
        """How many rows the database holds, by layer; without a log-in."""
        cluster = Cluster(Settings(home=Path(self.env["GRIDMAP_HOME"])))
        with psycopg.connect(cluster.url()) as connection:
            return {
                layer: connection.execute(f"SELECT count(*) FROM gridmap.{layer}").fetchone()[0]
                for layer in ("grids", "buildings", "households", "residents", "incidents")
            }

    def log_in(self) -> str:
        """The cookie of an account that the log-in page itself offers."""
        offered = json.loads(self.get("/api/login")[1])["demo"]
        one = next(account for account in offered if account["role"] == "commander")
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/login",
            json.dumps({"account": one["account"], "password": one["password"]}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=15) as answer:
            return str(answer.headers["Set-Cookie"]).split(";")[0]

    def make_run(self, count: Callable[[], dict[str, int]]) -> tuple[float, dict[str, int], str]:
        """Type `make run`, wait until it is ready, count, stop it: (seconds, counts, printed)."""
        started = time.monotonic()
        with subprocess.Popen(
            ["make", "run"],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as run:
            while self.get("/readyz")[0] != 200 and run.poll() is None:
                assert time.monotonic() - started < 400, "make run is not ready after 400 s"
                time.sleep(0.2)
            seconds = time.monotonic() - started
            counts = count()
            page = self.get("/")
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGINT)
            printed, _ = run.communicate(timeout=30)
        assert counts, printed
        assert page[0] == 200 and "<html" in page[1], page
        return seconds, counts, printed


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """A reader of the README with nothing started yet; what he started is stopped after him."""
    home = Path(tempfile.mkdtemp(prefix="gridmap-docs-"))
    home.chmod(0o755)
    folder = home / "clone"
    folder.mkdir()
    for entry in ROOT.iterdir():
        (folder / entry.name).symlink_to(entry)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith("GRIDMAP_")}
    env |= {"GRIDMAP_HOME": str(home / "data"), "GRIDMAP_PORT": str(port), "LC_ALL": "C.UTF-8"}
    yield Reader(folder, port, env)
    subprocess.run(["make", "down"], cwd=folder, env=env, capture_output=True, check=False)
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.slow
def test_the_readme_can_be_followed_from_top_to_bottom(
    reader: Reader, new_database: Callable[[], str]
) -> None:
    seen = 0
    for language, text in blocks("README.md"):
        if text == "make run\n":
            _, counts, printed = reader.make_run(reader.profile_counts)
            assert f"http://127.0.0.1:{reader.port}" in printed
            assert (counts["townships"], counts["villages"], counts["grids"]) == (11, 104, 329)
        elif text == "make test\n":
            continue  # this is it
        else:
            done = reader.run(language, text.replace(SERVER, new_database()))
            assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
        seen += 1
    assert seen == len(blocks("README.md")) - 1
    for made in ("march.html", "county.html", "county.dump"):
        assert (reader.folder / made).stat().st_size > 1000, made


@pytest.mark.slow
def test_a_second_start_is_quick_and_keeps_every_row(reader: Reader) -> None:
    # By its rows: what the README has him load of his own has ended the demonstration's accounts.
    _, before, _ = reader.make_run(reader.rows)
    seconds, after, _ = reader.make_run(reader.rows)
    if seconds >= SECOND_START_S:  # a neighbour on the machine may have had the processor
        seconds, after, _ = reader.make_run(reader.rows)
    assert after == before
    assert seconds < SECOND_START_S
