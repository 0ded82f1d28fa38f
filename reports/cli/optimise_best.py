"""The best of some points for ``o2c optimise --method best``: result, table and text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reports.cli import searching

if TYPE_CHECKING:
    from scenarios.search.evaluation import CompanyEvaluation, Point
    from scenarios.search.factor import Factor
    from scenarios.search.selection import Selection

_BATCH, _SHOWN = 2, 15

Found = tuple[dict[str, Any], list[dict[str, Any]], list[str]]


def best(
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
    """Return the result of ``--method best`` without limits, its table and its text."""
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
            **{factor.name: searching.at_or_now(allowed[i], factor) for factor in factors},
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
            *(searching.value_cell(searching.at_or_now(points[i], factor)) for factor in factors),
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
