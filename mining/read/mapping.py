"""Column mapping: which column of a flat log plays which part."""

from __future__ import annotations

from dataclasses import dataclass, fields

PARTS = ("case", "activity", "time", "start", "resource", "role", "automated", "amount")
REQUIRED = ("case", "activity", "time")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which column plays which part; ``None`` means: guess.

    Parameters
    ----------
    case, activity, time
        Columns with the case identifier, the activity name and the completion time.
    start
        Column with the start time of the activity.
    resource, role
        Columns with the person or system that acts, and with its role.
    automated
        Column that tells machines from people (``Human``/``Robot``, ``true``/``false``, ...).
    amount
        Column with the money that the event moves, in currency units, never negative.
    time_format
        ``iso``, ``day-first``, ``month-first``, ``epoch`` or a strptime format such as
        ``%d.%m.%Y %H:%M``.
    delimiter, encoding
        How the text file is written, for example ``;`` and ``cp1252``.
    case_type
        What a case is (``order_line``, ``invoice``, ...); in an object-centric log the object
        type that serves as the case notion.
    sheet
        The sheet of an Excel workbook.
    lifecycle
        Column that says which events are the ``start`` and which the ``complete`` of an activity;
        an empty text joins none of them.
    """

    case: str | None = None
    activity: str | None = None
    time: str | None = None
    start: str | None = None
    resource: str | None = None
    role: str | None = None
    automated: str | None = None
    amount: str | None = None
    time_format: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    case_type: str | None = None
    sheet: str | None = None
    lifecycle: str | None = None

    def column(self, part: str) -> str | None:
        """Return the column that plays *part*, or ``None``."""
        value: str | None = getattr(self, part)
        return value

    @property
    def columns(self) -> dict[str, str]:
        """The parts that have a column, in the order of :data:`PARTS`."""
        return {part: column for part in PARTS if (column := self.column(part)) is not None}

    def __str__(self) -> str:
        """Return ``case='Key', activity='Activity', ...`` without the unknown parts."""
        known = ((f.name, getattr(self, f.name)) for f in fields(self))
        return ", ".join(f"{name}={value!r}" for name, value in known if value is not None)


def flag(part: str) -> str:
    """Return what sets *part*: ``--case``, ``--time-format``, ..."""
    if part == "lifecycle":
        return "lifecycle, in a file for --mapping"
    return "--" + part.replace("_", "-")
