"""A log read, looked through by the linter and cut down, as check, rules, diff and causes need."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.cli.reading import mapping_lines, read_for
from reports.cli.tables import counted, wrapped

if TYPE_CHECKING:
    from mining.finding import Finding
    from mining.read import ReadLog

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Examined:
    """A log and what there is to know before its figures are believed.

    Parameters
    ----------
    read
        The log, with the cases that the filters left.
    case_type
        The case notion.
    findings
        What the linter finds in the whole log, the worst first.
    said
        How the columns were understood, what is seriously wrong and what was filtered, as lines
        of text.
    """

    read: ReadLog
    case_type: str
    findings: tuple[Finding, ...]
    said: tuple[str, ...]

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The findings as JSON-ready data."""
        return [dataclasses.asdict(finding) for finding in self.findings]


def examined(
    path: Path, zone: str, *, filters: Sequence[str] | None = None, **reading: Any
) -> Examined:
    """Read a log, look for what spoils its figures, and leave the cases that were asked for.

    Parameters
    ----------
    path
        The log.
    zone
        Time zone of stamps that state none.
    filters
        See :func:`reports.cli.filtering.narrowed`.
    **reading
        See :func:`reports.cli.reading.read_for`.

    Raises
    ------
    LogError
        If the log cannot be read or has no events.
    UsageError
        If a flag or a filter does not fit the log.
    """
    from reports.cli.filtering import narrowed

    read, case_type = read_for(path, zone, **reading)
    require_events(read)
    findings = findings_of(read, case_type, path)
    left = narrowed(read, case_type, filters)
    notes = left.notes[len(read.notes) :]
    said = (
        *mapping_lines(left),
        *finding_lines(findings),
        *(wrapped(f"note: {note}", 2) for note in notes),
    )
    return Examined(left, case_type, findings, said)


def require_events(read: ReadLog) -> None:
    """Refuse a list of invoices whose columns give no event.

    Raises
    ------
    LogError
        Says what can be done with such a list.
    """
    from o2c_sim.errors import LogError, Problem

    if read.log.events.is_empty():
        raise LogError(
            Problem(
                "holds no event: no column tells a day on which something happened",
                where=read.log.source,
                suggestion="o2c mine shows what a list of invoices without dates can tell; "
                "--column invoice_date=NAME and settled_date=NAME give it events",
            )
        )


def findings_of(read: ReadLog, case_type: str, path: Path) -> tuple[Finding, ...]:
    """Return what the linter finds in a log and in the file it came from, the worst first."""
    from mining.quality import SEVERITIES, quality
    from mining.signs import file_end

    found = (
        *file_end.findings(path, read.log.events.height),
        *quality(read.log, case_type, read.notes).findings,
    )
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """Return the serious findings, as lines of text that lead to the others."""
    serious = [finding for finding in findings if finding.severity == "serious"]
    if not serious:
        return []
    more = len(findings) - min(len(serious), _SHOWN)
    rest = f"; {more:,} more with o2c lint" if more else ""
    return [
        f"data quality: {counted(len(serious), 'serious finding')}{rest}",
        *(wrapped(f"  {f.message}. Spoils {f.spoils}", 4) for f in serious[:_SHOWN]),
        "",
    ]


def quality_lines(findings: Sequence[Finding]) -> list[str]:
    """Return what spoils a calibration, and where to read of the rest."""
    told = finding_lines(findings)
    signs = [finding for finding in findings if finding.severity != "info"]
    if told or not signs:
        return told
    return [f"data quality: {counted(len(signs), 'warning')}; see o2c lint", ""]
