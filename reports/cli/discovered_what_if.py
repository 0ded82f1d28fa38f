"""``o2c what-if``: a change of a discovered process, compared with the process as it is."""

from __future__ import annotations

import json
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import (
    DOCUMENT_FORMAT,
    command_line,
    emit,
    plain,
    progress,
    say,
    working,
)
from reports.cli.faults import require, verb

if TYPE_CHECKING:
    from o2c_sim.discovered.model import DiscoveredModel
    from o2c_sim.discovered.weeks import Week
    from scenarios.comparison import MetricDifference
    from scenarios.discovered_comparison import DiscoveredComparison, Measure

_DEFAULT_CASES = 1_000
_RESULT = "what-if.json"
_SETTINGS = (
    ("pools.NAME.capacity", "tasks at the same time"),
    ("pools.NAME.week", "'always' or 'mon-fri 09:00-17:00; sat 09:00-12:00', UTC"),
    ("arrivals.factor", "how many times as many cases arrive"),
    ("activities.NAME.work_factor", "by how much its work is multiplied"),
    ("activities.NAME.delay_factor", "the same of the waiting that no queue explains"),
    ("activities.NAME.automated_share", "share of its steps that a robot does"),
    ("activities.NAME.automated_minutes", "what the robot takes for one; 1 by default (assumed)"),
    ("activities.NAME.leave_out_share", "share of its steps that are not done"),
    ("activities.NAME.weight_factor", "how many times as likely cases are that do it"),
    ("activities.NAME.repetition_factor", "the same of cases that do it more than once"),
)


