"""``o2c decompose``: which setting of a scenario moved the result, and what the terms leave."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options, searching
from reports.cli.faults import verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.decomposition import Decomposition

_KPI = "order_to_cash_mean_days"


@verb
def decompose(
    scenario: Annotated[
        str, typer.Argument(help="Scenario YAML file, or a scenario that ships: case_a.")
    ],
    kpi: Annotated[
        list[str] | None,
        typer.Option("--kpi", metavar="KPI", help=f"{_KPI} by default; repeatable."),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            "--group",
            metavar="NAME=SETTING,SETTING",
            help="Settings that count as one part; repeatable.",
        ),
    ] = None,
    company: searching.Company = None,
    overrides: options.Overrides = None,
    output: options.Output = None,
    replications: options.Replications = 5,
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
    """Take the effect of a scenario apart: what each setting did, alone and with the others.

    The effects sum to the whole change (Shapley). Up to six parts every combination is run; beyond
    that a sample of the orders in which the settings could come. With it stands what the payment
    terms leave to be had.

    o2c decompose case_a --kpi order_processing_mean_hours

    o2c decompose case_a --group "capture=electronic_orders_pct,email_auto_capture_pct"
    """
    import polars as pl

    from o2c_sim import Problem, UsageError, Window
    from reports.cli.places import ready_folder
    from reports.cli.running import known_kpis
    from scenarios.decomposition import PAIRS, decomposition_lines, parts_of, settings_of
    from scenarios.decomposition import decompose as taken_apart
    from scenarios.terms_bound import BOUND_KPIS, bound_lines, terms_bound

    keys = known_kpis("--kpi", kpi or [_KPI])
    groups = parse_groups(group or [])
    model, loaded = searching.load_subject(scenario, company, overrides or [])
    if loaded is None:
        raise UsageError(Problem(f"{scenario} is a company", allowed="a scenario"))
    ready_folder(output, force=force, inputs=tuple(p for p in (Path(scenario),) if p.exists()))
    settings = settings_of(loaded)
    parts = len(parts_of(settings, groups))
    if parts < 2:
        raise UsageError(
            Problem(f"{loaded.name} has {parts} part", allowed="a scenario of two or more parts")
        )
    # All combinations; or none and all, each part alone and left out, and those that the sampled
    # orders pass through.
    points = min(2**parts, 2 + 2 * parts + 2 * PAIRS * (parts - 1))
    experiment = searching.Experiment(
        seed, Window(warm_up, days, cool_down), workers, executor, scheduler, store, no_store,
        quiet or json_output,
    )  # fmt: skip
    experiment.announce(
        points * replications, f"{points:,} combinations x {replications} replications at most"
    )
    numbers = range(replications)
    asked = list(dict.fromkeys((*keys, *BOUND_KPIS)))
    with experiment.evaluation(model, asked) as evaluate:
        found = taken_apart(
            evaluate, settings, numbers, groups=groups, seed=seed, confidence=confidence
        )
        today = evaluate([{}], numbers)[0]
    bound = terms_bound(
        [dict(zip(evaluate.responses, row, strict=True)) for row in today.tolist()], confidence
    )
    found = tuple(one for one in found if one.response in keys)
    searching.finish(
        "decompose",
        {
            "company": model.name,
            "currency": model.currency,
            "scenario": loaded.name,
            "runs": evaluate.runs,
            "replications": replications,
            "confidence": confidence,
            "decompositions": [asdict(one) for one in found],
            "terms_bound": asdict(bound),
            "warnings": evaluate.warnings,
        },
        pl.DataFrame(_rows(found)),
        lambda: [
            f"{model.name}, {loaded.name}: {evaluate.runs:,} runs, {replications} replications, "
            f"seed {seed}, {100 * confidence:g} % intervals",
            *(line for one in found for line in ("", *map(fitted, decomposition_lines(one)))),
            "",
            *map(fitted, bound_lines(bound)),
            *searching.warning_lines(evaluate.warnings, evaluate.runs),
        ],
        output=output,
        force=force,
        quiet=quiet,
        json_output=json_output,
    )


def fitted(line: str) -> str:
    """Return a line that fits the terminal."""
    from reports.cli.tables import WIDTH, wrapped

    return line if len(line) <= WIDTH else wrapped(line, 2)


def parse_groups(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return name to settings of ``--group``.

    Raises
    ------
    UsageError
        With every text that is not understood, and every name given twice.
    """
    from o2c_sim import Problem, UsageError

    groups: dict[str, tuple[str, ...]] = {}
    problems = []
    for text in texts:
        name, _, settings = text.partition("=")
        names = tuple(part.strip() for part in settings.split(",") if part.strip())
        if not name.strip() or not names:
            problems.append(Problem(f"--group {text!r}", allowed="NAME=SETTING,SETTING"))
        elif name.strip() in groups:
            problems.append(Problem(f"--group: two groups are called {name.strip()!r}"))
        groups[name.strip()] = names
    if problems:
        raise UsageError(problems)
    return groups


def _rows(found: Sequence[Decomposition]) -> list[dict[str, Any]]:
    return [
        {
            "kpi": one.response,
            "part": item.part,
            "settings": ", ".join(item.settings),
            "effect": item.shapley.mean,
            "effect_low": item.shapley.low,
            "effect_high": item.shapley.high,
            "alone": item.first_in.mean,
            "alone_low": item.first_in.low,
            "alone_high": item.first_in.high,
            "last": item.last_out.mean,
            "last_low": item.last_out.low,
            "last_high": item.last_out.high,
            "change": one.change.mean,
        }
        for one in found
        for item in one.contributions
    ]
