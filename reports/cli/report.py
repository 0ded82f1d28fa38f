"""``o2c report``: a page from a comparison, a run or a log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reports.cli import options
from reports.cli.console import command_line, emit, say, working
from reports.cli.faults import FOR_REPORTS, require, verb


@verb
def report(
    source: Annotated[
        Path, typer.Argument(help="A comparison (folder or comparison.json), a run, or a log.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path(
        "report.html"
    ),
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
    zone: options.Zone = "UTC",
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Write one self-contained HTML page about a comparison, a run or a log.

    o2c report result --output result.html
    """
    from o2c_sim.atomic import new_file
    from reports.cli.places import ready_file

    ready_file(output, force=force, inputs=(source,))
    require(*FOR_REPORTS)
    file = source / "comparison.json" if source.is_dir() else source
    with working("writing the report", quiet=quiet):
        if file.is_file() and _is_comparison(file):
            from reports.documents.comparison_html import comparison_html
            from scenarios.result_file import read_comparison

            kind, page = "comparison", comparison_html(read_comparison(file))
        else:
            from reports.cli.mine import analysed, as_report
            from reports.cli.reading import read_for, run_of
            from reports.documents.log_html import log_html

            read, chosen = read_for(
                source,
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
            )
            run = run_of(source)
            found = analysed(read, chosen, run)
            currency = run.currency if run is not None else ""
            kind, page = "log", log_html(as_report(found, command_line(), currency=currency))
        with new_file(output, replace=force) as aside:
            aside.write_text(page, encoding="utf-8")
    if json_output:
        emit("report", {"kind": kind, "output": str(output)})
    else:
        say(f"report: {output}", quiet=quiet)


def _is_comparison(file: Path) -> bool:
    if file.name == "comparison.json":
        return True
    with file.open("rb") as opened:
        return b'"o2c-comparison/' in opened.read(200)
