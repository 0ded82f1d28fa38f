"""``o2c lint``: is a log sound, where is it not, what does that spoil."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import emit, say, working
from reports.cli.faults import verb

if TYPE_CHECKING:
    from mining.finding import Finding

FOUND_SOMETHING = 1


class FailOn(StrEnum):
    """From what severity on a finding makes the verb end with 1."""

    SERIOUS = "serious"
    WARNING = "warning"
    INFO = "info"


@verb
def lint(
    log: Annotated[Path, typer.Argument(help="A log; see o2c mine.")],
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="Exit with 1 if there is a finding of this severity or a worse one."),
    ] = None,
    case: options.CaseColumn = None,
    activity: options.ActivityColumn = None,
    time: options.TimeColumn = None,
    start: options.StartColumn = None,
    resource: options.ResourceColumn = None,
    role: options.RoleColumn = None,
    automated: options.AutomatedColumn = None,
    amount: options.AmountColumn = None,
    time_format: options.TimeFormat = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    case_type: options.CaseType = None,
    sheet: options.Sheet = None,
    invoice_columns: options.InvoiceColumns = None,
    mapping_file: options.MappingFile = None,
    zone: options.Zone = "UTC",
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Look for signs that a log is not what it seems.

    Each finding says what was found and in how many events or cases, where to look, what it
    spoils and what to do. A log without findings only shows none of these signs.

    o2c lint log.csv
    """
    from reports.cli.examined import require_events
    from reports.cli.reading import mapping_lines, read_for

    with working("reading", quiet=quiet):
        read, chosen = read_for(
            log,
            zone,
            case=case,
            activity=activity,
            time=time,
            start=start,
            resource=resource,
            role=role,
            automated=automated,
            amount=amount,
            time_format=time_format,
            delimiter=delimiter,
            encoding=encoding,
            case_type=case_type,
            sheet=sheet,
            invoice_columns=invoice_columns,
            mapping_file=mapping_file,
        )
    with working("looking", quiet=quiet):
        from mining.quality import SEVERITIES, quality
        from mining.signs import file_end

        require_events(read)
        found = quality(read.log, chosen, read.notes)
        findings = sorted(
            (*file_end.findings(log, read.log.events.height), *found.findings),
            key=lambda f: SEVERITIES.index(f.severity),
        )
    failed = fail_on is not None and any(
        SEVERITIES.index(f.severity) <= SEVERITIES.index(fail_on) for f in findings
    )
    if json_output:
        emit("lint", _document(read.log.source, found, findings, read.notes, passed=not failed))
    else:
        for line in [*mapping_lines(read), *_lines(read.log.source, findings, read.notes)]:
            say(line, quiet=quiet)
        if failed:
            say(f"there is a finding of severity {fail_on} or worse")
    if failed:
        raise typer.Exit(FOUND_SOMETHING)


def _document(
    source: str, found: Any, findings: list[Finding], notes: tuple[str, ...], *, passed: bool
) -> dict[str, Any]:
    return {
        "source": source,
        "case_type": found.case_type,
        "events": found.events,
        "cases": found.cases,
        "findings": [dataclasses.asdict(finding) for finding in findings],
        "notes": notes,
        "passed": passed,
    }


def _lines(source: str, findings: list[Finding], notes: tuple[str, ...]) -> list[str]:
    from reports.cli.tables import counted, wrapped

    lines = [source, f"{counted(len(findings), 'finding')}"]
    for f in findings:
        lines += ["", wrapped(f"{f.severity}: {f.message} [{f.kind}]", 2)]
        lines += [wrapped(f"  see {shown}", 6) for shown in f.examples]
        lines += [wrapped(f"  spoils {f.spoils}", 4), wrapped(f"  do: {f.advice}", 4)]
    return [*lines, *(("", *(wrapped(f"note: {n}", 2) for n in notes)) if notes else ())]
