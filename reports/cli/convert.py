"""``o2c convert``: write a log of any known format in another."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reports.cli import options
from reports.cli.console import emit, say, working
from reports.cli.faults import verb


class LogFormat(StrEnum):
    """What a log can be written as."""

    CSV = "csv"
    OCEL_JSON = "ocel-json"
    OCEL_SQLITE = "ocel-sqlite"
    OCEL_XML = "ocel-xml"
    PARQUET = "parquet"
    XES = "xes"


# json and xml alone are what the OCEL 2.0 standard itself calls its files.
_BY_ENDING = {
    ".csv": LogFormat.CSV,
    ".json": LogFormat.OCEL_JSON,
    ".jsonocel": LogFormat.OCEL_JSON,
    ".db": LogFormat.OCEL_SQLITE,
    ".sqlite": LogFormat.OCEL_SQLITE,
    ".xml": LogFormat.OCEL_XML,
    ".xmlocel": LogFormat.OCEL_XML,
    ".xes": LogFormat.XES,
}


@verb
def convert(
    log: Annotated[Path, typer.Argument(help="A log, or a folder of SAP tables; see o2c mine.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write; for parquet a folder.")
    ],
    to: Annotated[
        LogFormat | None,
        typer.Option(
            "--to",
            help="The format; csv and xes hold one case notion. By default the one that the name "
            "of --output ends with.",
        ),
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
    write_mapping: options.WriteMapping = None,
    zone: options.Zone = "UTC",
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Read a log of any known format and write it in another.

    o2c convert log.csv --output log.xes

    o2c convert log.csv --to ocel-json --output log.json
    """
    from mining.write import write_log
    from o2c_sim.errors import Problem, UsageError
    from reports.cli.reading import mapping_lines, read_for
    from reports.cli.tables import counted, wrapped

    if output.exists() and not force:
        raise UsageError(
            Problem("exists already", where=str(output), suggestion="--force replaces it")
        )
    if output.exists() and (output.is_dir() or output.resolve() == log.resolve()):
        raise UsageError(
            Problem(
                "is a folder or what is read, so --force does not replace it",
                where=str(output),
                suggestion="choose another place",
            )
        )
    form = to or _format_of(output)
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
            write_mapping=write_mapping,
            force=force,
        )
    with working("writing", quiet=quiet):
        write_log(read.log, output, format=form.value, case_type=chosen, replace=force)
    sizes = {
        "events": read.log.events.height,
        "objects": read.log.objects.height,
        "event_object_relations": read.log.event_objects.height,
        "object_relations": read.log.object_relations.height,
    }
    if json_output:
        emit(
            "convert",
            {
                "source": read.log.source,
                "output": str(output),
                "format": form.value,
                **sizes,
                "notes": read.notes,
            },
        )
        return
    for line in [*mapping_lines(read), *(wrapped(f"note: {note}", 2) for note in read.notes)]:
        say(line, quiet=quiet)
    shown = ", ".join(
        counted(size, name.rstrip("s").replace("_", " ")) for name, size in sizes.items()
    )
    say(f"{output}: {form.value}, {shown}", quiet=quiet)


def _format_of(output: Path) -> LogFormat:
    """Return the format that a name ends with; a name that says none is refused."""
    from o2c_sim.errors import Problem, UsageError

    found = _BY_ENDING.get(output.suffix.lower())
    if found is None:
        raise UsageError(
            Problem(
                "its name does not say which format is wanted",
                where=str(output),
                allowed="--to "
                + ", ".join(form.value for form in LogFormat)
                + ", or a name that ends with "
                + ", ".join(_BY_ENDING),
            )
        )
    return found
