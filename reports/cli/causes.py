"""``o2c causes``: which attributes of cases go with delay, lateness, deviation or rework."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.check import Grain
from reports.cli.console import emit, plain, say, working
from reports.cli.faults import require, verb
from reports.cli.prices import COST_OF_CAPITAL

if TYPE_CHECKING:
    from mining.root_causes import Finding, RootCauses


@verb
def causes(
    log: Annotated[Path, typer.Argument(help="A log; see o2c mine.")],
    of: Annotated[
        str,
        typer.Option(
            help="delay (days a case takes), late (after its promised or due date, or over "
            "--limit-days), deviation (from the normative model), rework, an activity, 'A > B' "
            "(days between two activities) or attribute=value."
        ),
    ] = "delay",
    limit_days: Annotated[
        float | None,
        typer.Option(min=0, help="For late: more days, first to last event."),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", help="Attribute to test; repeatable. All by default."),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without", help="Attribute to leave out, such as one the outcome sets; repeatable."
        ),
    ] = None,
    value: Annotated[
        str | None,
        typer.Option("--value", help="Attribute with the value of a case, for the cash at stake."),
    ] = None,
    cluster: Annotated[
        str, typer.Option(help="What hangs together, as in o2c diff; or none.")
    ] = "customer",
    min_cases: Annotated[
        int, typer.Option(min=2, help="Cases that must have a value for it to be tested.")
    ] = 30,
    false_discovery: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="Share of false findings to accept.")
    ] = 0.05,
    cost_of_capital: Annotated[
        float, typer.Option(min=0, max=1, help="Per year, to price cash tied up, as in o2c check.")
    ] = COST_OF_CAPITAL,
    grain: Annotated[Grain, typer.Option(help="For deviation, as in o2c check.")] = Grain.INSTANT,
    top: Annotated[int, typer.Option(min=1, help="Findings to print.")] = 10,
    output: options.Output = None,
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
    write_mapping: options.WriteMapping = None,
    zone: options.Zone = "UTC",
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Find which attributes of cases go with an outcome, and doubt what was found.

    Each value of each attribute is tested; of the findings it says the size with its interval, the
    cash at stake, and what is left of it among cases alike in another attribute.

    o2c causes log.csv --of delay

    o2c causes log.csv --of rework --output causes
    """
    from mining.root_causes import find_causes, outcome_of
    from o2c_sim.atomic import new_folder
    from reports.cli.examined import examined
    from reports.cli.places import ready_folder

    ready_folder(output, force=force, inputs=(log,))
    if of == "deviation":
        require("pm4py")
    with working("reading", quiet=quiet):
        known = examined(
            log,
            zone,
            filters=filters,
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
    read, chosen = known.read, known.case_type
    with working("testing", quiet=quiet):
        outcome = outcome_of(read.log, chosen, of, limit_days=limit_days, grain=grain.value)
        found = find_causes(
            read.log,
            chosen,
            outcome,
            by=by or (),
            without=without or (),
            value=value,
            cluster=None if cluster == "none" else cluster,
            min_cases=min_cases,
            false_discovery=false_discovery,
        )
    result = {
        **document(found, read.log.source, false_discovery, cost_of_capital),
        "data_findings": known.documents,
        "data_notes": read.notes,
    }
    if output is not None:
        with new_folder(output, replace=force) as aside:
            _write(found, result, aside)
    if json_output:
        emit("causes", {**result, "output": str(output) if output else None})
        return
    for line in known.said:
        say(line, quiet=quiet)
    for line in lines(found, false_discovery, cost_of_capital, top):
        say(line, quiet=quiet)
    if output is not None:
        say(f"written to {output}", quiet=quiet)


def document(
    found: RootCauses, source: str, false_discovery: float, cost_of_capital: float
) -> dict[str, Any]:
    """Return the findings as JSON-ready data."""
    return {
        "source": source,
        "outcome": found.outcome.name,
        "meaning": found.outcome.meaning,
        "unit": found.outcome.unit,
        "cases": found.cases,
        "level": found.level,
        "tested": found.tested,
        "attributes": found.attributes,
        "false_discovery": false_discovery,
        "cost_of_capital": cost_of_capital,
        "value_attribute": found.value_attribute,
        "notes": found.notes,
        "findings": [
            {
                "attribute": f.attribute,
                "value": f.value,
                **dataclasses.asdict(f.effect),
                "adjusted_p_value": f.adjusted_p_value,
                "excess": f.excess,
                "cash": f.cash,
                "clusters": f.clusters,
                "explained_by": f.explained_by,
                "within_others": [
                    {**dataclasses.asdict(doubt), "in_words": str(doubt)} for doubt in f.doubts
                ],
            }
            for f in found.findings
        ],
    }


def lines(found: RootCauses, false_discovery: float, cost_of_capital: float, top: int) -> list[str]:
    """Return the findings as lines of text."""
    from reports.cli.tables import wrapped

    days = found.outcome.unit == "days"
    level = f"{found.level:.1f} days on average" if days else f"{found.level:.1%} of the cases"
    more = [f for f in found.findings if f.effect.difference > 0]
    fewer = [f for f in reversed(found.findings) if f.effect.difference <= 0]
    said = [
        wrapped(f"{found.outcome.name}: {found.outcome.meaning}; {level} ({found.cases:,} cases)"),
        wrapped(
            f"{found.tested} values of {len(found.attributes)} attributes tested, "
            f"{len(found.findings)} found"
            + (
                f"; of these about {false_discovery:.0%} may be false (Benjamini-Hochberg)"
                if found.findings
                else ""
            )
        ),
        *(wrapped(f"note: {note}", 6) for note in found.notes),
    ]
    for title, some in (("more", more), ("less", fewer)):
        if some:
            said += ["", f"with {title} of it, the largest in all first ({len(some)}):"]
        for finding in some[: top if title == "more" else max(top // 3, 1)]:
            said += _finding(finding, found, cost_of_capital)
    if not found.findings:
        said += ["", "nothing found: no attribute goes with it by more than chance"]
    return said


def _finding(finding: Finding, found: RootCauses, cost_of_capital: float) -> list[str]:
    from reports.cli.tables import counted, wrapped

    e, days = finding.effect, found.outcome.unit == "days"
    if days:
        size = (
            f"{e.level:.1f} days against {e.other_level:.1f}: {e.difference:+.1f} ({e.low:+.1f} to "
            f"{e.high:+.1f}); medians {e.median:.1f} and {e.other_median:.1f}"
        )
        if e.low <= 0 <= e.high:
            size += "; ranks differ, the means may not"
        stake = f"{finding.excess:+,.0f} case-days"
    else:
        ratio = f", {e.ratio:.2f} times ({e.ratio_low:.2f} to {e.ratio_high:.2f})"
        size = (
            f"{e.level:.1%} against {e.other_level:.1%}: {100 * e.difference:+.1f} points "
            f"({100 * e.low:+.1f} to {100 * e.high:+.1f})"
        ) + (ratio if math.isfinite(e.ratio) else "")
        stake = f"{finding.excess:+,.0f} cases"
    if not math.isnan(finding.cash):
        stake += (
            f", {finding.cash:+,.0f} tied up on average, that is "
            f"{finding.cash * cost_of_capital:+,.0f} a year at {cost_of_capital:.0%}"
            if days
            else f", of a value of {finding.cash:+,.0f}"
        )
    of = f" of {counted(finding.clusters, 'cluster')}" if finding.clusters < e.cases else ""
    said = [
        wrapped(f"  {finding.attribute} = {finding.value} ({counted(e.cases, 'case')}{of})", 4),
        wrapped(f"    {size}", 4),
        wrapped(f"    at stake: {stake}", 4),
    ]
    strong = [d for d in finding.doubts if not d.separable or d.gone >= 0.2 or d.explained]
    if strong:
        said.append(wrapped(f"    but: {'; '.join(map(str, strong))}", 9))
    elif finding.doubts:
        said.append("    holds within the same value of every other attribute")
    return said


def _write(found: RootCauses, result: dict[str, Any], folder: Path) -> None:
    import polars as pl

    from reports.table_file import write_table

    text = json.dumps(plain(result), indent=1, allow_nan=False, default=str)
    (folder / "causes.json").write_text(text + "\n", encoding="utf-8")
    rows = []
    for row in result["findings"]:
        words = "; ".join(one["in_words"] for one in row["within_others"])
        rows.append({**row, "within_others": words})
    write_table(pl.DataFrame(rows, infer_schema_length=None), folder / "findings.csv")
