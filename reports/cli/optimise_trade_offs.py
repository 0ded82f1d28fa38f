"""Trade-offs of ``o2c optimise --method pareto``: result, table and text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reports.cli import searching

if TYPE_CHECKING:
    from scenarios.search.constraint import Constraint
    from scenarios.search.evaluation import CompanyEvaluation
    from scenarios.search.factor import Factor
    from scenarios.search.pareto import Front

Found = tuple[dict[str, Any], list[dict[str, Any]], list[str]]


def trade_offs(
    evaluate: CompanyEvaluation,
    factors: Sequence[Factor],
    aims: int,
    small: int,
    budget: int,
    seed: int,
    confidence: float,
    currency: str,
    constraints: Sequence[Constraint],
) -> Found:
    """Return the result of ``--method pareto``, its table and its text."""
    from scenarios.search.pareto import pareto

    signs = [1 if i < small else -1 for i in range(aims)]
    front = pareto(
        evaluate, factors, signs=signs, max_runs=budget, constraints=constraints, seed=seed,
        confidence=confidence,
    )  # fmt: skip
    rows = [
        {
            "number": number,
            "standing": one.standing,
            "dominated_by": None if one.better < 0 else one.better + 1,
            **{factor.name: searching.at_or_now(one.point, factor) for factor in factors},
            **{
                f"{key}{suffix}": value
                for key in evaluate.responses
                for suffix, value in (
                    ("", one.estimates[key].mean),
                    ("_low", one.estimates[key].low),
                    ("_high", one.estimates[key].high),
                    ("_change", one.changes[key].mean),
                    ("_change_low", one.changes[key].low),
                    ("_change_high", one.changes[key].high),
                )
            },
            **searching.margin_columns(one.margins),
        }
        for number, one in enumerate(front.candidates, 1)
    ]
    result: dict[str, Any] = {
        "searched": front.searched,
        "replications": front.replications,
        "constraints": searching.limit_documents(constraints),
    }
    return result, rows, _front_lines(front, factors, currency)


def _front_lines(front: Front, factors: Sequence[Factor], currency: str) -> list[str]:
    from mining.kpis import DEFINITIONS
    from reports.cli.tables import counted, text_table, wrapped

    hidden_ones = ("dominated", "beyond")
    shown = [
        (n, one) for n, one in enumerate(front.candidates, 1) if one.standing not in hidden_ones
    ]
    shown += [(n, one) for n, one in enumerate(front.candidates, 1) if not one.point]
    unique = {n: one for n, one in sorted(shown, key=lambda item: item[0])}
    words = {"front": "", "maybe": "perhaps worse than", "dominated": "worse than"}
    limits = {"undecided": "perhaps beyond a limit", "beyond": "beyond a limit"}
    rows = [
        (
            str(number),
            *(searching.change_text(one.changes[key], key, currency) for key in front.responses),
            f"{words[one.standing]} {one.better + 1}"
            if one.better >= 0
            else limits.get(one.standing, ""),
        )
        for number, one in unique.items()
    ]
    head = ("", *(DEFINITIONS[key].label for key in front.responses), "")
    settings = (
        wrapped(f"{number}: {searching.settings_text(one.point, factors)}", 3)
        for number, one in unique.items()
    )
    worse = sum(one.standing == "dominated" for one in front.candidates if one.point)
    beyond = [one for one in front.candidates if one.standing == "beyond" and one.point]
    return [
        *_limit_lines(front, currency),
        text_table(head, rows, "r" + "r" * len(front.responses) + "l"),
        "",
        *settings,
        "",
        wrapped(
            f"{front.searched:,} points searched; changes from today with "
            f"{100 * front.confidence:g} % intervals from {front.replications} fresh replications; "
            f"{counted(worse, 'more point')} worse than one of these, at that confidence"
            + (f"; {len(beyond)} more are beyond a limit" if beyond else "")
        ),
    ]


def _limit_lines(front: Front, currency: str) -> list[str]:
    """Return what is said of the limits; nothing without any."""
    from reports.cli.tables import counted, wrapped
    from reports.limit_words import limit_words

    if not front.constraints:
        return []
    limits = " and ".join(limit_words(one, currency) for one in front.constraints)
    best = sum(one.standing == "front" for one in front.candidates)
    doubtful = sum(one.standing == "undecided" for one in front.candidates)
    sure = f"{100 * front.confidence:g} % sure that none of them is beyond"
    said = f"trade-offs within {limits}: {counted(best, 'point')}, {sure}"
    if not best:
        said = f"no point is surely within {limits}"
    return [wrapped(said + (f"; {doubtful} undecided" if doubtful else "")), ""]
