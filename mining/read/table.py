"""Flat tables: one row per event, turned into an :class:`~o2c_sim.eventlog.EventLog`.

Everything that is wrong with the rows is collected first and reported together. Columns that
are constant within every case become attributes of the case object, others of the event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from mining.read.columns import AUTOMATED_WORDS
from mining.read.mapping import ColumnMapping, flag
from mining.read.numbered import Numbered, coded, numbered, stripped
from mining.read.times import NAMED, parse
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import EVENT_COLUMNS, OBJECT_COLUMNS, TIME, EventLog

SHOWN = 5
BLANK = ("", "null", "NULL", "Null", "nan", "NaN", "None", "N/A", "#N/A")

Lines = Callable[[Sequence[int]], list[int]]


def to_log(
    frame: pl.DataFrame,
    mapping: ColumnMapping,
    *,
    zone: str,
    source: str,
    lines: Lines,
    unit: str = "row",
    typed: bool = False,
) -> tuple[EventLog, ColumnMapping, list[str]]:
    """Turn a flat table into a log.

    Parameters
    ----------
    frame
        One row per event, in the order of the file.
    mapping
        A resolved mapping: case, activity and time have columns.
    zone
        IANA time zone of stamps without an offset.
    source
        The file, for people.
    lines
        Gives the line of the file for row indices, for messages.
    unit
        What *lines* counts: ``row`` or ``event``.
    typed
        Whether the other columns have their types already; text is given types otherwise.

    Returns
    -------
    tuple
        The log, the mapping with the time format used, and notes.

    Raises
    ------
    LogError
        With every kind of fault found in the rows.
    """
    assert mapping.case is not None
    assert mapping.activity is not None
    assert mapping.time is not None
    if frame.is_empty():
        raise LogError(Problem("there is a header but no event", where=source))
    rows = _Rows(source, unit, lines)
    notes: list[str] = []
    case, activity = numbered(frame[mapping.case]), coded(frame[mapping.activity])
    for part, values in (("case", case.number), ("activity", activity)):
        rows.refuse(values.is_null(), frame[mapping.columns[part]], f"empty {part}", flag(part))
    parsed = parse(_blank_to_null(frame[mapping.time]), zone, mapping.time_format)
    start = _start(frame, mapping, zone, parsed.time_format, rows)
    time, unended = _ended(frame[mapping.time], parsed.values, start)
    notes += [*parsed.notes, *unended]
    rows.refuse(
        time.is_null(), frame[mapping.time], f"unreadable time in column {mapping.time!r}",
        "--time-format", allowed="ISO 8601, or a format given with --time-format",
    )  # fmt: skip
    events = pl.DataFrame(
        {
            "event": pl.int_range(frame.height, dtype=pl.UInt32, eager=True),
            "activity": activity,
            "start": start,
            "time": time,
            "resource": _enum(_optional_text(frame, mapping.resource)),
            "role": _enum(_optional_text(frame, mapping.role)),
            "automated": _automated(frame, mapping, rows),
            "amount": _amount(frame, mapping, rows),
        }
    )
    rows.raise_if_any()
    if backwards := events.filter(pl.col("start") > pl.col("time")).height:
        notes.append(f"{backwards} events start after they end")
    free = frame.drop(*mapping.columns.values(), strict=True)
    attributes, attribute_notes = _attributes(free, typed)
    notes += attribute_notes
    log, constant_notes = _assemble(events, case, attributes, mapping, zone, source)
    used = parsed.time_format if parsed.time_format != "iso" else mapping.time_format
    return log, replace(mapping, time_format=used), notes + constant_notes


class _Rows:
    """Collects faults of rows and raises them together."""

    def __init__(self, source: str, unit: str, lines: Lines) -> None:
        self.source, self.unit, self.lines = source, unit, lines
        self.problems: list[Problem] = []

    def refuse(
        self, bad: pl.Series, values: pl.Series, what: str, option: str, *, allowed: str = ""
    ) -> None:
        index = bad.arg_true()
        if index.is_empty():
            return
        first = index.head(SHOWN).to_list()
        numbers = self.lines(first)
        shown = [
            f"{self.unit} {number}: {_shown(values[i])}"
            for number, i in zip(numbers, first, strict=True)
        ]
        more = f" and {len(index) - SHOWN} more" if len(index) > SHOWN else ""
        self.problems.append(
            Problem(
                f"{what} in {len(index)} of {len(bad)} rows ({'; '.join(shown)}{more})",
                where=f"{self.source}, {self.unit} {numbers[0]}",
                allowed=allowed,
                suggestion=f"mend the rows, or choose another column or format with {option}",
            )
        )

    def raise_if_any(self) -> None:
        if self.problems:
            raise LogError(self.problems)


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value)


def _blank_to_null(values: pl.Series) -> pl.Series:
    if values.dtype != pl.String:
        return values
    return values.to_frame().select(
        pl.when(~pl.first().str.strip_chars().is_in(BLANK)).then(pl.first())
    ).to_series()  # fmt: skip


def _optional_text(frame: pl.DataFrame, column: str | None) -> pl.Series:
    if column is None:
        return pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    return stripped(_blank_to_null(frame[column]))


def _enum(values: pl.Series) -> pl.Series:
    return values.cast(pl.Enum(values.drop_nulls().unique().sort()))


def _start(
    frame: pl.DataFrame, mapping: ColumnMapping, zone: str, time_format: str, rows: _Rows
) -> pl.Series:
    if mapping.start is None:
        return pl.repeat(None, frame.height, dtype=TIME, eager=True)
    values = _blank_to_null(frame[mapping.start])
    hint = mapping.time_format or (time_format if time_format in NAMED[1:] else None)
    start = parse(values, zone, hint).values
    bad = start.is_null() & values.is_not_null()
    rows.refuse(bad, values, f"unreadable time in column {mapping.start!r}", "--time-format")
    return start


def _ended(raw: pl.Series, time: pl.Series, start: pl.Series) -> tuple[pl.Series, list[str]]:
    """Let the start stand for an end that the log leaves empty."""
    open_ended = _blank_to_null(raw).is_null() & start.is_not_null()
    if not (count := int(open_ended.sum())):
        return time, []
    note = f"{count} events have a start and no end: the start stands for both"
    return time.zip_with(~open_ended, start.rename(time.name)), [note]


def _automated(frame: pl.DataFrame, mapping: ColumnMapping, rows: _Rows) -> pl.Series:
    if mapping.automated is None:
        return pl.repeat(None, frame.height, dtype=pl.Boolean, eager=True)
    values = _blank_to_null(frame[mapping.automated])
    if values.dtype == pl.Boolean:
        return values
    text = values.cast(pl.String).str.strip_chars().str.to_lowercase()
    flags = text.replace_strict(
        list(AUTOMATED_WORDS), list(AUTOMATED_WORDS.values()), default=None,
        return_dtype=pl.Boolean,
    )  # fmt: skip
    rows.refuse(
        flags.is_null() & values.is_not_null(), values,
        f"neither machine nor person in column {mapping.automated!r}", "--automated",
        allowed=", ".join(AUTOMATED_WORDS),
    )  # fmt: skip
    return flags


def _amount(frame: pl.DataFrame, mapping: ColumnMapping, rows: _Rows) -> pl.Series:
    if mapping.amount is None:
        return pl.repeat(None, frame.height, dtype=pl.Float64, eager=True)
    values = _blank_to_null(frame[mapping.amount])
    numbers = values.cast(pl.Float64, strict=False)
    rows.refuse(
        numbers.is_null() & values.is_not_null(), values,
        f"no number in column {mapping.amount!r}", "--amount", allowed="12345.67",
    )  # fmt: skip
    rows.refuse(
        (numbers < 0).fill_null(value=False), values,
        f"negative amount in column {mapping.amount!r}", "--amount", allowed="zero or more",
    )  # fmt: skip
    return numbers


def _attributes(free: pl.DataFrame, typed: bool) -> tuple[pl.DataFrame, list[str]]:
    columns: list[pl.Series] = []
    empty: list[str] = []
    for values in free:
        kept = values if typed else typed_values(values)
        if kept.null_count() == len(kept):
            empty.append(repr(values.name))
            continue
        name = values.name.removeprefix("case:") if typed else values.name
        twice = any(column.name == name for column in columns)
        columns.append(kept.rename(values.name if twice else name))
    notes = [f"empty columns are left out: {', '.join(empty)}"] if empty else []
    return pl.DataFrame(columns), notes


def typed_values(values: pl.Series) -> pl.Series:
    """Return text as whole numbers, numbers or truth values where every value reads as one.

    Digits with a leading zero are names, not numbers, and stay text.
    """
    values = _blank_to_null(values)
    if values.dtype != pl.String:
        return values
    unique = values.drop_nulls().unique().str.strip_chars()
    if unique.is_empty() or bool(unique.str.contains(r"^[-+]?0\d").any()):
        return values
    if unique.str.to_lowercase().is_in(["true", "false"]).all():
        return values.str.strip_chars().str.to_lowercase() == "true"
    for dtype in (pl.Int64, pl.Float64):
        if bool(unique.str.contains(r"^[-+.\d]").all()) and not (
            unique.cast(dtype, strict=False).null_count()
        ):
            return values.str.strip_chars().cast(dtype)
    return values


def _assemble(
    events: pl.DataFrame,
    case: Numbered,
    attributes: pl.DataFrame,
    mapping: ColumnMapping,
    zone: str,
    source: str,
) -> tuple[EventLog, list[str]]:
    number = case.number
    firsts = attributes[case.first] if attributes.width else attributes
    constant = [c for c in attributes.columns if _is_constant(attributes[c], firsts[c], number)]
    name = mapping.case_type or "case"
    objects = pl.DataFrame(
        {
            "object": pl.int_range(len(case.names), dtype=pl.UInt32, eager=True),
            "object_id": case.names,
            "type": pl.repeat(name, len(case.names), dtype=pl.Enum([name]), eager=True),
        }
    ).hstack(_free(firsts.select(constant), {*OBJECT_COLUMNS}))
    relations = pl.DataFrame(
        {
            "event": events["event"],
            "object": number,
            "qualifier": pl.repeat(name, events.height, dtype=pl.Enum([name]), eager=True),
        }
    )
    log = EventLog(
        events=events.hstack(_free(attributes.drop(constant), {*EVENT_COLUMNS, "case"})),
        objects=objects,
        event_objects=relations,
        zone=zone,
        source=source,
    )
    shown = ", ".join(constant)
    return log, [f"constant within every {name}, kept as its attributes: {shown}"] if shown else []


def _free(attributes: pl.DataFrame, taken: set[str]) -> pl.DataFrame:
    """Return the attributes under names that the table does not use itself."""
    return attributes.rename({c: f"{c}_column" for c in attributes.columns if c in taken})


def _is_constant(values: pl.Series, firsts: pl.Series, number: pl.Series) -> bool:
    return bool(values.eq_missing(firsts[number]).all())
