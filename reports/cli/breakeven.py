"""``o2c breakeven``: what a setting must be for a KPI to reach a target."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options, searching
from reports.cli.faults import verb

if TYPE_CHECKING:
    from scenarios.search.break_even import BreakEven
    from scenarios.search.target import Target

# KPIs that payment terms bound: work on late payment and disputes cannot get below them.
_BOUND_BY_TERMS = ("order_to_cash", "invoice_to_cash", "invoice_to_payment", "cash_tied_up", "dso")
_TERMS = "terms_share"
_HEAD = 30


@verb
def breakeven(
    subject: searching.Subject,
    kpi: Annotated[str, typer.Option("--kpi", metavar="KPI", help="The KPI with a target.")],
    target: Annotated[
        str,
        typer.Option(
            "--target",
            metavar="CHANGE",
            help="'-40 %' of today's mean, '-2.5' or '+2.5' in the KPI's unit, or '= 3.0'.",
        ),
    ],
    lever: Annotated[
        str | None,
        typer.Option(
            "--lever",
            metavar="NAME=LOW:HIGH",
            help="Search along one lever or parameter; a scenario's other settings hold all along "
            "it. By default the whole scenario is scaled.",
        ),
    ] = None,
    precision: Annotated[
        float,
        typer.Option(
            min=0.001, max=0.5, help="Half-width of the interval, as a share of the range."
        ),
    ] = 0.02,
    budget: Annotated[int, typer.Option(min=18, max=1_000_000, help="Runs at most.")] = 400,
    company: searching.Company = None,
    overrides: options.Overrides = None,
    output: options.Output = None,
    replications: options.Replications = 10,
    confidence: searching.Confidence = 0.95,
    seed: options.Seed = 1,
    workers: options.Workers = None,
    warm_up: options.WarmUp = 150,
    days: options.Days = 180,
    cool_down: options.CoolDown = 120,
    executor: options.Executor = "local",
    scheduler: options.Scheduler = None,
    store: options.StoreFolder = None,
    no_store: options.NoStore = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Find what it takes for a KPI to reach a target, with an interval for the answer.

    A scenario is scaled from 0 % (the company as it is) to 100 % (as it is written) and, if that
    does not reach the target, beyond, as far as its levers allow. A lever is searched from today's
    end of its range to the other, on top of the scenario if one is named. Replications grow where
    the answer lies.

    o2c breakeven case_a --kpi order_processing_mean_hours --target "-40 %"

    o2c breakeven distributor --lever auto_match_pct=45:95 --kpi automatic_match_share --target +0.1
    """
    from mining.kpis import DEFINITIONS
    from o2c_sim import Problem, ScenarioError, Window
    from reports.cli.places import ready_folder
    from reports.cli.running import known_kpis
    from scenarios.search.break_even import find_break_even
    from scenarios.search.factor import read_factor
    from scenarios.search.line import beyond, factor_line, scenario_line
    from scenarios.search.target import read_target

    known_kpis("--kpi", [kpi])
    wanted = read_target(target)
    model, scenario = searching.load_subject(subject, company, overrides or [])
    ready_folder(output, force=force, inputs=tuple(p for p in (Path(subject),) if p.exists()))
    if lever is not None:
        others = {} if scenario is None else scenario.file.levers | scenario.file.overrides
        line = factor_line(read_factor(lever, model), others)
    elif scenario is not None:
        line = scenario_line(scenario.name, model, scenario.file.levers, scenario.file.overrides)
    else:
        raise ScenarioError(
            Problem("a company alone has nothing to search along", suggestion="--lever")
        )
    bound = kpi.startswith(_BOUND_BY_TERMS)
    experiment = searching.Experiment(
        seed, Window(warm_up, days, cool_down), workers, executor, scheduler, store, no_store,
        quiet or json_output,
    )  # fmt: skip
    experiment.announce(budget, f"{DEFINITIONS[kpi].label}: {wanted}, along {line.label}")
    how: dict[str, Any] = {
        "replications": max(3, replications),
        "confidence": confidence,
        "precision": precision,
    }
    with experiment.evaluation(model, [kpi, *([_TERMS] if bound else [])]) as evaluate:
        found = [find_break_even(evaluate, line, wanted, max_runs=budget, **how)]
        if found[0].status == "not_reachable" and lever is None and scenario is not None:
            farther = beyond(line, evaluate, scenario.file.levers, model)
            left = budget - evaluate.runs
            needed = 6 * how["replications"]
            if farther.end > farther.start and left >= needed:
                found.append(find_break_even(evaluate, farther, wanted, max_runs=left, **how))
            elif farther.end > farther.start:
                evaluate.warnings[
                    f"beyond 100 % nothing was searched, as the budget of {budget} runs does not "
                    f"allow it: --budget {evaluate.runs + 2 * needed} or more"
                ] = 1
        terms = _terms_share(evaluate, found[-1]) if bound else {}
    rows = [
        {
            "value": node.value,
            "replications": node.response.replications,
            "mean": node.response.mean,
            "low": node.response.low,
            "high": node.response.high,
            "change": node.change.mean,
            "change_low": node.change.low,
            "change_high": node.change.high,
            "change_pct": node.change_pct.mean,
            "change_pct_low": node.change_pct.low,
            "change_pct_high": node.change_pct.high,
        }
        for part in found
        for node in part.nodes
    ]
    import polars as pl

    searching.finish(
        "breakeven",
        {
            "company": model.name,
            "currency": model.currency,
            "kpi": kpi,
            "target": str(wanted),
            "searches": [_document(part) for part in found],
            "terms_share": terms,
            "runs": evaluate.runs,
            "places": rows,
            "warnings": evaluate.warnings,
        },
        pl.DataFrame(rows, infer_schema_length=None),
        lambda: [
            *_lines(found, wanted, kpi, model.name, model.currency),
            *_bound_lines(terms),
            *searching.warning_lines(evaluate.warnings, evaluate.runs),
        ],
        output=output,
        force=force,
        quiet=quiet,
        json_output=json_output,
    )


