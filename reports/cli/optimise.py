"""``o2c optimise``: the best settings, or the trade-offs between several aims."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options, searching
from reports.cli.faults import require, verb

if TYPE_CHECKING:
    from scenarios.search.evaluation import CompanyEvaluation, Point
    from scenarios.search.factor import Factor
    from scenarios.search.pareto import Front
    from scenarios.search.selection import Selection

_METHODS = ("pareto", "best")
_BATCH, _SHOWN = 2, 15


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

    o2c optimise case_b --minimise cost_per_order --minimise invoice_to_cash_mean_days

    o2c optimise distributor --method best --minimise order_processing_mean_hours --factor
    "order_desk_headcount=1|2|3" --indifference 0.05
    """
    from o2c_sim import Window
    from reports.cli.places import ready_folder
    from reports.cli.running import known_kpis
    from reports.cli.tables import counted
    from scenarios.search.factor import read_factors, scenario_factors

    small = known_kpis("--minimise", minimise or [])
    large = known_kpis("--maximise", maximise or [])
    _require(method, small, large)
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
    with experiment.evaluation(model, [*small, *large]) as evaluate:
        if method == "pareto":
            result, rows, lines = _trade_offs(
                evaluate, factors, len(small), budget, seed, confidence, model.currency
            )
        else:
            result, rows, lines = _best(
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


def _require(method: str, small: Sequence[str], large: Sequence[str]) -> None:
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
    if problems:
        raise UsageError(problems)


Found = tuple[dict[str, Any], list[dict[str, Any]], list[str]]


def _trade_offs(
    evaluate: CompanyEvaluation,
    factors: Sequence[Factor],
    small: int,
    budget: int,
    seed: int,
    confidence: float,
    currency: str,
) -> Found:
    from scenarios.search.pareto import pareto

    signs = [1 if i < small else -1 for i in range(len(evaluate.responses))]
    front = pareto(
        evaluate, factors, signs=signs, max_runs=budget, seed=seed, confidence=confidence
    )
    rows = [
        {
            "number": number,
            "standing": one.standing,
            "dominated_by": None if one.better < 0 else one.better + 1,
            **{factor.name: _shown(one.point, factor) for factor in factors},
            **{
                f"{key}{suffix}": value
                for key in front.responses
                for suffix, value in (
                    ("", one.estimates[key].mean),
                    ("_low", one.estimates[key].low),
                    ("_high", one.estimates[key].high),
                    ("_change", one.changes[key].mean),
                    ("_change_low", one.changes[key].low),
                    ("_change_high", one.changes[key].high),
                )
            },
        }
        for number, one in enumerate(front.candidates, 1)
    ]
    result = {"searched": front.searched, "replications": front.replications}
    return result, rows, _front_lines(front, factors, currency)


def _front_lines(front: Front, factors: Sequence[Factor], currency: str) -> list[str]:
    from mining.kpis import DEFINITIONS
    from reports.cli.tables import text_table, wrapped

    shown = [(n, one) for n, one in enumerate(front.candidates, 1) if one.standing != "dominated"]
    shown += [(n, one) for n, one in enumerate(front.candidates, 1) if not one.point]
    unique = {n: one for n, one in sorted(shown, key=lambda item: item[0])}
    words = {"front": "", "maybe": "perhaps worse than", "dominated": "worse than"}
    rows = [
        (
            str(number),
            *(searching.change_text(one.changes[key], key, currency) for key in front.responses),
            f"{words[one.standing]} {one.better + 1}" if one.better >= 0 else "",
        )
        for number, one in unique.items()
    ]
    head = ("", *(DEFINITIONS[key].label for key in front.responses), "")
    settings = (
        wrapped(
            f"{number}: "
            + (
                ", ".join(f"{f.name}={searching.value_cell(one.point[f.name])}" for f in factors)
                if one.point
                else "as it is"
            ),
            3,
        )
        for number, one in unique.items()
    )
    hidden = len(front.candidates) - len(unique)
    return [
        text_table(head, rows, "r" + "r" * len(front.responses) + "l"),
        "",
        *settings,
        "",
        wrapped(
            f"{front.searched:,} points searched; changes from today with "
            f"{100 * front.confidence:g} % intervals from {front.replications} fresh replications; "
            f"{hidden} more points are worse than one of these, at that confidence"
        ),
    ]


def _best(
    evaluate: CompanyEvaluation,
    factors: Sequence[Factor],
    maximise: bool,
    budget: int,
    number: int | None,
    levels: int,
    indifference: float | None,
    replications: int,
    seed: int,
    confidence: float,
    currency: str,
) -> Found:
    from o2c_sim import Problem, ScenarioError
    from scenarios.search.designs import full_factorial, latin_hypercube
    from scenarios.search.evaluation import point_text
    from scenarios.search.selection import kn, ocba

    design = latin_hypercube(factors, number, seed) if number else full_factorial(factors, levels)
    different = list({point_text(point): point for point in design}.values())
    allowed = [point for point in different if not evaluate.refusal(point)]
    least = len(allowed) * replications
    if len(allowed) < 2 or least > budget:
        raise ScenarioError(
            Problem(
                f"{len(allowed)} points with {replications} replications each at first, "
                f"and a budget of {budget} runs",
                allowed=f"two points or more, and {least:,} runs or more",
                suggestion="fewer factors, --levels or --points; a larger --budget",
            )
        )
    if indifference is not None:
        found = kn(
            evaluate,
            allowed,
            indifference=indifference,
            first_stage=replications,
            batch=_BATCH,
            confidence=confidence,
            max_runs=budget,
            maximise=maximise,
        )
    else:
        found = ocba(
            evaluate, allowed, max_runs=budget, first_stage=replications, maximise=maximise
        )
    key = evaluate.responses[0]
    order = sorted(range(len(allowed)), key=lambda i: found.means[i], reverse=maximise)
    rows = [
        {
            "rank": rank,
            "kept": i in found.kept,
            **{factor.name: _shown(allowed[i], factor) for factor in factors},
            key: found.means[i],
            "replications": found.replications[i],
        }
        for rank, i in enumerate(order, 1)
    ]
    result = {
        "procedure": found.method,
        "left_out": len(different) - len(allowed),
        "best": dict(allowed[found.best]),
        "kept": [dict(allowed[i]) for i in found.kept],
        "probability": found.confidence,
    }
    return result, rows, _best_lines(found, allowed, order, factors, key, indifference, currency)


def _best_lines(
    found: Selection,
    points: Sequence[Point],
    order: Sequence[int],
    factors: Sequence[Factor],
    key: str,
    indifference: float | None,
    currency: str,
) -> list[str]:
    from mining.kpis import DEFINITIONS
    from reports.cli.tables import counted, text_table, wrapped
    from reports.number_text import value_text
    from scenarios.search.evaluation import point_text

    definition = DEFINITIONS[key]
    if found.method == "kn" and len(found.kept) == 1:
        sure = (
            f"the best with a probability of {found.confidence:.0%} if it leads by "
            f"{indifference:g} or more (KN)"
        )
    elif found.method == "kn":
        sure = f"the budget ended before {counted(len(found.kept), 'point')} could be told apart"
    else:
        share = min(0.99, found.confidence)
        sure = f"the best with a probability of {share:.0%} or more (OCBA, estimated)"
    rows = [
        (
            str(rank),
            value_text(found.means[i], definition.unit, currency),
            str(found.replications[i]),
            *(searching.value_cell(_shown(points[i], factor)) for factor in factors),
            "*" if i in found.kept else "",
        )
        for rank, i in enumerate(order[:_SHOWN], 1)
    ]
    head = ("", definition.label, "runs", *(factor.name for factor in factors), "kept")
    return [
        wrapped(f"{point_text(points[found.best])}: {sure}"),
        "",
        text_table(head, rows, "r" * (len(head) - 1) + "l"),
    ]


def _shown(point: Point, factor: Factor) -> Any:
    return point.get(factor.name, factor.now)
