"""Mapping files: what a consultant confirmed about a log, once, for every verb after that.

A YAML file with these keys, each optional::

    format: o2c-mapping/1
    kind: events              # or invoices, for a list of invoices
    columns: {case: Key, activity: Activity, time: Date, lifecycle: Step}
    time_format: "%d.%m.%Y %H:%M"
    delimiter: ";"
    encoding: cp1252
    sheet: Log                # of an Excel workbook
    case_type: order_line
    zone: Europe/Berlin
    activities: {Line Creation: Create Sales Order}
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mining.activity_names import REFERENCE, reference_names
from mining.read.log import ReadLog
from mining.read.mapping import PARTS, ColumnMapping
from mining.read.receivables_file import NAMES
from o2c_sim.atomic import new_file
from o2c_sim.errors import Problem, UsageError, did_you_mean

FORMAT = "o2c-mapping/1"
KINDS = {"events": (*PARTS, "lifecycle"), "invoices": tuple(NAMES)}
MAX_BYTES = 1 << 20
_TEXTS = ("time_format", "delimiter", "encoding", "sheet", "case_type", "zone")
_KEYS = ("format", "kind", "columns", *_TEXTS, "activities")


@dataclass(frozen=True, slots=True)
class MappingFile:
    """What a mapping file says.

    Parameters
    ----------
    mapping
        Columns of events and how the file is written.
    invoice_columns
        Columns of a list of invoices; ``None`` if the file is about events.
    zone
        IANA time zone; ``None`` if it does not say.
    activities
        Reference name of a log's own names.
    """

    mapping: ColumnMapping = field(default_factory=ColumnMapping)
    invoice_columns: Mapping[str, str] | None = None
    zone: str | None = None
    activities: Mapping[str, str] = field(default_factory=dict)


def load(path: Path) -> MappingFile:
    """Read a mapping file.

    Raises
    ------
    UsageError
        With everything that is wrong in it, by line.
    """
    where = str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(Problem("is too large to be a mapping", where=where, allowed="1 MiB"))
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(Problem(f"cannot be read: {why}", where=where)) from error
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        why = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise UsageError(Problem(f"not YAML: {why}", where=place)) from error
    if not isinstance(document, dict):
        raise UsageError(Problem("is no mapping", where=where, allowed=", ".join(_KEYS)))
    problems = _problems(document, where)
    if problems:
        raise UsageError(problems)
    columns = {str(part): str(name) for part, name in (document.get("columns") or {}).items()}
    texts = {key: str(document[key]) for key in _TEXTS if document.get(key) is not None}
    zone = texts.pop("zone", None)
    activities = {
        str(name): str(known) for name, known in (document.get("activities") or {}).items() if known
    }
    if document.get("kind") == "invoices":
        return MappingFile(ColumnMapping(**texts), columns, zone, activities)
    return MappingFile(ColumnMapping(**texts, **columns), None, zone, activities)


def _problems(document: Any, where: str) -> list[Problem]:
    def line(holder: Any, key: object) -> str:
        try:
            return f"{where}:{holder.lc.key(key)[0] + 1}"
        except (AttributeError, KeyError, TypeError):
            return where

    problems = [
        Problem(
            f"unknown key {key!r}", where=line(document, key), allowed=", ".join(_KEYS),
            suggestion=did_you_mean(str(key), _KEYS),
        )
        for key in document if key not in _KEYS
    ]  # fmt: skip
    if document.get("format", FORMAT) != FORMAT:
        problems.append(
            Problem(
                f"format {document['format']!r} is not known", where=line(document, "format"),
                allowed=FORMAT,
            )
        )  # fmt: skip
    kind = document.get("kind", "events")
    if not isinstance(kind, str) or kind not in KINDS:
        return [
            *problems,
            Problem(f"kind {kind!r} is not known", where=line(document, "kind"),
                    allowed=", ".join(KINDS)),
        ]  # fmt: skip
    problems += [
        Problem(f"{key} is {document[key]!r}", where=line(document, key), allowed="a text")
        for key in _TEXTS
        if document.get(key) is not None and not isinstance(document[key], str)
    ]
    for key, names in (("columns", KINDS[kind]), ("activities", None)):
        part = document.get(key) or {}
        if not isinstance(part, dict):
            problems.append(
                Problem(f"{key} is {part!r}", where=line(document, key), allowed="name: name")
            )
            continue
        for name, value in part.items():
            at = line(part, name)
            if names is not None and name not in names:
                problems.append(
                    Problem(f"{name!r} is no part of {kind}", where=at, allowed=", ".join(names),
                            suggestion=did_you_mean(str(name), names))
                )  # fmt: skip
            if names is None and value and value not in REFERENCE:
                problems.append(
                    Problem(
                        f"{value!r} is not in the reference vocabulary", where=at,
                        allowed="one of its names, or nothing; o2c convert and the "
                        "documentation of logs list them",
                        suggestion=did_you_mean(str(value), REFERENCE),
                    )
                )  # fmt: skip
            if names is not None and not isinstance(value, str | int):
                problems.append(
                    Problem(f"the column is {value!r}", where=at, allowed="its name in the file")
                )
    return problems


def combined(flags: ColumnMapping, said: ColumnMapping) -> ColumnMapping:
    """Return what flags say, and where they say nothing what a mapping file says."""
    given = {
        name: getattr(said, name)
        for name in ColumnMapping.__dataclass_fields__
        if getattr(flags, name) is None
    }
    return replace(flags, **given)


def renamed(read: ReadLog, activities: Mapping[str, str]) -> ReadLog:
    """Return a log with its activities under the names that a mapping file gives them."""
    own = read.log.activities
    known = {name: activities[name] for name in own if name in activities}
    absent = [name for name in activities if name not in own]
    notes = list(read.notes)
    if absent:
        shown = ", ".join(map(repr, absent[:5]))
        notes.append(f"{len(absent)} activities of the mapping do not occur in the log: {shown}")
    if not known:
        return replace(read, notes=tuple(notes))
    kind = pl.Enum(sorted({known.get(name, name) for name in own}))
    activity = pl.col("activity").cast(pl.String).replace(known).cast(kind)
    log = replace(read.log, events=read.log.events.with_columns(activity.alias("activity")))
    notes.append(f"{len(known)} activities have the reference name that the mapping gives them")
    return replace(read, log=log, notes=tuple(notes))


def write(path: Path, read: ReadLog, activities: Mapping[str, str], *, replace: bool) -> None:
    """Write how a log was read, for people to confirm or correct.

    Parameters
    ----------
    path
        The file to make.
    read
        The log as read, under its own names.
    activities
        What a mapping file said already.
    replace
        Replace an existing file.
    """
    used = read.mapping or ColumnMapping()
    columns = dict(read.invoice_columns) if read.invoice_columns is not None else used.columns
    if read.invoice_columns is None and used.lifecycle is not None:
        columns = {**columns, "lifecycle": used.lifecycle}
    document: dict[str, Any] = {
        "format": FORMAT,
        "kind": "events" if read.invoice_columns is None else "invoices",
        "columns": columns,
    }
    for key in _TEXTS[:-1]:
        if (value := getattr(used, key)) is not None:
            document[key] = value
    document["zone"] = read.log.zone
    if read.invoice_columns is None:
        guessed = reference_names(read.log.activities, activities)
        document["activities"] = {name: known or "" for name, known in guessed.items()}
    text = io.StringIO()
    yaml = YAML()
    yaml.allow_unicode = True
    yaml.width = 1_000
    yaml.dump(document, text)
    doubts = "".join(f"# {' '.join(note.split())}\n" for note in read.notes)
    head = "# How the log was read. Confirm or correct it, and pass it on with --mapping.\n"
    with new_file(path, replace=replace) as aside:
        aside.write_text(head + doubts + text.getvalue(), encoding="utf-8")