def _terms_share(evaluate: Any, found: BreakEven) -> dict[str, float]:
    """Return the share of the time to cash within payment terms: today, and where it got.

    Of the nearest place that was run, so that it costs no further runs.
    """
    from scenarios.search.watch import TODAY

    place = found.value if found.status == "reached" else found.best.value
    node = min(found.nodes, key=lambda one: abs(one.value - place))
    points = [TODAY, found.line.point(node.value)]
    shares = evaluate(points, range(node.response.replications))[:, :, 1].mean(axis=1)
    return {"today": float(shares[0]), "there": float(shares[1])}


def _document(found: BreakEven) -> dict[str, Any]:
    reached = found.status == "reached"
    return {
        "along": found.line.label,
        "unit": found.line.unit,
        "from": found.line.start,
        "to": found.line.end,
        "status": found.status,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "settings": found.point if reached else {},
        "today": searching.estimate_document(found.today),
        "most": {
            "value": found.best.value,
            "change": searching.estimate_document(found.best.change),
            "change_pct": searching.estimate_document(found.best.change_pct),
        },
        "jump": found.jump,
        "runs": found.runs,
        "replications": found.replications,
        "confidence": found.confidence,
        "warnings": found.warnings,
    }


def _lines(
    found: Sequence[BreakEven], target: Target, kpi: str, company: str, currency: str
) -> list[str]:
    from mining.kpis import DEFINITIONS
    from reports.cli.tables import text_table, wrapped

    label = DEFINITIONS[kpi].label
    today = searching.level_text(found[0].today, kpi, currency)
    lines = [wrapped(f"{company}: {label} is {today} today; wanted: {target}"), ""]
    for part in found:
        lines.append(wrapped(_answer(part, kpi, currency)))
        lines += [wrapped(f"warning: {text}", 2) for text in part.warnings]
    last = found[-1]
    if last.status == "reached" and len(last.point) > 1:
        rows = [(name, searching.value_cell(value)) for name, value in last.point.items()]
        lines += ["", text_table(("setting there", "value"), rows)]
    rows_ = [
        (
            f"{node.value:g} {part.line.unit}".strip(),
            str(node.response.replications),
            searching.level_text(node.response, kpi, currency),
            searching.change_text(node.change, kpi, currency),
            searching.percent_text(node.change_pct),
        )
        for part in found
        for node in part.nodes
    ]
    along = last.line.label if len(last.line.label) <= _HEAD else "value"
    head = (along, "runs", "mean", "change", "of today's mean")
    return [*lines, "", text_table(head, list(dict.fromkeys(rows_)))]


def _answer(found: BreakEven, kpi: str, currency: str) -> str:
    """Return the answer of one search as a sentence."""
    line, unit = found.line, found.line.unit
    if found.status == "reached":
        place = f"{_number(found.value, line.whole)} {unit}".strip()
        how = "jumps over the target at" if found.jump else "reached at"
        span = f"{_number(found.low, line.whole)} to {_number(found.high, line.whole)}"
        confidence = f"{100 * found.confidence:g} % interval"
        return f"{how} {place} ({span}, {confidence}; {line.label}), {found.runs:,} runs"
    if found.status == "already":
        return f"reached already at the start, {line.start:g} {unit} ({line.label})"
    most = (
        f"{searching.percent_text(found.best.change_pct)} of today's mean, "
        f"{searching.change_text(found.best.change, kpi, currency)}, "
        f"at {found.best.value:g} {unit}".rstrip()
    )
    if found.status == "undecided":
        return f"not decided with {found.runs:,} runs ({line.label}): at most {most}"
    where = f"{line.start:g} to {line.end:g} {unit}".strip()
    return f"not reachable along {line.label}, {where}: at most {most}; {found.runs:,} runs"


def _number(value: float, whole: bool) -> str:
    return f"{value:,.0f}" if whole else f"{value:,.3g}"


def _bound_lines(terms: dict[str, float]) -> list[str]:
    """Return how much of the time to cash no lever but the terms themselves can move."""
    from reports.cli.tables import wrapped

    if not terms or terms["today"] != terms["today"]:
        return []
    return [
        "",
        wrapped(
            f"bound: {terms['today']:.0%} of the time from invoice to cash lies within the payment "
            f"terms today, {terms['there']:.0%} there; only the terms themselves move that part"
        ),
    ]
