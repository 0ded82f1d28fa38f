"""Read the log a verb was given, with the columns its flags name."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.cli.tables import WIDTH

if TYPE_CHECKING:
    from mining.kpis import Period
    from mining.read import ReadLog


@dataclass(frozen=True, slots=True)
class Run:
    """What the manifest of a simulated run says about its log.

    Parameters
    ----------
    period
        The measured period.
    currency
        ISO code.
    """

    period: Period
    currency: str


def read_for(path: Path, zone: str, **columns: Any) -> tuple[ReadLog, str]:
    """Return the log and its case notion.

    Parameters
    ----------
    path
        The log.
    zone
        Time zone of stamps that state none.
    **columns
        Fields of :class:`mining.read.ColumnMapping`.
    """
    from mining.read import ColumnMapping, read_log

    read = read_log(path, ColumnMapping(**columns), zone=zone)
    wanted = columns.get("case_type")
    return read, wanted if wanted in read.log.object_types else read.case_type


def run_of(path: Path) -> Run | None:
    """Return what the manifest beside a log says; None where there is none or it is damaged.

    Parameters
    ----------
    path
        A run folder, or the ``log`` folder in it.
    """
    from mining.kpis import Period

    folder = path.resolve().parent if path.name == "log" else path
    try:
        about = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        start = dt.date.fromisoformat(about["start_date"])
        first = start + dt.timedelta(days=about["warm_up_days"])
        end = first + dt.timedelta(days=about["measured_days"])
        return Run(Period(first, end), str(about["currency"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def mapping_lines(read: ReadLog) -> list[str]:
    """Return how the columns were understood, for people to confirm."""
    if read.mapping is None:
        return []
    shown = [
        f"--{field.name.replace('_', '-')} {value!r}"
        for field in dataclasses.fields(read.mapping)
        if (value := getattr(read.mapping, field.name)) is not None
    ]
    lines = ["columns:"]
    for item in shown:
        if len(lines[-1]) + 2 + len(item) > WIDTH:
            lines.append(" " * 8)
        lines[-1] += ("  " if lines[-1].strip() and lines[-1] != "columns:" else " ") + item
    return lines
