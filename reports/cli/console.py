"""What all verbs share: where output goes, how faults end, how progress shows.

Results go to stdout, as text or as one JSON document; everything else goes to stderr.
"""

from __future__ import annotations

import functools
import json
import math
import os
import shlex
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import typer

from o2c_sim.errors import Problem, ToolkitError, UsageError

P = ParamSpec("P")
R = TypeVar("R")

DOCUMENT_FORMAT = "o2c/1"
INTERNAL_ERROR = 70
INTERRUPTED = 130


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Turn faults of a command into messages and exit codes; a user never sees a traceback."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        as_json = bool(kwargs.get("json_output"))
        try:
            return function(*args, **kwargs)
        except ToolkitError as error:
            _report(error.kind, error.problems, as_json)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            typer.echo("interrupted; nothing unfinished was left behind", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # The reader of a pipe has had enough; there is nobody left to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except OSError as error:
            problem = Problem(f"{error.strerror or error}", where=str(error.filename or ""))
            _report("system", (problem,), as_json)
            raise typer.Exit(UsageError.exit_code) from None
        except (typer.Exit, typer.Abort):
            raise
        except typer.BadParameter:
            raise
        except Exception:
            crash = _crash_file()
            problem = Problem(
                "something went wrong inside the toolkit",
                suggestion=f"please report it with the details in {crash}",
            )
            _report("internal", (problem,), as_json)
            raise typer.Exit(INTERNAL_ERROR) from None

    return guarded


def emit(command: str, result: Mapping[str, Any]) -> None:
    """Print a verb's result as one JSON document; NaN and infinities become null."""
    document = {"format": DOCUMENT_FORMAT, "command": command, "result": _plain(result)}
    typer.echo(json.dumps(document, indent=1, allow_nan=False, default=str))


def say(text: str = "", *, quiet: bool = False) -> None:
    """Print a line of a verb's result as text."""
    if not quiet:
        typer.echo(text)


@contextmanager
def progress(label: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on stderr while a terminal watches.

    Yields a function to call with the number of steps done and of all steps.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def working(label: str, *, quiet: bool = False) -> Iterator[None]:
    """Show on stderr that a step of unknown length is under way, while a terminal watches."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(label):
        yield


def command_line() -> str:
    """Return the command line that is running, as a user would type it."""
    return shlex.join(["o2c", *sys.argv[1:]])


def _report(kind: str, problems: tuple[Problem, ...], as_json: bool) -> None:
    if as_json:
        found = [
            {
                "message": problem.message,
                "where": problem.where,
                "allowed": problem.allowed,
                "suggestion": problem.suggestion,
            }
            for problem in problems
        ]
        error = {"format": DOCUMENT_FORMAT, "error": {"kind": kind, "problems": found}}
        typer.echo(json.dumps(error, indent=1))
    for problem in problems:
        typer.echo(f"error: {problem}", err=True)


def _crash_file() -> Path:
    handle, name = tempfile.mkstemp(prefix="o2c-crash-", suffix=".txt", text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{command_line()}\n\n{traceback.format_exc()}")
    return Path(name)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if hasattr(value, "item"):
        return _plain(value.item())
    return value
