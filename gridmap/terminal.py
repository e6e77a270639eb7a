"""What a terminal shows: progress bars (none in a pipe), errors in two languages."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gridmap.errors import CallError, GridmapError

Advance: TypeAlias = Callable[[int, int | None], None]

_notes = Console(stderr=True, highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """One line about what is being done; on stderr, so that stdout stays for the result."""
    _notes.print(line, markup=False)


@contextmanager
def bar(title: str) -> Iterator[Advance]:
    """A progress bar; yields `advance(done, total)`. Draws nothing where stderr is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_notes, disable=not _notes.is_terminal) as progress:
        line = progress.add_task(title, total=None)

        def advance(done: int, total: int | None) -> None:
            progress.update(line, completed=done, total=total)

        yield advance


@contextmanager
def steps(title: str) -> Iterator[Callable[[str, int, int | None], None]]:
    """A progress bar whose text follows the step at hand; yields `advance(step, done, total)`."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=_notes, disable=not _notes.is_terminal) as progress:
        line = progress.add_task(title, total=None)

        def advance(step: str, done: int, total: int | None) -> None:
            progress.update(line, description=f"{title} · {step}", completed=done, total=total)

        yield advance


def exit_code(error: GridmapError) -> int:
    """Print the error in both languages; 2 when the call is wrong, else 1."""
    sys.stderr.write(f"错误：{error.zh}\nerror: {error.en}\n")
    return 2 if isinstance(error, CallError) else 1
