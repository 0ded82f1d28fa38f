"""``o2c diff``: what tells two logs apart, and what of it is more than chance."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import command_line, emit, plain, say, working
from reports.cli.faults import FOR_REPORTS, require, verb

if TYPE_CHECKING:
    from mining.log_comparison import LogComparison, MeasuredLog
    from reports.cli.examined import Examined


class Names(StrEnum):
    """By what names activities are compared."""

    OWN = "own"
    REFERENCE = "reference"


@verb
def diff(
    first: Annotated[Path, typer.Argument(help="A log: before, or the real one; see o2c mine.")],
    second: Annotated[Path, typer.Argument(help="The other: after, or the simulated one.")],
    output: options.Output = None,
    names: Annotated[
        Names,
        typer.Option(
            help="own compares activities by the names in the logs, reference by those of the "
            "reference vocabulary, for logs of different systems."
        ),
    ] = Names.OWN,
    cluster: Annotated[
        str,
        typer.Option(
            help="Object type or attribute whose cases hang together, for honest intervals; none "
            "takes every case for itself. A log without it is taken so, too."
        ),
    ] = "customer",
    resamples: Annotated[
        int, typer.Option(min=100, max=100_000, help="Of the bootstrap, for the intervals.")
    ] = 500,
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Of the intervals and tests.")
    ] = 0.95,
    seed: options.Seed = 1,
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
    """Compare two logs: real with real, real with simulated, before with after.

    Prints which activities, arcs and variants are more or less frequent, which steps take longer,
    the KPIs with the interval of their difference, and the published distances. Differences are
    second minus first. Flags that name columns hold for both logs.

    o2c diff before.csv after.csv

    o2c diff before.csv after.csv --names reference --output difference
    """
    from mining.log_comparison import compare_logs
    from o2c_sim.atomic import new_folder
    from reports.cli.examined import examined
    from reports.cli.places import ready_folder
    from reports.cli.reading import run_of

    ready_folder(output, force=force, inputs=(first, second))
    if output is not None:
        require(*FOR_REPORTS)
    columns: dict[str, Any] = {
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
    }
    said, logs, known = [], [], []
    with working("reading", quiet=quiet):
        for path in (first, second):
            one = examined(path, zone, filters=filters, **columns)
            said += [f"{path.name}:", *one.said] if one.said else []
            logs.append(measured(one.read.log, one.case_type, run_of(path), names, cluster))
            known.append(one)
    with working("comparing", quiet=quiet):
        found = compare_logs(
            logs[0], logs[1], resamples=resamples, seed=seed, confidence=confidence
        )
    if output is not None:
        with working("writing", quiet=quiet), new_folder(output, replace=force) as aside:
            _write(found, logs, known, aside, seed)
    if json_output:
        emit("diff", {**document(found), **_data(known), "output": str(output) if output else None})
        return
    from reports.cli.diff_tables import lines

    for line in [*said, *lines(found)]:
        say(line, quiet=quiet)
    if output is not None:
        say(f"report: {output / 'difference.html'}", quiet=quiet)


def measured(log: Any, case_type: str, run: Any, names: Names, cluster: str) -> MeasuredLog:
    """Return a log ready to be compared; a simulated run keeps to its measured period."""
    from mining.analysis import in_reference_names
    from mining.log_comparison import MeasuredLog
    from o2c_sim import vocabulary as v

    simulated = run is not None and case_type == v.ORDER
    return MeasuredLog(
        log=in_reference_names(log) if names is Names.REFERENCE else log,
        case_type=case_type,
        period=run.period if simulated else None,
        recorded=v.ACTIVITIES if simulated else None,
        cluster=None if cluster == "none" else cluster,
    )


def document(found: LogComparison) -> dict[str, Any]:
    """Return a comparison as JSON-ready data."""
    import dataclasses

    tables = ("activities", "arcs", "variants", "lags", "kpis", "distances")
    return {
        "first": dataclasses.asdict(found.first),
        "second": dataclasses.asdict(found.second),
        "confidence": found.confidence,
        "notes": found.notes,
        "throughput_hours": {k: dataclasses.asdict(v) for k, v in found.throughput.items()},
        **{name: getattr(found, name).to_dicts() for name in tables},
    }


def _data(known: list[Examined]) -> dict[str, Any]:
    """Return what the linter finds in each log, as JSON-ready data."""
    sides = dict(zip(("first", "second"), known, strict=True))
    return {"data_findings": {side: one.documents for side, one in sides.items()}}


def _write(
    found: LogComparison, logs: list[MeasuredLog], known: list[Examined], folder: Path, seed: int
) -> None:
    import dataclasses

    import polars as pl

    from mining.performance import directly_follows
    from reports.documents.html import html
    from reports.documents.log_difference_document import log_difference_document
    from reports.table_file import write_table

    variants = found.variants.with_columns(pl.col("activities").list.join(" > "))
    write_table(variants, folder / "variants.csv")
    for name in ("activities", "arcs", "lags", "kpis", "distances"):
        write_table(getattr(found, name), folder / f"{name}.csv")
    text = json.dumps(
        plain({**document(found), **_data(known)}), indent=1, default=str, allow_nan=False
    )
    (folder / "difference.json").write_text(text + "\n", encoding="utf-8")
    serious = [
        f"{Path(one.read.log.source).name}: {finding.message}. Spoils {finding.spoils}."
        for one in known
        for finding in one.findings
        if finding.severity == "serious"
    ]
    found = dataclasses.replace(found, notes=(*found.notes, *serious))
    graphs = [directly_follows(one.log.flatten(one.case_type)) for one in logs]
    page = log_difference_document(found, graphs[0], graphs[1], command=command_line(), seed=seed)
    (folder / "difference.html").write_text(html(page), encoding="utf-8")
