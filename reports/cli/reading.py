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
    from mining.read.mapping_file import MappingFile


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


def read_for(
    path: Path,
    zone: str,
    *,
    invoice_columns: list[str] | None = None,
    mapping_file: Path | None = None,
    write_mapping: Path | None = None,
    force: bool = False,
    **columns: Any,
) -> tuple[ReadLog, str]:
    """Return the log and its case notion.

    Parameters
    ----------
    path
        The log.
    zone
        Time zone of stamps that state none.
    invoice_columns
        ``part=column`` of a list of invoices.
    mapping_file
        A file with columns, zone and activities; what is given besides comes before it.
    write_mapping
        Where to write how the log was read.
    force
        Whether *write_mapping* may be replaced.
    **columns
        Fields of :class:`mining.read.ColumnMapping`.
    """
    from mining.read import read_log
    from mining.read.mapping_file import renamed, write
    from o2c_sim.atomic import refuse_existing

    if write_mapping is not None and not force:
        refuse_existing(write_mapping)
    said = wanted(zone, invoice_columns=invoice_columns, mapping_file=mapping_file, **columns)
    read = read_log(path, said.mapping, zone=said.zone or zone, columns=said.invoice_columns)
    if write_mapping is not None:
        write(write_mapping, read, said.activities, replace=force)
    if said.activities:
        read = renamed(read, said.activities)
    return read, _chosen(read, said.mapping.case_type)


def wanted(
    zone: str, *, invoice_columns: list[str] | None, mapping_file: Path | None, **columns: Any
) -> MappingFile:
    """Return what the flags say of a log together with what a mapping file says.

    Parameters
    ----------
    zone, invoice_columns, mapping_file, **columns
        As of :func:`read_for`.
    """
    from mining.read import ColumnMapping
    from mining.read.mapping_file import MappingFile, combined, load

    named = _invoice_columns(invoice_columns)
    said = MappingFile() if mapping_file is None else load(mapping_file)
    if said.invoice_columns is not None:
        named = {**said.invoice_columns, **(named or {})}
    return MappingFile(
        combined(ColumnMapping(**columns), said.mapping),
        named,
        # The zone of the option is UTC if nobody named one.
        said.zone if zone == "UTC" and said.zone else zone,
        said.activities,
    )


def _chosen(read: ReadLog, wanted: str | None) -> str:
    return wanted if wanted is not None and wanted in read.log.object_types else read.case_type


def _invoice_columns(given: list[str] | None) -> dict[str, str] | None:
    from o2c_sim.errors import Problem, UsageError

    if not given:
        return None
    wrong = [text for text in given if not all(text.partition("="))]
    if wrong:
        raise UsageError(
            Problem(f"--column {text!r} does not name a column", allowed="PART=COLUMN")
            for text in wrong
        )
    return {text.partition("=")[0].strip(): text.partition("=")[2] for text in given}


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
    from mining.read.mapping import flag

    if read.mapping is None:
        return []
    shown = [
        f"--column {part}={column!r}" for part, column in (read.invoice_columns or {}).items()
    ] + [
        f"{flag(field.name)} {value!r}"
        for field in dataclasses.fields(read.mapping)
        if (value := getattr(read.mapping, field.name)) is not None
    ]
    lines = ["columns:"]
    for item in shown:
        if len(lines[-1]) + 2 + len(item) > WIDTH:
            lines.append(" " * 8)
        lines[-1] += ("  " if lines[-1].strip() and lines[-1] != "columns:" else " ") + item
    return lines
