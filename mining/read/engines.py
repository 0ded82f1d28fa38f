"""Engines: the two packages that read XES and OCEL, loaded late and kept quiet."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import polars as pl

from o2c_sim.errors import LogError, MissingDependencyError, Problem

T = TypeVar("T")


def load(module: str) -> Any | None:
    """Import a module quietly; ``None`` where it is not installed."""
    try:
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(module)
    except ImportError:
        return None


def pm4py() -> Any:
    """Return pm4py without banner and progress bars.

    Raises
    ------
    MissingDependencyError
        If neither engine is installed.
    """
    module = load("pm4py")
    if module is None:
        raise MissingDependencyError("pm4py", "mining")
    module.util.constants.SHOW_PROGRESS_BAR = False
    return module


@contextmanager
def quiet() -> Iterator[list[str]]:
    """Keep what compiled code prints on either standard stream; yield its lines at the end.

    The compiled reader writes to the file descriptors, so ``contextlib.redirect_stdout``
    would not see it.
    """
    lines: list[str] = []
    with tempfile.TemporaryFile() as file:
        _flush()
        kept = {}
        for number in (1, 2):
            # A program without a terminal may have closed its standard streams.
            with suppress(OSError):
                kept[number] = os.dup(number)
                os.dup2(file.fileno(), number)
        try:
            yield lines
        finally:
            _flush()
            for number, copy in kept.items():
                os.dup2(copy, number)
                os.close(copy)
            file.seek(0)
            lines += file.read().decode("utf-8", errors="replace").splitlines()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def run(work: Callable[[], T], where: str) -> tuple[T, list[str]]:
    """Call an engine; return its result and what it printed.

    Parameters
    ----------
    work
        The call.
    where
        The file, for messages.

    Raises
    ------
    LogError
        If the engine fails, with its own words.
    """
    with quiet() as lines, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = work()
        except (KeyboardInterrupt, SystemExit, LogError):
            raise
        except BaseException as error:  # a panic of the compiled reader is not an Exception
            raise LogError(Problem(f"cannot be read: {_first_line(error)}", where=where)) from error
    return result, lines


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def to_polars(table: Any) -> pl.DataFrame:
    """Return a pandas table as Polars, without the optional package that usually does it.

    Times become naive UTC; missing values of any kind become null.
    """
    columns = []
    for name in table.columns:
        values = table[name]
        if str(values.dtype).startswith("datetime64"):
            if getattr(values.dtype, "tz", None) is not None:
                values = values.dt.tz_convert("UTC").dt.tz_localize(None)
            columns.append(pl.Series(name, values.to_numpy().astype("datetime64[us]")))
            continue
        cells = [_plain(v) for v in values.astype(object).where(values.notna(), None)]
        kinds = {type(cell) for cell in cells} - {type(None)}
        if len(kinds) > 1 and not kinds <= {int, float}:
            cells = [None if cell is None else str(cell) for cell in cells]
        columns.append(pl.Series(name, cells, strict=False))
    return pl.DataFrame(columns)


def _plain(cell: Any) -> Any:
    if isinstance(cell, dict):
        # A nested XES attribute: its own value without the children.
        cell = cell.get("value")
    return None if cell is None or cell != cell else cell
