"""``o2c report``: a document from a comparison, a run or a log, in the formats asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import emit, say, working
from reports.cli.faults import FOR_REPORTS, require, verb


@verb
def report(
    source: Annotated[
        Path, typer.Argument(help="A comparison (folder or comparison.json), a run, or a log.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File to write, or folder for several formats, Markdown and LaTeX; report.html "
            "if nothing is said. Its suffix names the format.",
        ),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="html,pdf,xlsx,md,tex,json",
            help="One or more formats, with commas between them.",
        ),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(help="What to make of the source; guessed from it if nothing is said."),
    ] = None,
    currency: options.Currency = None,
    locale: options.Locale = None,
    logo: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Company's logo for the head: PNG or JPEG, up to 2 MB."),
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
    filters: options.Filters = None,
    sheet: options.Sheet = None,
    invoice_columns: options.InvoiceColumns = None,
    mapping_file: options.MappingFile = None,
    zone: options.Zone = "UTC",
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Write a document about a comparison, a run or a log: the summary first, then all numbers.

    One format makes one file; several, Markdown and LaTeX make a folder with a manifest. Every
    number carries its interval or definition, and every format says the command that makes it.

    o2c report result --output result.html

    o2c report log.csv --format html,pdf,xlsx --output findings --currency EUR
    """
    from reports.cli.report_sources import (
        TEMPLATES,
        Wanted,
        currency_code,
        numbers_of,
        template_of,
    )
    from reports.cli.report_target import report_target
    from reports.documents.formats import FORMATS, write
    from reports.documents.logo import read_logo

    names, target, is_folder = report_target(formats or [], output)
    _ready(target, is_folder, force=force, inputs=(source, *([logo] if logo else [])))
    require(*FOR_REPORTS, *(module for name in names for module in FORMATS[name].needs))
    wanted = Wanted(
        source=source,
        currency=currency_code(currency),
        zone=zone,
        columns={
            "case": case,
            "activity": activity,
            "time": time,
            "start": start,
            "resource": resource,
            "role": role,
            "automated": automated,
            "amount": amount,
            "time_format": time_format,
            "delimiter": delimiter,
            "encoding": encoding,
            "case_type": case_type,
            "sheet": sheet,
            "invoice_columns": invoice_columns,
            "mapping_file": mapping_file,
        },
        filters=filters or (),
        logo=None if logo is None else read_logo(logo),
    )
    kind = template_of(source, template)
    # Pictures are drawn while they are written: the locale holds until then.
    with numbers_of(locale):
        with working("reading and analysing", quiet=quiet):
            document = TEMPLATES[kind].build(wanted)
        with working("writing the report", quiet=quiet):
            written = write(document, target, names, replace=force)
    if json_output:
        result: dict[str, Any] = {"kind": kind, "output": str(target), "formats": names}
        emit("report", {**result, "files": [str(path) for path in written]})
        return
    say(f"report: {target}", quiet=quiet)
    if is_folder:
        say(f"  {', '.join(path.name for path in written[: len(names)])}", quiet=quiet)


def _ready(target: Path, is_folder: bool, *, force: bool, inputs: tuple[Path, ...]) -> None:
    from reports.cli.places import ready_file, ready_folder

    (ready_folder if is_folder else ready_file)(target, force=force, inputs=inputs)
