"""XES: the IEEE 1849 standard for event logs with one case notion.

Read with r4pm (fourteen times faster), else with pm4py; the tests hold the two against each
other. Logs whose events are ``start`` and ``complete`` halves of one activity are paired, so
that every row of the result is an activity with its start and its end.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from mining.read import engines
from mining.read.columns import resolve
from mining.read.container import HEAD
from mining.read.flat import FlatTable
from mining.read.lifecycle import TRANSITION, chosen_column, paired
from mining.read.mapping import ColumnMapping
from mining.read.table import to_log
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import EventLog

SPOKEN = 3
# What people look for comes first among the attributes.
_STANDARD = (
    "case:concept:name", "concept:name", "time:timestamp", TRANSITION, "org:resource", "org:role",
)  # fmt: skip
_DEEPEST = 1_000
_BLOCK = 1 << 22


def read(
    plain: Path, source: Path, mapping: ColumnMapping, zone: str, *, engine: str | None = None
) -> tuple[EventLog, ColumnMapping, list[str]]:
    """Read an XES file.

    Parameters
    ----------
    plain
        The file without compression, already screened.
    source
        The file that the user named.
    mapping
        What the user said about the attributes; the standard names otherwise.
    zone
        IANA time zone of stamps without an offset.
    engine
        ``r4pm`` or ``pm4py``; the first that is installed when ``None``.

    Returns
    -------
    tuple
        The log, the mapping used, and notes.

    Raises
    ------
    LogError
        If the file is not XES or its events lack a case, an activity or a time.
    MissingDependencyError
        If neither engine is installed.
    """
    where = str(source)
    frame, spoken = _events(plain, where, mapping, engine)
    resolved, notes = resolve(frame, mapping, where)
    frame, resolved, pair_notes = _paired(frame, resolved)

    def events(rows: Sequence[int]) -> list[int]:
        return [row + 1 for row in rows]

    try:
        log, resolved, table_notes = to_log(
            _naive_attributes(frame, resolved), resolved, zone=zone, source=where, lines=events,
            unit="event", typed=True,
        )  # fmt: skip
    except LogError as error:
        said = [Problem(line, where=where) for line in spoken[:SPOKEN]]
        raise LogError([*error.problems, *said]) from error
    return log, resolved, [*spoken_notes(spoken), *notes, *pair_notes, *table_notes]


def table(plain: Path, source: Path, mapping: ColumnMapping) -> FlatTable:
    """Return the events with their attributes as columns, before anybody says what they mean.

    Parameters
    ----------
    plain, source, mapping
        As of :func:`read`; attributes of traces begin with ``case:``.

    Raises
    ------
    LogError, MissingDependencyError
        As :func:`read`.
    """
    frame, spoken = _events(plain, str(source), mapping, None)
    first = [name for name in _STANDARD if name in frame.columns]
    frame = frame.select(*first, pl.exclude(first))

    def events(rows: Sequence[int]) -> list[int]:
        return [row + 1 for row in rows]

    return FlatTable(frame, str(source), events, {}, spoken_notes(spoken))


def spoken_notes(lines: list[str]) -> list[str]:
    """Return what an engine printed as at most one note."""
    if not lines:
        return []
    more = f" (and {len(lines) - SPOKEN} lines more)" if len(lines) > SPOKEN else ""
    return [f"the reader says: {'; '.join(lines[:SPOKEN])}{more}"]


def _events(
    plain: Path, where: str, mapping: ColumnMapping, engine: str | None
) -> tuple[pl.DataFrame, list[str]]:
    """Return one row per event, with instants where the stamps of the file are instants."""
    frame, spoken = _frame(plain, where, engine)
    if frame.is_empty():
        raise LogError(Problem("there is no event in it", where=where))
    if not _is_naive(plain, mapping.time):
        frame = frame.with_columns(
            pl.col(name).dt.replace_time_zone("UTC")
            for name, dtype in frame.schema.items()
            if isinstance(dtype, pl.Datetime)
        )
    return frame, spoken


def _frame(plain: Path, where: str, engine: str | None) -> tuple[pl.DataFrame, list[str]]:
    fast = engines.load("r4pm.df") if engine != "pm4py" else None
    if fast is not None:
        _require_shallow(plain, where)
        with _without_defaults(plain) as own:
            (frame, _about), spoken = engines.run(lambda: fast.import_xes(str(own)), where)
        # The compiled reader keeps its columns in a hash table: the order differs per run.
        return frame.select(sorted(frame.columns)), spoken
    slow = engines.pm4py()
    table, spoken = engines.run(lambda: slow.read_xes(str(plain), variant="iterparse"), where)
    frame = engines.to_polars(table)
    return frame.select(sorted(frame.columns)), spoken


def _require_shallow(plain: Path, where: str) -> None:
    """Refuse elements within elements without end: the compiled reader would crash on them."""
    depth, last = 0, b""
    with plain.open("rb") as file:
        while block := file.read(_BLOCK):
            data = np.frombuffer(last + block, dtype=np.uint8)
            last = (last + block)[-2:]
            # A byte is looked at with those beside it: the last one with the next block.
            at = np.flatnonzero((data[1:-1] == ord("<")) | (data[1:-1] == ord(">"))) + 1
            begins, before, after = data[at] == ord("<"), data[at - 1], data[at + 1]
            closes = (begins & (after == ord("/"))) | (~begins & (before == ord("/")))
            opens = begins & ~np.isin(after, list(b"/!?"))
            levels = depth + np.cumsum(opens.astype(np.int64) - closes)
            if levels.size and levels.max() > _DEEPEST:
                raise LogError(
                    Problem(
                        f"elements are nested more than {_DEEPEST:,} deep",
                        where=where,
                        allowed="an XES log, whose attributes are nested a few levels deep",
                    )
                )
            depth = int(levels[-1]) if levels.size else depth


@contextmanager
def _without_defaults(plain: Path) -> Iterator[Path]:
    """Yield the file without its ``global`` declarations.

    The compiled reader writes their default values (``UNKNOWN``, 1970-01-01) into every event
    that lacks the attribute, which makes data out of an absence; pm4py does not.
    """
    with plain.open("rb") as file:
        head = file.read(HEAD)
        declared = re.sub(rb"<global\b.*?</global\s*>", b"", head, flags=re.DOTALL)
        if len(declared) == len(head):
            yield plain
            return
        with tempfile.TemporaryDirectory(prefix="o2c-") as folder:
            copy = Path(folder) / "log.xes"
            with copy.open("wb") as out:
                out.write(declared)
                shutil.copyfileobj(file, out, HEAD)
            yield copy


def _is_naive(plain: Path, time: str | None) -> bool:
    """Tell whether the time stamps of the file carry no offset, by one of the first.

    The attribute *time* says it, else that of the standard, else any date.
    """
    with plain.open("rb") as file:
        head = file.read(HEAD)
    stamps: list[bytes] = []
    for name in (time, "time:timestamp"):
        if name and not stamps:
            # The file writes & and quotes in its own way; such a name is found as any date.
            key = re.escape(name.removeprefix("case:").encode())
            stamps = re.findall(rb'key="' + key + rb'"\s+value="([^"]+)"', head)
    stamps = stamps or re.findall(rb'<date\s+key="[^"]*"\s+value="([^"]+)"', head)
    return bool(stamps) and not re.search(rb"(Z|[+-]\d{2}:?\d{2})$", stamps[-1])


def _naive_attributes(frame: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """Return the frame with every other time stamp as naive UTC, as the tables want it."""
    times = {mapping.time, mapping.start}
    return frame.with_columns(
        pl.col(name).dt.replace_time_zone(None)
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.Datetime) and dtype.time_zone and name not in times
    )


def _paired(
    frame: pl.DataFrame, mapping: ColumnMapping
) -> tuple[pl.DataFrame, ColumnMapping, list[str]]:
    """Join each ``complete`` event with the ``start`` event that it closes, first in first out."""
    column = chosen_column(frame.columns, mapping)
    if column is None:
        return frame, mapping, []
    if column == TRANSITION and frame[column].n_unique() == 1:
        # One transition for all events says nothing; it would only become an attribute.
        return frame.drop(column), replace(mapping, lifecycle=None), []
    return paired(frame, mapping, column)
