"""``o2c sensitivity``: which settings move a KPI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options, searching
from reports.cli.faults import require, verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from scenarios.search.factor import Factor
    from scenarios.search.sensitivity import Screening
    from scenarios.search.tornado import TornadoBar

_METHODS = ("tornado", "morris", "sobol")
_KPI = "order_to_cash_mean_days"


@verb
def sensitivity(
    subject: searching.Subject,
    factor: searching.Factors = None,
    kpi: Annotated[
        list[str] | None,
        typer.Option("--kpi", metavar="KPI", help=f"{_KPI} by default; repeatable."),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            metavar="tornado|morris|sobol",
            help="One factor at a time; screening by elementary effects; shares of variance.",
        ),
    ] = "tornado",
    trajectories: Annotated[
        int, typer.Option(min=2, max=1_000, help="Of Morris: factors + 1 points each.")
    ] = 10,
    base: Annotated[
        int,
        typer.Option(min=2, max=65_536, help="Of Sobol, a power of 2: factors + 2 points each."),
    ] = 64,
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
    """Find out which settings move a KPI, and by how much.

    All points meet the same orders, customers and luck. With a scenario and no factor, its levers
    vary from today's values to the scenario's; with factors, they vary around the scenario.

    o2c sensitivity case_a --kpi order_processing_mean_hours

    o2c sensitivity distributor --factor "auto_match_pct=45:95" --factor "dunning_run=weekly|daily"
    """
    from o2c_sim import Problem, UsageError, Window
    from o2c_sim.errors import did_you_mean
    from reports.cli.places import ready_folder
    from reports.cli.running import known_kpis
    from scenarios.search import sensitivity as analysis
    from scenarios.search.designs import one_at_a_time
    from scenarios.search.factor import read_factors, scenario_factors
    from scenarios.search.tornado import tornado

    if method not in _METHODS:
        raise UsageError(
            Problem(
                f"--method {method!r}",
                allowed=" or ".join(_METHODS),
                suggestion=did_you_mean(method, _METHODS),
            )
        )
    if method != "tornado":
        require("SALib")
    keys = known_kpis("--kpi", kpi or [_KPI])
    model, scenario = searching.load_subject(subject, company, overrides or [])
    ready_folder(output, force=force, inputs=tuple(p for p in (Path(subject),) if p.exists()))
    if scenario is not None and not factor:
        factors = scenario_factors(scenario.file.levers, model)
    else:
        model = model if scenario is None else scenario.model
        factors = read_factors(factor or [], model)
    points = {
        "tornado": lambda: len(one_at_a_time(factors)) + 1,
        "morris": lambda: trajectories * (len(factors) + 1),
        "sobol": lambda: base * (len(factors) + 2),
    }[method]()
    experiment = searching.Experiment(
        seed, Window(warm_up, days, cool_down), workers, executor, scheduler, store, no_store,
        quiet or json_output,
    )  # fmt: skip
    experiment.announce(points * replications, f"{points:,} points x {replications} replications")
    common: dict[str, Any] = {"replications": replications, "confidence": confidence}
    bars: dict[str, tuple[TornadoBar, ...]] = {}
    screenings: dict[str, Screening] = {}
    with experiment.evaluation(model, keys) as evaluate:
        for number, key in enumerate(keys):
            if method == "tornado":
                bars[key] = tornado(evaluate, factors, response=number, **common)
            elif method == "morris":
                screenings[key] = analysis.morris(
                    evaluate,
                    factors,
                    trajectories=trajectories,
                    seed=seed,
                    response=number,
                    **common,
                )
            else:
                screenings[key] = analysis.sobol(
                    evaluate, factors, base=base, seed=seed, response=number, **common
                )
    rows = _tornado_rows(bars) if bars else _screening_rows(screenings)
    searching.finish(
        "sensitivity",
        {
            "company": model.name,
            "currency": model.currency,
            "method": method,
            "factors": [_factor_document(f) for f in factors],
            "runs": evaluate.runs,
            "replications": replications,
            "confidence": confidence,
            "noise_share": {key: found.noise_share for key, found in screenings.items()},
            "effects": rows,
            "warnings": evaluate.warnings,
        },
        _frame(rows),
        lambda: [
            f"{model.name}: {evaluate.runs:,} runs, seed {seed}, {100 * confidence:g} % intervals",
            *(
                line
                for key in keys
                for line in (
                    _tornado_lines(key, bars[key], model.currency)
                    if bars
                    else _screening_lines(key, screenings[key], model.currency)
                )
            ),
            *searching.warning_lines(evaluate.warnings, evaluate.runs),
        ],
        output=output,
        force=force,
        quiet=quiet,
        json_output=json_output,
    )


def _factor_document(factor: Factor) -> dict[str, Any]:
    return {
        "name": factor.name,
        "label": factor.label,
        "unit": factor.unit,
        "values": list(factor.choices) or [factor.low, factor.high],
        "now": factor.now,
    }


def _tornado_rows(bars: dict[str, tuple[TornadoBar, ...]]) -> list[dict[str, Any]]:
    return [
        {
            "kpi": key,
            "factor": bar.factor.name,
            "now": None if bar.factor.now is None else str(bar.factor.now),
            "value": str(effect.value),
            "mean": effect.response.mean,
            "change": effect.change.mean,
            "change_low": effect.change.low,
            "change_high": effect.change.high,
            "change_pct": effect.change_pct.mean,
            "change_pct_low": effect.change_pct.low,
            "change_pct_high": effect.change_pct.high,
            "swing": bar.swing,
        }
        for key, found in bars.items()
        for bar in found
        for effect in bar.effects
    ]


def _screening_rows(screenings: dict[str, Screening]) -> list[dict[str, Any]]:
    first, total = "first", "total"
    rows = []
    for key, found in screenings.items():
        if found.method == "morris":
            first, total = "mu", "mu_star"
        rows += [
            {
                "kpi": key,
                "factor": one.factor.name,
                total: one.total.value,
                f"{total}_half_width": one.total.half_width,
                first: one.first.value,
                f"{first}_half_width": one.first.half_width,
                "sigma": one.spread,
                "noise_share": found.noise_share,
            }
            for one in found.importances
        ]
    return rows


def _tornado_lines(key: str, bars: Sequence[TornadoBar], currency: str) -> list[str]:
    from mining.kpis import DEFINITIONS
    from reports.cli.tables import text_table

    rows = [
        (
            bar.factor.label or bar.factor.name,
            "" if bar.factor.now is None else searching.value_cell(bar.factor.now),
            searching.value_cell(effect.value),
            searching.change_text(effect.change, key, currency),
            searching.percent_text(effect.change_pct),
        )
        for bar in bars
        for effect in bar.effects
        if effect.value != bar.factor.now
    ]
    head = ("factor, the longest bar first", "now", "value", "change", "of today's mean")
    return ["", DEFINITIONS[key].label, text_table(head, rows)]


def _screening_lines(key: str, found: Screening, currency: str) -> list[str]:
    from mining.kpis import DEFINITIONS
    from reports.cli.tables import text_table, wrapped
    from reports.number_text import scale_of

    morris = found.method == "morris"
    unit = DEFINITIONS[key].unit
    rows: list[tuple[str, ...]]
    head: tuple[str, ...]
    if morris:
        largest = max(one.total.value for one in found.importances)
        scale = scale_of(unit, largest, currency=currency, difference=True)
        rows = [
            (
                one.factor.label or one.factor.name,
                f"{scale.text(one.total.value)} +- {scale.number(one.total.half_width)}",
                scale.text(one.first.value),
                scale.text(one.spread),
            )
            for one in found.importances
        ]
        head = ("factor", "mean size of effect (mu*)", "with sign (mu)", "spread (sigma)")
    else:
        rows = [
            (
                one.factor.label or one.factor.name,
                f"{one.total.value:.2f} +- {one.total.half_width:.2f}",
                f"{one.first.value:.2f} +- {one.first.half_width:.2f}",
            )
            for one in found.importances
        ]
        head = ("factor", "share with interactions (ST)", "share alone (S1)")
    lines = ["", DEFINITIONS[key].label, text_table(head, rows)]
    share = f"{found.noise_share:.1%} of the variance between points is noise of the replications"
    return [*lines, wrapped(f"warning: {share}; run more of them" if found.noisy else share)]


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(rows, infer_schema_length=None)
