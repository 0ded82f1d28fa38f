"""The form in which a user confirms what the columns of a log mean, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from o2c_sim.errors import Problem, did_you_mean

NONE = ""
# Field, label, help, whether a log needs it. The names are those of the mapping file.
EVENT_PARTS = (
    ("case", "Case", "What one order is known by: its number, or that of its line.", True),
    ("activity", "Activity", "What happened.", True),
    ("time", "Time", "When it was done.", True),
    ("start", "Start", "When work on it began, if the log knows.", False),
    ("resource", "Person or system", "Who did it.", False),
    ("role", "Role", "The team or department.", False),
    ("automated", "Automated", "Says human or machine.", False),
    ("amount", "Amount", "Money that the event moves.", False),
    (
        "lifecycle",
        "Life cycle",
        "Says start or complete, where both are events of their own.",
        False,
    ),
)
INVOICE_PARTS = (
    ("invoice", "Invoice", "Its number.", True),
    ("amount", "Amount", "What is owed.", True),
    ("customer", "Customer", "Who owes it.", False),
    ("invoice_date", "Invoice date", "When it was written.", False),
    ("due_date", "Due date", "When it should be paid.", False),
    ("settled_date", "Settled", "When it was paid.", False),
    ("days_late", "Days late", "Against the due date.", False),
    ("disputed", "Disputed", "Yes or no.", False),
)
TIME_FORMATS = (
    ("", "found by itself"),
    ("iso", "year-month-day"),
    ("day-first", "day/month/year"),
    ("month-first", "month/day/year"),
    ("epoch", "seconds since 1970"),
)
DELIMITERS = (
    ("", "found by itself"), (",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar"),
)  # fmt: skip
COMMON_ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "Europe/Paris", "Europe/Amsterdam", "Europe/Warsaw",
    "America/New_York", "America/Chicago", "America/Los_Angeles", "America/Sao_Paulo",
    "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartField:
    """A select box for one part of a log.

    Parameters
    ----------
    name, label, help
        Of the field.
    required
        Whether a log needs it.
    column
        What is chosen; empty for none.
    error
        What is wrong with it.
    """

    name: str
    label: str
    help: str
    required: bool
    column: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a form says.

    Parameters
    ----------
    mapping
        Content of a mapping file; empty for a format whose parts are fixed and whose zone and
        case are the usual ones.
    errors
        Field to what is wrong with it.
    """

    mapping: Mapping[str, Any]
    errors: Mapping[str, str]


def part_fields(
    found: Mapping[str, Any],
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[PartField]:
    """Return the select boxes of a file.

    Parameters
    ----------
    found
        Result of ``o2c columns``.
    given
        What the user chose; the guess by default.
    errors
        From :func:`confirmed`.
    """
    guess = found["mapping"] if found["invoice_columns"] is None else found["invoice_columns"]
    chosen = {**guess, **(given or {})} if given is None else given
    return [
        PartField(name, label, told, needed, chosen.get(name) or NONE, (errors or {}).get(name, ""))
        for name, label, told, needed in _parts(found)
    ]


def confirmed(found: Mapping[str, Any], given: Mapping[str, str]) -> Confirmed:
    """Return the mapping file that a form asks for, and what is wrong with the form.

    Parameters
    ----------
    found
        Result of ``o2c columns`` of the same file: only its columns can be chosen.
    given
        Fields of the form.
    """
    columns: Sequence[str] = found["columns"]
    errors: dict[str, str] = {}
    chosen: dict[str, str] = {}
    if found["choosable"]:
        for name, label, _told, needed in _parts(found):
            column = given.get(name, NONE)
            if column == NONE:
                if needed:
                    errors[name] = f"{label} needs a column."
            elif column not in columns:
                errors[name] = "There is no such column in the file."
            else:
                chosen[name] = column
        errors |= _twice(chosen, _parts(found))
        if found["mapping"].get("lifecycle") and given.get("lifecycle", NONE) == NONE:
            # Taken away: without a word the reader would find it again.
            chosen["lifecycle"] = NONE
    mapping: dict[str, Any] = {}
    if chosen:
        mapping["kind"] = "events" if found["invoice_columns"] is None else "invoices"
        mapping["columns"] = chosen
    for name in ("time_format", "delimiter", "sheet", "encoding"):
        text = given.get(name, "") if name in given else (found["mapping"].get(name) or "")
        if text and found["choosable"]:
            mapping[name] = text
    zone = given.get("zone", "").strip() or "UTC"
    if zone not in available_timezones():
        near = did_you_mean(zone, available_timezones())
        errors["zone"] = f"Not a time zone. {near}".strip()
    elif zone != "UTC":
        mapping["zone"] = zone
    case_type = given.get("case_type", "").strip()
    if case_type:
        if found["case_types"] and case_type not in found["case_types"]:
            errors["case_type"] = "The log has no such objects."
        elif len(case_type) > 60:
            errors["case_type"] = "At most 60 characters."
        else:
            mapping["case_type"] = case_type
    return Confirmed({"format": "o2c-mapping/1", **mapping} if mapping else {}, errors)


def mapping_text(mapping: Mapping[str, Any]) -> str:
    """Return a mapping file: JSON, which is YAML, so that no name can mean anything else."""
    text = json.dumps(mapping, indent=1, ensure_ascii=False)
    # JSON writes an emoji as two escapes, which YAML reads as two broken characters.
    return re.sub("[\x7f-\uffff]", lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def problem_texts(problems: Sequence[Mapping[str, str]]) -> list[str]:
    """Return problems that a verb told as JSON, one text each, without places of the server."""
    told = []
    for item in problems:
        problem = Problem(
            item.get("message", ""), allowed=item.get("allowed", ""),
            suggestion=item.get("suggestion", ""),
        )  # fmt: skip
        parts = [problem.message]
        if problem.allowed:
            parts.append(f"allowed: {problem.allowed}")
        if problem.suggestion:
            parts.append(problem.suggestion)
        told.append("; ".join(parts))
    return told


def _parts(found: Mapping[str, Any]) -> tuple[tuple[str, str, str, bool], ...]:
    if found["invoice_columns"] is not None:
        return INVOICE_PARTS
    # Starts and completions of a Parquet table are never rows of their own here.
    fixed = found.get("form") == "parquet"
    return tuple(part for part in EVENT_PARTS if not (fixed and part[0] == "lifecycle"))


def _twice(
    chosen: Mapping[str, str], parts: Sequence[tuple[str, str, str, bool]]
) -> dict[str, str]:
    """Return the errors of columns that play two parts which every log needs."""
    needed = [name for name, _label, _told, required in parts if required and name in chosen]
    return {
        name: "This column has another part already."
        for place, name in enumerate(needed)
        if chosen[name] in [chosen[other] for other in needed[:place]]
    }
