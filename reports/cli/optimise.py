"""``o2c optimise``: the best settings, or the trade-offs between several aims."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from reports.cli import options, searching
from reports.cli.faults import require, verb

_METHODS = ("pareto", "best")


@verb
def optimise(
    subject: searching.Subject,
    factor: searching.Factors = None,
    minimise: Annotated[
        list[str] | None,
        typer.Option("--minimise", metavar="KPI", help="KPI to make small; repeatable."),
    ] = None,
    maximise: Annotated[
        list[str] | None,
        typer.Option("--maximise", metavar="KPI", help="KPI to make large; repeatable."),
    ] = None,
    at_most: Annotated[
        list[str] | None,
        typer.Option(
            "--at-most",
            metavar="KPI=VALUE",
            help="A KPI that must not be above a value in its unit, or today, today+2%, "
            "today-1.5; repeatable.",
        ),
    ] = None,
    at_least: Annotated[
        list[str] | None,
        typer.Option(
            "--at-least", metavar="KPI=VALUE", help="A KPI that must not be below it; repeatable."
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            metavar="pareto|best",
            help="Trade-offs between several KPIs, or the best of a set of points for one.",
        ),
    ] = "pareto",
    budget: Annotated[int, typer.Option(min=20, max=1_000_000, help="Runs at most.")] = 400,
    points: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=10_000,
            help="Of --method best: a Latin hypercube of so many points; all combinations of "
            "--levels by default.",
        ),
    ] = None,
    levels: Annotated[
        int, typer.Option(min=2, max=100, help="Values of each range, with all combinations.")
    ] = 3,
    indifference: Annotated[
        float | None,
        typer.Option(
            help="Of --method best: the smallest difference worth telling apart, in the KPI's "
            "unit. With it a correct selection is guaranteed (KN); without, the whole budget is "
            "spent where it helps most (OCBA).",
        ),
    ] = None,
    company: searching.Company = None,
    overrides: options.Overrides = None,
    output: options.Output = None,
    replications: Annotated[
        int,
        typer.Option(
            "--replications", "-r", min=3, max=100_000, help="Of --method best: the first stage."
        ),
    ] = 10,
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
    """Search for the best settings of some levers.

    The points that seem best are run again with fresh replications, so that none wins by luck.
    With --at-most or --at-least the answer is the best within these limits.

    o2c optimise case_b --minimise cost_per_order --minimise invoice_to_cash_mean_days

    o2c optimise distributor --method best --minimise order_processing_mean_hours --factor
    "order_desk_headcount=1|2|3" --indifference 0.05

    o2c optimise case_a --method best --minimise order_to_cash_mean_days --at-most
    cost_per_order=today --points 5
    """
    from o2c_sim import Window
    from reports.cli.places import ready_folder
    from reports.cli.running import known_kpis
    from reports.cli.tables import counted
    from scenarios.search.constraint import read_constraints
    from scenarios.search.factor import read_factors, scenario_factors

    small = known_kpis("--minimise", minimise or [])
    large = known_kpis("--maximise", maximise or [])
    constraints = read_constraints(at_most or [], at_least or [])
    _require(method, small, large, bool(constraints), indifference)
    if method == "pareto":
        require("optuna")
    model, scenario = searching.load_subject(subject, company, overrides or [])
    ready_folder(output, force=force, inputs=tuple(p for p in (Path(subject),) if p.exists()))
    if scenario is not None and not factor:
        factors = scenario_factors(scenario.file.levers, model)
    else:
        model = model if scenario is None else scenario.model
        factors = read_factors(factor or [], model)
    experiment = searching.Experiment(
        seed, Window(warm_up, days, cool_down), workers, executor, scheduler, store, no_store,
        quiet or json_output,
    )  # fmt: skip
    experiment.announce(budget, f"{counted(len(factors), 'factor')}, {method}")
    aims = [*small, *large]
    responses = list(dict.fromkeys([*aims, *(one.kpi for one in constraints)]))
    with experiment.evaluation(model, responses) as evaluate:
        if method == "pareto":
            from reports.cli.optimise_trade_offs import trade_offs

            result, rows, lines = trade_offs(
                evaluate, factors, len(aims), len(small), budget, seed, confidence,
                model.currency, constraints,
            )  # fmt: skip
        elif constraints:
            from reports.cli.optimise_within import within

            result, rows, lines = within(
                evaluate, factors, constraints, bool(large), budget, points, levels, replications,
                seed, confidence, model.currency,
            )  # fmt: skip
        else:
            from reports.cli.optimise_best import best

            result, rows, lines = best(
                evaluate, factors, bool(large), budget, points, levels, indifference,
                replications, seed, confidence, model.currency,
            )  # fmt: skip
    import polars as pl

    searching.finish(
        "optimise",
        {
            "company": model.name,
            "currency": model.currency,
            "method": method,
            "minimise": small,
            "maximise": large,
            **result,
            "points": rows,
            "runs": evaluate.runs,
            "confidence": confidence,
            "warnings": evaluate.warnings,
        },
        pl.DataFrame(rows, infer_schema_length=None),
        lambda: [
            f"{model.name}: {evaluate.runs:,} runs, seed {seed}",
            "",
            *lines,
            *searching.warning_lines(evaluate.warnings, evaluate.runs),
        ],
        output=output,
        force=force,
        quiet=quiet,
        json_output=json_output,
    )


def _require(
    method: str,
    small: Sequence[str],
    large: Sequence[str],
    limits: bool,
    indifference: float | None,
) -> None:
    from o2c_sim import Problem, UsageError
    from o2c_sim.errors import did_you_mean

    problems = []
    if method not in _METHODS:
        problems.append(
            Problem(
                f"--method {method!r}",
                allowed=" or ".join(_METHODS),
                suggestion=did_you_mean(method, _METHODS),
            )
        )
    both = sorted(set(small) & set(large))
    problems += [Problem(f"{key} is to be small and large at once") for key in both]
    number = len(small) + len(large)
    if method == "pareto" and number < 2:
        problems.append(
            Problem(
                f"--method pareto with {number} KPIs",
                allowed="two or more --minimise or --maximise",
                suggestion="--method best for one",
            )
        )
    if method == "best" and number != 1:
        problems.append(
            Problem(f"--method best with {number} KPIs", allowed="one --minimise or --maximise")
        )
    if limits and indifference is not None:
        problems.append(Problem("--indifference does not go with --at-most and --at-least"))
    if problems:
        raise UsageError(problems)
