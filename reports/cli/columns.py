"""``o2c columns``: what the columns of a file seem to mean, and its first rows, to confirm."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from reports.cli import options
from reports.cli.console import emit, say, working
from reports.cli.faults import verb

_SHOWN = 5


@verb
def columns(
    log: Annotated[Path, typer.Argument(help="A log; see o2c mine.")],
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
    """Show what the columns of a file seem to mean, before it is analysed.

    Prints the guess, what is doubtful in it, what is missing, and the first rows. A file whose
    columns are not understood is no error here. What flags or a mapping file name is not guessed.

    o2c columns log.csv
    """
    from mining.read.preview import preview
    from reports.cli.reading import wanted
    from reports.cli.tables import wrapped

    said = wanted(
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
    with working("reading", quiet=quiet):
        found = preview(log, said.mapping, said.zone or zone, columns=said.invoice_columns)
    if json_output:
        emit("columns", {"source": str(log), **dataclasses.asdict(found)})
        return
    parts = found.invoice_columns or found.mapping.columns
    kind = "a list of invoices" if found.invoice_columns is not None else "a log of events"
    say(f"{log}: {kind}", quiet=quiet)
    for part, name in parts.items():
        say(f"  {part:13} {name}", quiet=quiet)
    for note in found.notes:
        say(wrapped(f"note: {note}", 2), quiet=quiet)
    for problem in found.problems:
        say(wrapped(f"missing: {problem.message}; {problem.suggestion}", 2), quiet=quiet)
    say(f"columns: {', '.join(found.columns)}", quiet=quiet)
    for row in found.rows[:_SHOWN]:
        say(f"  {' | '.join(row)}", quiet=quiet)
