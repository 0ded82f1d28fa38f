"""``o2c report``: a page from a comparison, a run or a log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reports.cli import options
from reports.cli.console import command_line, emit, say, verb, working


@verb
def report(
    source: Annotated[
        Path, typer.Argument(help="A comparison (folder or comparison.json), a run, or a log.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path(
        "report.html"
    ),
    zone: options.Zone = "UTC",
    case_type: options.CaseType = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Write one self-contained HTML page about a comparison, a run or a log.

    o2c report result --output result.html
    """
    from o2c_sim.atomic import new_file, refuse_existing

    if not force:
        refuse_existing(output)
    file = source / "comparison.json" if source.is_dir() else source
    with working("writing the report", quiet=quiet):
        if file.name.endswith(".json") and file.is_file() and _is_comparison(file):
            from reports.documents.comparison_html import comparison_html
            from scenarios.result_file import read_comparison

            kind, page = "comparison", comparison_html(read_comparison(file))
        else:
            from mining.analysis import analyse
            from reports.cli.mine import as_report
            from reports.cli.reading import read_for
            from reports.documents.log_html import log_html

            read, chosen = read_for(source, zone, case_type=case_type)
            kind, page = "log", log_html(as_report(analyse(read, chosen), command_line()))
        with new_file(output, replace=force) as aside:
            aside.write_text(page, encoding="utf-8")
    if json_output:
        emit("report", {"kind": kind, "output": str(output)})
    else:
        say(f"report: {output}", quiet=quiet)


def _is_comparison(file: Path) -> bool:
    from scenarios.result_file import FORMAT

    with file.open(encoding="utf-8", errors="replace") as opened:
        return FORMAT in opened.read(200)
