"""The folder of finished parts beside the output: what an interrupted run left, a new one takes up.

A manifest has a line for the run, by the fingerprint of its inputs, and one for each finished part
with its length and checksum. Whatever does not fit, be it another input, a torn line or a changed
byte, makes the run start anew.
"""

import fcntl
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from gridmap.assign.outcome import Counts
from gridmap.errors import CallError, Conflict

_MANIFEST, _LOCK, _WHOLE = "manifest.jsonl", "lock", "whole"
# GDAL and SQLite put files of their own beside the one they write, by its name and an ending.
_OURS = re.compile(rf"part-\d{{6}}|{re.escape(_MANIFEST)}|{_LOCK}|{_WHOLE}[.\w-]*")
_CHUNK_BYTES = 8 << 20


@dataclass(frozen=True)
class Part:
    """One finished part: where the next begins in the input, what is in it, and its bytes."""

    cursor: int
    counts: Counts
    size: int
    checksum: int


class PartsFolder:
    """Parts of one output; at work for one run at a time."""

    def __init__(self, out: Path, fingerprint: str, say: Callable[[str], None]) -> None:
        """Opens the folder of `out`, or makes it.

        Raises:
            CallError: there is a folder of that name with other things in it, or none can be made.
            Conflict: another run is writing the same output.
        """
        self.path = out.with_name(out.name + ".parts")
        self.done: list[Part] = []
        self._fingerprint = fingerprint
        try:
            self._refuse_what_is_not_ours()
            self.path.mkdir(exist_ok=True)
        except OSError as error:
            raise CallError(
                f"不能在 {out.parent} 里写：{error.strerror}",
                f"cannot write in {out.parent}: {error.strerror}",
            ) from error
        self._lock = self._locked(out)
        try:
            self._take_up(say)
        except BaseException:
            self._lock.close()
            raise

    @property
    def cursor(self) -> int:
        """Where the next part begins in the input."""
        return self.done[-1].cursor if self.done else 0

    @property
    def files(self) -> list[Path]:
        """The parts in order."""
        return [self._file(number) for number in range(len(self.done))]

    def whole(self, suffix: str) -> Path:
        """Where the output is put together before it gets its name; nothing is left there.

        A journal left by a kill would be played back into the next file of that name.
        """
        for path in self.path.iterdir():
            if path.name.startswith(_WHOLE):
                path.unlink()
        return self.path / f"{_WHOLE}{suffix}"

    def add(self, content: bytes, cursor: int, counts: Counts) -> None:
        """One more part; it counts once its line is in the manifest."""
        part = Part(cursor, counts, len(content), zlib.crc32(content))
        self._file(len(self.done)).write_bytes(content)
        with (self.path / _MANIFEST).open("a", encoding="utf-8") as manifest:
            manifest.write(json.dumps(asdict(part)) + "\n")
        self.done.append(part)

    def leave(self) -> None:
        """Leave the parts for another run; without any there is nothing to leave."""
        if self.done:
            self._lock.close()
        else:
            self.discard()

    def discard(self) -> None:
        """Take the folder away."""
        self._empty()
        (self.path / _LOCK).unlink(missing_ok=True)
        self.path.rmdir()
        self._lock.close()

    def _file(self, number: int) -> Path:
        return self.path / f"part-{number:06}"

    def _refuse_what_is_not_ours(self) -> None:
        if not self.path.exists() and not self.path.is_symlink():
            return
        is_folder = self.path.is_dir() and not self.path.is_symlink()
        others = (
            [p.name for p in self.path.iterdir() if not _OURS.fullmatch(p.name)]
            if is_folder
            else []
        )
        if others or not is_folder:
            raise CallError(
                f"{self.path} 已存在且不是归格的中间结果：请移走它，或换一个输出名",
                f"{self.path} exists and is not what an assignment left: move it away, or give"
                " another output",
            )

    def _locked(self, out: Path) -> IO[str]:
        lock = (self.path / _LOCK).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise Conflict(
                f"另一个 gridmap assign 正在写 {out.name}",
                f"another gridmap assign is writing {out.name}",
            ) from error
        return lock

    def _take_up(self, say: Callable[[str], None]) -> None:
        """Read the manifest; keep all of its parts, or none."""
        manifest = self.path / _MANIFEST
        if manifest.exists():
            kept = self._kept(manifest.read_text(encoding="utf-8", errors="replace"))
            if kept is not None:
                self.done = kept
                self._rewrite()
                if kept:
                    rows = sum(part.counts.points for part in kept)
                    say(f"接着上次做，已完成 {rows:,} 点 · going on, {rows:,} points are done")
                return
            say(
                "上次的中间结果属于别的输入或已损坏，从头开始"
                " · what was left is of other input or broken: starting anew"
            )
        self._empty()
        self._rewrite()

    def _kept(self, written: str) -> list[Part] | None:
        lines = written.split("\n")[:-1]  # what follows the last line end was torn off
        if not lines or lines[0] != json.dumps(self._fingerprint):
            return None
        kept = []
        for number, line in enumerate(lines[1:]):
            try:
                read = json.loads(line)
                part = Part(**{**read, "counts": Counts(**read["counts"])})
            except (ValueError, TypeError, KeyError):
                return None
            if _measured(self._file(number)) != (part.size, part.checksum):
                return None
            kept.append(part)
        return kept

    def _rewrite(self) -> None:
        lines = [json.dumps(self._fingerprint), *(json.dumps(asdict(part)) for part in self.done)]
        fresh = self.path / f"{_WHOLE}.manifest"
        fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
        fresh.replace(self.path / _MANIFEST)

    def _empty(self) -> None:
        for path in self.path.iterdir():
            if path.name != _LOCK and _OURS.fullmatch(path.name):
                path.unlink()


def _measured(path: Path) -> tuple[int, int] | None:
    """Length and checksum of a part, None if it is not there."""
    if not path.is_file():
        return None
    size = checksum = 0
    with path.open("rb") as stream:
        while some := stream.read(_CHUNK_BYTES):
            size, checksum = size + len(some), zlib.crc32(some, checksum)
    return size, checksum
