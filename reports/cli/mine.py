"""``o2c mine``: what happens in a real log, how long it takes, whether the data are sound."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import emit, plain, say, working
from reports.cli.faults import FOR_REPORTS, require, verb

if TYPE_CHECKING:
    from mining.analysis import Analysis
    from mining.read import ReadLog
    from mining.views import Views
    from reports.cli.reading import Run


@verb
def mine(
    log: Annotated[
        Path,
        typer.Argument(
            help="CSV, TSV, Excel, XES, OCEL 2.0 (JSON, XML, SQLite), Parquet, .gz of these, a "
            "run, a list of invoices, or a folder of SAP tables."
        ),
    ],
    output: options.Output = None,
    noise: Annotated[
        float,
        typer.Option(min=0, max=1, help="What the discovered model leaves out, 0 to 1."),
    ] = 0.2,
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
    segment: Annotated[
        str | None,
        typer.Option(help="Show the cases of each value of this attribute beside each other."),
    ] = None,
    monthly: Annotated[
        bool,
        typer.Option("--monthly", help="Measure the KPIs of each month, too (--json, --output)."),
    ] = False,
    sheet: options.Sheet = None,
    invoice_columns: options.InvoiceColumns = None,
    mapping_file: options.MappingFile = None,
    write_mapping: options.WriteMapping = None,
    zone: options.Zone = "UTC",
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Read a log and show what happens in it.

    Prints the quality of the data, variants, throughput times, where time goes and the KPIs the
    log carries; with --output also writes an HTML report with the process map, the tables as CSV
    and a discovered model as BPMN and PNML.

    o2c mine log.csv --output findings
    """
    from mining.views import views
    from o2c_sim.atomic import new_folder
    from reports.cli.filtering import narrowed
    from reports.cli.places import ready_folder
    from reports.cli.reading import mapping_lines, read_for, run_of
    from reports.cli.views import view_document, write_views

    ready_folder(output, force=force, inputs=(log,))
    if output is not None:
        require("pm4py", *FOR_REPORTS)
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
        read = narrowed(read, chosen, filters)
    listed = None
    if read.invoice_columns is not None:
        from reports.cli import invoices

        listed = invoices.listed(read, output)
        if read.log.events.is_empty():
            invoices.show(listed, read, quiet=quiet, as_json=json_output)
            return
    with working("analysing", quiet=quiet):
        run = run_of(log)
        found = analysed(read, chosen, run)
        seen = views(read.log, chosen, segment, monthly=monthly, recorded=read.recorded)
    currency = run.currency if run is not None else ""
    if output is not None:
        from mining.discovery import discover_petri_net, write_bpmn, write_pnml
        from mining.heuristics import discover_heuristics
        from mining.write.dfg import write_dfg
        from reports.cli.log_page import page_of_log
        from reports.documents.html import html
        from reports.documents.model_pictures import discovered_text, model_blocks

        with working("writing the report", quiet=quiet), new_folder(output, replace=force) as aside:
            cases = read.log.flatten(chosen)
            model = discover_petri_net(cases, noise)
            write_pnml(model, aside / "model.pnml")
            write_bpmn(model, aside / "model.bpmn")
            heuristics = discover_heuristics(cases)
            write_pnml(heuristics, aside / "heuristics.pnml")
            write_dfg(found.graph, aside / "model.dfg")
            drawn = model_blocks(model, discovered_text(noise))
            page = page_of_log(
                log, read, chosen, found,
                views=seen, model=drawn, currency=currency, findings=() if filters else None,
            )  # fmt: skip
            (aside / "report.html").write_text(html(page), encoding="utf-8")
            _write_tables(found, aside, view_document(seen))
            write_views(seen, aside)
    if json_output:
        more = {} if listed is None else {"invoices": invoices.document(listed)}
        result = {**document(found), **view_document(seen), **more}
        emit("mine", {**result, "output": str(output) if output else None})
        return
    above = [] if listed is None else [*invoices.lines(listed), ""]
    for line in [*mapping_lines(read), *above, *_lines(found, currency, seen)]:
        say(line, quiet=quiet)
    if output is not None:
        say(f"report: {output / 'report.html'}", quiet=quiet)


