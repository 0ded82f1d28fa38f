"""Columns of a flat log: guessing which plays which part, by name and then by content."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl

from mining.read.mapping import PARTS, REQUIRED, ColumnMapping, flag
from mining.read.times import parsable_share
from o2c_sim.errors import LogError, Problem, UsageError, did_you_mean

SAMPLE = 1_000

# In order of preference; compared after lower-casing and turning punctuation into "_".
NAMES: dict[str, tuple[str, ...]] = {
    "case": (
        "case_concept_name", "case_id", "caseid", "case", "case_key", "case_number", "casenumber",
        "case_identifier", "trace_id", "process_instance", "process_instance_id", "instance_id",
        "order_line", "order_line_id", "order_id", "order_number", "sales_order", "order",
        "document_number", "document", "key", "vbeln", "fall", "fall_id", "id",
    ),
    "activity": (
        "concept_name", "activity", "activity_name", "activity_en", "activityname", "event_name",
        "event", "event_type", "task", "task_name", "action", "step", "operation", "vorgang",
        "aktivitat", "aktivitaet", "status",
    ),
    "time": (
        "time_timestamp", "end_time", "endtime", "end_timestamp", "complete_timestamp",
        "complete_time", "completion_time", "completed_at", "end_date", "finish_time", "end",
        "timestamp", "time", "event_time", "eventtime", "event_timestamp", "datetime", "date_time",
        "occurred_at", "date", "event_date", "zeitstempel", "zeitpunkt", "datum",
    ),
    "start": (
        "start_timestamp", "start_time", "starttime", "started_at", "start_date", "start",
        "begin_time", "begin",
    ),
    "resource": (
        "org_resource", "resource", "resource_name", "resource_id", "user", "user_id", "username",
        "user_name", "agent", "employee", "performer", "originator", "changed_by", "created_by",
        "bearbeiter", "benutzer", "worker", "worker_id", "actor", "operator",
    ),
    "role": ("org_role", "role", "role_name", "user_role", "org_group", "group", "team", "rolle"),
    "automated": (
        "automated", "is_automated", "automatic", "is_automatic", "user_type", "usertype",
        "automation",
    ),
    "amount": ("amount",),
}  # fmt: skip

# Other names of times are understood by their words, if they have no others.
_TIME_WORDS = {"time", "timestamp", "datetime", "date", "stamp", "at", "activity", "event", "task"}
_ENDS = {
    "time": {"end", "ended", "complete", "completed", "completion", "finish", "finished", "stop"},
    "start": {"start", "started", "begin", "begun"},
}

_FITTING = {"automated": "words such as human and robot", "amount": "numbers of zero or more"}

AUTOMATED_WORDS = {
    **dict.fromkeys(
        ("human", "manual", "person", "user", "dialog", "false", "no", "n", "0"), False
    ),
    **dict.fromkeys(
        ("robot", "automatic", "automated", "auto", "system", "bot", "batch", "machine",
         "true", "yes", "y", "1"), True,
    ),
}  # fmt: skip


def resolve(
    frame: pl.DataFrame, mapping: ColumnMapping, where: str
) -> tuple[ColumnMapping, list[str]]:
    """Fill the parts of *mapping* that are not given.

    Parameters
    ----------
    frame
        The flat log, text or typed.
    mapping
        What the user said.
    where
        The file, for messages.

    Returns
    -------
    tuple
        The mapping with every part that could be found, and notes on what was ambiguous.

    Raises
    ------
    LogError
        If a named column does not exist or a required part has no column; all at once.
    UsageError
        If one column is named for two of case, activity and time.
    """
    _require_apart(mapping)
    problems = [
        _unknown(part, column, frame.columns, where)
        for part, column in mapping.columns.items()
        if column not in frame.columns
    ]
    if mapping.lifecycle and mapping.lifecycle not in frame.columns:
        problems.append(_unknown("lifecycle", mapping.lifecycle, frame.columns, where))
    found = dict(mapping.columns)
    notes: list[str] = []
    for part in PARTS:
        if part not in found:
            _by_name(frame, part, found, notes)
    if "time" not in found and "start" in found and mapping.start is None:
        found["time"] = found.pop("start")
        notes.append(f"only a start time was found: {found['time']!r} is used as the time")
    for part in REQUIRED:
        if part not in found:
            _by_content(frame, part, found, notes)
    free = [column for column in frame.columns if column not in found.values()]
    problems += [_missing(part, free, where) for part in REQUIRED if part not in found]
    if problems:
        raise LogError(problems)
    guessed = [part for part in ("automated", "amount") if mapping.column(part) is None]
    unfit = [part for part in guessed if part in found and not _fits(frame, part, found[part])]
    notes += [
        f"column {found.pop(part)!r} is not used as {part}: not all its values are {_FITTING[part]}"
        for part in unfit
    ]
    return replace(mapping, **found), notes


def named(frame: pl.DataFrame) -> dict[str, str]:
    """Return the parts whose columns have telling names, however few they are."""
    found: dict[str, str] = {}
    for part in PARTS:
        _by_name(frame, part, found, [])
    return found


def _require_apart(mapping: ColumnMapping) -> None:
    """Refuse one column in two parts that every log needs."""
    named = [column for part in REQUIRED if (column := mapping.column(part)) is not None]
    for column in sorted({name for name in named if named.count(name) > 1}):
        parts = [flag(part) for part in REQUIRED if mapping.column(part) == column]
        raise UsageError(Problem(f"{' and '.join(parts)} name the same column {column!r}"))


def _by_name(frame: pl.DataFrame, part: str, found: dict[str, str], notes: list[str]) -> None:
    taken = set(found.values())
    by_name: dict[str, str] = {}
    for column in frame.columns:
        by_name.setdefault(_joined(column), column)
    names = dict.fromkeys(map(_joined, NAMES[part]))
    fitting = [by_name[name] for name in names if name in by_name and by_name[name] not in taken]
    if part in ("time", "start"):
        fitting = [c for c in fitting if parsable_share(_sample(frame, c)) > 0.5 or _is_number(c)]
        if not fitting:
            fitting = _by_words(frame, part, taken)
        if not fitting:
            fitting = [by_name[n] for n in map(_joined, NAMES[part][:1]) if n in by_name]
    if not fitting:
        return
    found[part] = fitting[0]
    if part in REQUIRED and len(fitting) > 1:
        others = ", ".join(repr(column) for column in fitting[1:])
        notes.append(f"{part} is read from {fitting[0]!r}; {flag(part)} could also name {others}")


def _by_words(frame: pl.DataFrame, part: str, taken: set[str]) -> list[str]:
    """Return the columns whose names say nothing but that an activity starts or ends then."""
    allowed = _ENDS[part] | _TIME_WORDS
    said = {c: set(_plain(c).split("_")) for c in frame.columns if c not in taken}
    named = [c for c, words in said.items() if words <= allowed and words & _ENDS[part]]
    return [c for c in named if parsable_share(_sample(frame, c)) > 0.5]


def _by_content(frame: pl.DataFrame, part: str, found: dict[str, str], notes: list[str]) -> None:
    """Choose a column for a required part by what is in it."""
    free = [column for column in frame.columns if column not in found.values()]
    if part == "time":
        shares = {c: parsable_share(_sample(frame, c)) for c in free}
        fitting = [c for c in free if shares[c] > 0.9]
    else:
        counts = {c: frame[c].n_unique() for c in free}
        rows = frame.height
        dates = {c for c in free if parsable_share(_sample(frame, c)) > 0.9}
        text = [c for c in free if c not in dates and frame[c].null_count() == 0]
        if part == "activity":
            fitting = [
                c for c in text
                if 1 < counts[c] <= max(2, min(200, rows // 3)) and _wordy(frame, c)
            ]  # fmt: skip
        else:
            fitting = [c for c in text if rows / 200 < counts[c] < rows and counts[c] > 1]
            fitting.sort(key=lambda c: -counts[c])
    if fitting:
        found[part] = fitting[0]
        others = f" (others that fit: {', '.join(map(repr, fitting[1:4]))})" if fitting[1:] else ""
        notes.append(f"{part} is guessed from the content of {fitting[0]!r}{others}; {flag(part)}")


def _fits(frame: pl.DataFrame, part: str, column: str) -> bool:
    values = frame[column].drop_nulls()
    if part == "automated":
        if values.dtype == pl.Boolean:
            return True
        words = values.cast(pl.String).str.to_lowercase().str.strip_chars().unique()
        return bool(words.is_in([*AUTOMATED_WORDS, "", "nan", "null"]).all())
    numbers = values.cast(pl.Float64, strict=False)
    return numbers.null_count() == 0 and not bool((numbers < 0).any())


def _plain(column: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", column.strip())
    return re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")


def _joined(column: str) -> str:
    """Return a name as it is compared: ``Start Timestamp`` and ``StartTimestamp`` are one."""
    return _plain(column).replace("_", "")


def _sample(frame: pl.DataFrame, column: str) -> pl.Series:
    values = frame[column].head(SAMPLE)
    return values.replace("", None) if values.dtype == pl.String else values


def _is_number(column: str) -> bool:
    return _plain(column) in ("timestamp", "time", "event_time", "end_time", "start_time")


def _wordy(frame: pl.DataFrame, column: str) -> bool:
    values = frame[column].head(SAMPLE)
    return values.dtype == pl.String and bool(values.str.contains(r"[A-Za-z]{2}").mean() or 0 > 0.8)


def _unknown(part: str, column: str, columns: list[str], where: str) -> Problem:
    return Problem(
        f"there is no column {column!r} ({flag(part)})",
        where=where,
        allowed=", ".join(columns),
        suggestion=did_you_mean(column, columns),
    )


def _missing(part: str, columns: list[str], where: str) -> Problem:
    near = next((hint for name in NAMES[part][:6] if (hint := did_you_mean(name, columns))), "")
    return Problem(
        f"no column for the {part} was recognised",
        where=where,
        allowed=f"one of the columns {', '.join(map(repr, columns))}",
        suggestion=f"name it with {flag(part)} COLUMN" + (f"; {near}" if near else ""),
    )
