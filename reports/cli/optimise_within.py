"""The best within limits for ``o2c optimise --method best``: result, table and text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reports.cli import searching

if TYPE_CHECKING:
    from scenarios.search.constrained import BestWithin, Setting
    from scenarios.search.constraint import Constraint
    from scenarios.search.evaluation import CompanyEvaluation
    from scenarios.search.factor import Factor

Found = tuple[dict[str, Any], list[dict[str, Any]], list[str]]


def within(
    evaluate: CompanyEvaluation,
    factors: Sequence[Factor],
    constraints: Sequence[Constraint],
    maximise: bool,
    budget: int,
    number: int | None,
    levels: int,
    replications: int,
    seed: int,
    confidence: float,
    currency: str,
) -> Found:
    """Return the result of ``--method best`` within limits, its table and its text."""
    from o2c_sim import Problem, ScenarioError
    from scenarios.search.constrained import best_within, least_runs
    from scenarios.search.designs import full_factorial, latin_hypercube
    from scenarios.search.evaluation import point_text

    design = latin_hypercube(factors, number, seed) if number else full_factorial(factors, levels)
    different = {point_text(point): point for point in design}.values()
    # The company as it is is asked in any case, under its own name.
    other = [p for p in different if any(p.get(f.name) != f.now for f in factors)]
    allowed = [point for point in other if not evaluate.refusal(point)]
    least = least_runs(len(allowed), replications)
    if not allowed or least > budget:
        raise ScenarioError(
            Problem(
                f"{len(allowed)} points and the company as it is with {replications} replications "
                f"each at first, and a budget of {budget} runs",
                allowed=f"one point or more, and {least:,} runs or more",
                suggestion="fewer factors, --levels or --points; a larger --budget",
            )
        )
    found = best_within(
        evaluate, allowed, constraints, max_runs=budget, first_stage=replications,
        confidence=confidence, maximise=maximise,
    )  # fmt: skip
    key = evaluate.responses[0]
    rows = [
        {
            "number": place,
            "verdict": one.verdict,
            "best": place - 1 == found.best,
            **{factor.name: searching.at_or_now(one.point, factor) for factor in factors},
            "replications": one.aim.replications,
            key: one.aim.mean,
            f"{key}_low": one.aim.low,
            f"{key}_high": one.aim.high,
            f"{key}_change": one.change.mean,
            f"{key}_change_low": one.change.low,
            f"{key}_change_high": one.change.high,
            **searching.margin_columns(one.margins),
        }
        for place, one in enumerate(found.settings, 1)
    ]
    blank = dict.fromkeys(rows[0])
    rows += [
        {
            **blank,
            "number": place,
            "verdict": "not judged",
            "best": False,
            **{factor.name: searching.at_or_now(one.point, factor) for factor in factors},
            "replications": one.replications,
            key: one.aim,
        }
        for place, one in enumerate(found.passed, len(found.settings) + 1)
    ]
    result = {
        "procedure": "constrained",
        "constraints": searching.limit_documents(constraints),
        "left_out": len(other) - len(allowed),
        "best": None if found.best < 0 else dict(found.settings[found.best].point),
        "best_number": None if found.best < 0 else found.best + 1,
        "probability": found.probability,
        "settings": [_document(one) for one in found.settings],
        "passed": [
            {
                "settings": dict(one.point),
                "aim": one.aim,
                "limited": list(one.limited),
                "replications": one.replications,
            }
            for one in found.passed
        ],
    }
    return result, rows, _lines(found, factors, currency)


def _document(one: Setting) -> dict[str, Any]:
    def whole(estimates: Sequence[Any]) -> list[dict[str, Any]]:
        return [{**searching.estimate_document(e), "confidence": e.confidence} for e in estimates]

    aim, change = whole((one.aim, one.change))
    return {
        "settings": dict(one.point),
        "verdict": one.verdict,
        "aim": aim,
        "change": change,
        "limited": whole(one.limited),
        "margins": whole(one.margins),
    }


def _lines(found: BestWithin, factors: Sequence[Factor], currency: str) -> list[str]:
    from mining.kpis import DEFINITIONS
    from reports.cli.tables import text_table, wrapped
    from reports.limit_words import distance_text
    from reports.search_words import within_words

    rows = [
        (
            str(place),
            searching.level_text(one.aim, found.aim, currency),
            searching.change_text(one.change, found.aim, currency) if one.point else "",
            *(
                distance_text(limit, margin, currency)
                for limit, margin in zip(found.constraints, one.margins, strict=True)
            ),
            "best" if place - 1 == found.best else one.verdict,
        )
        for place, one in enumerate(found.settings, 1)
    ]
    limits = (f"{DEFINITIONS[one.kpi].label} less its limit" for one in found.constraints)
    head = ("", DEFINITIONS[found.aim].label, "from today", *limits, "")
    return [
        *(wrapped(text) for text in within_words(found, currency)),
        "",
        text_table(head, rows, "r" * (len(head) - 1) + "l"),
        "",
        *(
            wrapped(f"{place}: {searching.settings_text(one.point, factors)}", 3)
            for place, one in enumerate(found.settings, 1)
        ),
    ]