def analysed(read: ReadLog, case_type: str, run: Run | None) -> Analysis:
    """Return the analysis of a log; a simulated run is measured as its own verb measures it."""
    from mining.analysis import analyse
    from o2c_sim import vocabulary as v

    if run is None or case_type != v.ORDER:
        return analyse(read, case_type)
    return analyse(read, case_type, period=run.period, recorded=v.ACTIVITIES)


def document(found: Analysis) -> dict[str, Any]:
    """Return an analysis as JSON-ready data."""
    return {
        "source": found.source,
        "case_type": found.case_type,
        "zone": found.zone,
        "notes": found.notes,
        "quality": dataclasses.asdict(found.quality),
        "throughput_hours": dataclasses.asdict(found.throughput),
        "kpis": found.kpis,
        "kpis_unsupported": found.unsupported,
        "kpi_period": [found.period.first, found.period.end] if found.period else None,
        "variants": found.variants.height,
        "top_variants": found.variants.head(20).to_dicts(),
        "directly_follows": found.graph.edges.to_dicts(),
        "activities": found.graph.activities.to_dicts(),
        "start_activities": found.graph.starts.to_dicts(),
        "end_activities": found.graph.ends.to_dicts(),
    }


def _lines(found: Analysis, currency: str, seen: Views) -> list[str]:
    from reports.cli.tables import counted, kpi_table, variant_table, wrapped
    from reports.number_text import duration_text

    quality, times = found.quality, found.throughput
    sizes = (
        counted(quality.events, "event"),
        f"{counted(quality.cases, 'case')} ({found.case_type})",
        counted(quality.activities, "activity", "activities"),
        counted(found.variants.height, "variant"),
    )
    lines = [
        found.source,
        wrapped(f"{', '.join(sizes)}, {quality.first:%Y-%m-%d} to {quality.last:%Y-%m-%d} UTC"),
        f"from first to last event of a case: mean {duration_text(times.mean)}, median "
        f"{duration_text(times.median)}, p90 {duration_text(times.p90)}",
        "",
        f"data quality, clock of {found.zone}:",
        *(wrapped(f"  {f.severity}: {f.message}", 4) for f in quality.findings),
        *(wrapped(f"  note: {note}", 4) for note in found.notes),
        *(() if quality.findings or found.notes else ("  nothing found",)),
        "",
        variant_table(found.variants),
    ]
    from reports.cli.kpis import missing_lines
    from reports.cli.views import view_lines
    from reports.documents.log_report import kpi_scope

    lines += view_lines(seen, currency)
    if not found.kpis:
        return lines
    lines += ["", wrapped(kpi_scope(found, " (--zone)")), kpi_table(found.kpis, currency)]
    if "invoice_to_cash_mean_days" not in found.kpis and "dso_simple_days" not in found.kpis:
        lines.append(
            wrapped(
                "DSO, days late and receivables need invoices: SAP tables, a list of invoices, or "
                "an OCEL 2.0 log with type 'invoice'."
            )
        )
    missing = missing_lines(found.unsupported)
    return [*lines, "", *missing] if missing else lines


def _write_tables(found: Analysis, folder: Path, more: Mapping[str, Any]) -> None:
    import polars as pl

    from reports.table_file import write_table

    flat = found.variants.with_columns(pl.col("activities").list.join(" > "))
    write_table(flat, folder / "variants.csv")
    write_table(found.graph.edges, folder / "directly_follows.csv")
    write_table(found.graph.activities, folder / "activities.csv")
    text = json.dumps(plain({**document(found), **more}), indent=1, default=str, allow_nan=False)
    (folder / "analysis.json").write_text(text + "\n", encoding="utf-8")
