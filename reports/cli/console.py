"""Where output goes: results to stdout, as text or as one JSON document; all else to stderr."""

from __future__ import annotations

import json
import math
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer

DOCUMENT_FORMAT = "o2c/1"
PROGRESS_FILE = "O2C_PROGRESS"
# Names from a log could move the cursor of the terminal that shows them.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NARROW_SPACE = "\u202f"


def emit(command: str, result: Mapping[str, Any]) -> None:
    """Print a verb's result as one JSON document; NaN and infinities become null."""
    document = {"format": DOCUMENT_FORMAT, "command": command, "result": plain(result)}
    typer.echo(json.dumps(document, indent=1, allow_nan=False, default=str))


def say(text: str = "", *, quiet: bool = False) -> None:
    """Print a line of a verb's result as text."""
    if not quiet:
        typer.echo(printable(text))


def printable(text: str) -> str:
    """Return text that every terminal can show: no control characters, digits grouped by commas."""
    return _CONTROL.sub("?", text).replace(_NARROW_SPACE, ",")


@contextmanager
def progress(label: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on stderr while a terminal watches.

    Yields a function to call with the number of steps done and of all steps. Steps come one by
    one: several that are done at the first call came from the store, which is said. With
    ``O2C_PROGRESS`` set to a file, the steps are appended to it instead, for who shows them.
    """
    if own := os.environ.get(PROGRESS_FILE):
        with open(own, "a", encoding="utf-8", buffering=1) as file:
            yield lambda done, total: print(label, done, total, sep="\t", file=file)
        return
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # Runs take seconds: an estimate from the last half minute would jump about.
    with Progress(
        *columns, console=Console(stderr=True), transient=True, speed_estimate_period=600
    ) as bar:
        task = bar.add_task(label, total=None)
        begun = False

        def step(done: int, total: int) -> None:
            nonlocal begun
            if not begun and done > 1:
                bar.update(task, description=f"{label}, {done:,} of {total:,} from the store")
            begun = True
            bar.update(task, completed=done, total=total)

        yield step


@contextmanager
def working(label: str, *, quiet: bool = False) -> Iterator[None]:
    """Show on stderr that a step of unknown length is under way, while a terminal watches."""
    if own := os.environ.get(PROGRESS_FILE):
        with open(own, "a", encoding="utf-8") as file:
            print(label, 0, 0, sep="\t", file=file)
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(label):
        yield


def command_line() -> str:
    """Return the command line that is running, as a user would type it."""
    return shlex.join(["o2c", *sys.argv[1:]])


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it; NaN and infinities become None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if hasattr(value, "item"):
        return plain(value.item())
    return value