@verb
def what_if(
    model: Annotated[
        Path, typer.Argument(help="Folder of a discovered process (o2c calibrate --discovered).")
    ],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="What is otherwise; repeatable. Without any, the paths are listed.",
        ),
    ] = None,
    replications: options.Replications = 20,
    cases: Annotated[
        int | None,
        typer.Option(
            "--cases",
            min=20,
            max=10_000_000,
            help="Cases of each run; the first fifth is not measured.",
            show_default=f"as many as were observed, {_DEFAULT_CASES:,} at most",
        ),
    ] = None,
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="Of all intervals and verdicts.")
    ] = 0.95,
    seed: options.Seed = 1,
    output: options.Output = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Change a discovered process and compare it with the process as it is.

    Both are run with the same arrivals and luck, so the differences are paired. What can be set:
    capacity and week of a pool, the number of arrivals; of an activity its work_factor,
    delay_factor, weight_factor and repetition_factor (how likely cases are that do it, or do it
    again), its automated_share (in automated_minutes) and its leave_out_share. With --output,
    writes what-if.json, the changed process as a folder of its own (model) and what it does as a
    diagram (model.bpmn).

    o2c what-if discovered

    o2c what-if discovered --set arrivals.factor=1.2 --replications 5
    """
    from o2c_sim import Problem, UsageError
    from o2c_sim.discovered.files import load
    from reports.cli.places import ready_folder
    from reports.cli.settings import parse_settings
    from scenarios.discovered_comparison import FEWEST_CASES, compare_discovered
    from scenarios.discovered_settings import with_settings

    chosen = parse_settings(settings or [])
    ready_folder(output, force=force, inputs=(model,))
    if output is not None:
        require("pm4py")
    baseline = load(model)
    if not chosen:
        if output is not None:
            raise UsageError(Problem("--output without a change", suggestion="--set PATH=VALUE"))
        if json_output:
            emit("what-if", _contents(baseline))
        else:
            for line in _content_lines(baseline):
                say(line, quiet=quiet)
        return
    changed = with_settings(baseline, chosen)
    if cases is None:
        cases = max(FEWEST_CASES, min(_DEFAULT_CASES, baseline.histories.cases))
    with progress("simulating", quiet=quiet or json_output) as step:
        found = compare_discovered(
            baseline,
            changed,
            cases=cases,
            replications=replications,
            seed=seed,
            confidence=confidence,
            step=step,
        )
    document = _document(baseline, chosen, found, output)
    if output is not None:
        with working("writing", quiet=quiet or json_output):
            _write(document, changed, output, force=force)
    if json_output:
        emit("what-if", document)
        return
    for line in _lines(baseline, chosen, found):
        say(line, quiet=quiet)
    if output is not None:
        say(f"written: {output / _RESULT}", quiet=quiet)


def _write(
    document: dict[str, Any], changed: DiscoveredModel, output: Path, *, force: bool
) -> None:
    """Write the result, the changed process, and its diagram."""
    from mining.discovered.skeleton import skeleton
    from mining.discovery import write_bpmn
    from o2c_sim.atomic import new_folder
    from o2c_sim.discovered.files import save

    with new_folder(output, replace=force) as aside:
        save(changed, aside / "model")
        write_bpmn(skeleton(changed), aside / "model.bpmn")
        whole = {"format": DOCUMENT_FORMAT, "command": "what-if", "result": plain(document)}
        text = json.dumps(whole, indent=1, allow_nan=False, default=str)
        (aside / _RESULT).write_text(text + "\n", encoding="utf-8")


def _contents(model: DiscoveredModel) -> dict[str, Any]:
    from o2c_sim.discovered.document import facts
    from o2c_sim.discovered.week_text import week_as_line

    return {
        "model": model.name,
        "source": model.source,
        "cases": model.histories.cases,
        "arrivals_per_week": model.arrivals.per_week,
        "pools": {
            pool.name: {
                "capacity": pool.capacity,
                "week": week_as_line(pool.week),
                "resources": pool.resources,
            }
            for pool in model.pools
        },
        "activities": {
            name: part.model_dump(exclude={"work_factor", "delay_factor"})
            for name, part in facts(model.histories, model.activities).items()
        },
    }


def _content_lines(model: DiscoveredModel) -> list[str]:
    """Return what can be set, and of what."""
    from o2c_sim.discovered.model import UNLIMITED
    from o2c_sim.discovered.week_text import week_as_line
    from reports.cli.tables import text_table, wrapped
    from reports.number_text import duration_text

    told = _contents(model)
    arrivals = f"{told['cases']:,} cases observed, {told['arrivals_per_week']:.1f} arrive a week"
    pools = [
        (
            pool.name,
            "no limit" if pool.capacity >= UNLIMITED else f"{pool.capacity:,}",
            f"{len(pool.resources):,}",
            week_as_line(_whole_minutes(pool.week)),
        )
        for pool in model.pools
    ]
    activities = [
        (
            name,
            f"{part['steps']:,}",
            f"{part['cases']:,}",
            duration_text(part["median_work_hours"]),
            duration_text(part["median_delay_hours"]),
        )
        for name, part in told["activities"].items()
    ]
    lines = [wrapped(f"{model.name}: {arrivals}"), ""]
    if pools:
        lines += [text_table(("pool", "capacity", "names", "week"), pools, "lrrl"), ""]
    head = ("activity", "steps", "cases", "median work", "median delay")
    return [
        *lines,
        text_table(head, activities),
        "",
        text_table(("--set PATH=VALUE", "meaning"), _SETTINGS, "ll"),
    ]


def _whole_minutes(week: Week) -> Week:
    """Return hours for people: rounded outwards, as far as the next ones."""
    return tuple((floor(opens * 60) / 60, ceil(closes * 60) / 60) for opens, closes in week)


def _document(
    model: DiscoveredModel,
    settings: dict[str, Any],
    found: DiscoveredComparison,
    output: Path | None,
) -> dict[str, Any]:
    from reports.cli.searching import estimate_document

    return {
        "model": model.name,
        "source": model.source,
        "settings": settings,
        "cases": found.cases,
        "warm_up_cases": found.warm_up_cases,
        "replications": found.replications,
        "seed": found.seed,
        "confidence": found.confidence,
        "measures": [
            {
                "measure": measure.key,
                "label": measure.label,
                "unit": measure.unit,
                "baseline": estimate_document(one.baseline),
                "changed": estimate_document(one.scenario),
                "difference": estimate_document(one.difference),
                "relative_pct": None
                if one.relative_pct is None
                else estimate_document(one.relative_pct),
                "adjusted_p": one.adjusted_p,
                "detected": one.detected,
                "detectable": one.detectable,
                "verdict": _verdict(measure, one),
            }
            for measure, one in zip(found.measures, found.differences, strict=True)
        ],
        "warnings": found.warnings,
        "reproduce": command_line(),
        "output": str(output) if output else None,
    }


def _verdict(measure: Measure, difference: MetricDifference) -> str:
    from mining.kpi_definition import KpiDefinition
    from reports.answer import verdict

    definition = KpiDefinition(measure.key, measure.label, measure.unit, "", "", "", measure.better)
    return verdict(difference, definition)


def _lines(
    model: DiscoveredModel, settings: dict[str, Any], found: DiscoveredComparison
) -> list[str]:
    from reports.answer import UNCORRECTED, UNDETECTED, UNKNOWN, estimate_text, signed_text
    from reports.cli.tables import text_table, wrapped

    brief = {UNDETECTED: "-", UNCORRECTED: "unsure", UNKNOWN: "n/a"}
    rows = []
    for measure, one in zip(found.measures, found.differences, strict=True):
        change, span = signed_text(one.difference, measure.unit)
        told = _verdict(measure, one)
        rows.append(
            (
                measure.label,
                estimate_text(one.baseline, measure.unit)[0],
                estimate_text(one.scenario, measure.unit)[0],
                change,
                span,
                brief.get(told, told),
            )
        )
    changes = ", ".join(f"{path}={value}" for path, value in settings.items())
    head = ("figure", "as it is", "changed", "change", f"{100 * found.confidence:g} %", "verdict")
    measured = (
        f"{found.replications} runs of {found.cases:,} cases each, the first "
        f"{found.warm_up_cases:,} not measured; verdict: - no detectable difference; unsure: not "
        "detected after Holm's correction"
    )
    return [
        wrapped(f"{model.name}: {changes}"),
        "",
        text_table(head, rows, "lrrrrl"),
        "",
        wrapped(measured),
        *(wrapped(f"warning: {text}", 2) for text in found.warnings),
    ]
