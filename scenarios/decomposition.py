"""Which setting moved the result: alone, last of all, and its fair share (Shapley)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from mining.kpis import DEFINITIONS
from o2c_sim import Problem, ScenarioError
from scenarios.estimate import Estimate
from scenarios.scenario import Scenario
from scenarios.search.evaluation import Evaluate
from scenarios.statistics import t_interval
from scenarios.terms_bound import TermsBound, bound_lines

Array = npt.NDArray[np.float64]
Parts = tuple[str, ...]
Group = frozenset[int]

# Up to so many parts every combination is run: 64 of them.
MOST_EXACT = 6
# Orders of the parts, in pairs of an order and its reverse, where there are more.
PAIRS = 8


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one part of a scenario did to one response, in the response's unit.

    Parameters
    ----------
    part
        Name of the setting or the group of settings.
    settings
        Levers and paths in it.
    first_in
        The part alone, against the company as it is.
    last_out
        The whole scenario, against the scenario without the part.
    shapley
        The mean over all orders in which the parts could come in; over all parts these sum to the
        whole change.
    """

    part: str
    settings: tuple[str, ...]
    first_in: Estimate
    last_out: Estimate
    shapley: Estimate


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The change of one response, by the parts of a scenario.

    Parameters
    ----------
    response
        KPI key.
    before, after, change
        The company as it is, with the whole scenario, and the paired difference.
    contributions
        By part, the largest Shapley value (either sign) first.
    exact
        Whether every combination was run; otherwise orders of the parts were sampled.
    points
        Different combinations that were run, each in every replication.
    """

    response: str
    before: Estimate
    after: Estimate
    change: Estimate
    contributions: tuple[Contribution, ...]
    exact: bool
    points: int


def settings_of(scenario: Scenario) -> dict[str, Any]:
    """Return the settings of a scenario, lever or path to value, for :func:`decompose`.

    Raises
    ------
    ScenarioError
        If it changes in time: what its settings did is then a matter of days as well.
    """
    file = scenario.file
    if file.phases:
        raise ScenarioError(
            Problem(
                f"{scenario.name} changes in time; only what is in force all the time can be "
                "taken apart",
                where=scenario.places.of("phases"),
                suggestion="a scenario without phases",
            )
        )
    found: dict[str, Any] = {**file.levers, **file.overrides}
    if file.volume_response_pct:
        if clash := {"demand_change_pct", "demand.orders_per_week"} & set(found):
            raise ScenarioError(
                Problem(
                    f"{scenario.name} sets {', '.join(clash)} and a volume response, which cannot "
                    "be told apart",
                    where=scenario.places.of("volume_response_pct"),
                    suggestion="a scenario with one of them",
                )
            )
        found["demand_change_pct"] = file.volume_response_pct
    return found


def decompose(
    evaluate: Evaluate,
    settings: Mapping[str, Any],
    replications: range,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    pairs: int = PAIRS,
    seed: int = 1,
    confidence: float = 0.95,
) -> tuple[Decomposition, ...]:
    """Return what each part of a scenario did to each response.

    Parameters
    ----------
    evaluate
        Gives the responses of a combination of settings.
    settings
        Lever or path to value, as the scenario sets it.
    replications
        At least two.
    groups
        Name to settings that are one part; a setting in no group is a part of its own.
    pairs
        With more than :data:`MOST_EXACT` parts: orders to sample, each with its reverse, at
        least two.
    seed
        Of those orders.
    confidence
        Of all intervals. Those of sampled orders are for both the replications and the choice of
        the orders, and a little too wide.

    Raises
    ------
    ScenarioError
        If there is nothing to take apart, or the company cannot be as a combination says.

    References
    ----------
    Shapley, "A value for n-person games", 1953; sampled orders after Castro, Gomez & Tejada,
    "Polynomial calculation of the Shapley value based on sampling", Computers & Operations
    Research 36, 2009; their reverses as antithetic pairs are this toolkit's choice.
    """
    parts = parts_of(settings, groups or {})
    count = len(parts)
    if count < 2 or len(replications) < 2 or pairs < 2:
        raise ScenarioError(
            f"{count} parts, {len(replications)} replications, {pairs} pairs of orders: two or "
            "more of each are needed to take a scenario apart"
        )
    exact = count <= MOST_EXACT
    orders = [] if exact else _orders(count, pairs, seed)
    wanted = _combinations(count, orders)
    points = [
        {name: settings[name] for i in sorted(group) for name in parts[i][1]} for group in wanted
    ]
    refused = [text for point in points if (text := evaluate.refusal(point))]
    if refused:
        raise ScenarioError(
            Problem(
                f"some of the settings cannot be without the others: {refused[0]}",
                suggestion="put them into one group",
            )
        )
    # By combination: replications x responses.
    found = dict(zip(wanted, evaluate(points, replications), strict=True))
    whole = frozenset(range(count))

    def interval(values: Array) -> Estimate:
        return t_interval(values, confidence)

    result = []
    for number, response in enumerate(evaluate.responses):
        value = {group: values[:, number] for group, values in found.items()}
        before, after = value[frozenset()], value[whole]
        contributions = [
            Contribution(
                name,
                own,
                first_in=interval(value[frozenset({i})] - before),
                last_out=interval(after - value[whole - {i}]),
                shapley=(
                    interval(_exact(value, i, count))
                    if exact
                    else _sampled(value, i, orders, confidence)
                ),
            )
            for i, (name, own) in enumerate(parts)
        ]
        contributions.sort(key=lambda item: -abs(item.shapley.mean))
        result.append(
            Decomposition(
                response,
                interval(before),
                interval(after),
                interval(after - before),
                tuple(contributions),
                exact,
                len(wanted),
            )
        )
    return tuple(result)


def decomposition_lines(found: Decomposition, bound: TermsBound | None = None) -> list[str]:
    """Return a decomposition in words, and what the payment terms leave to be had."""
    definition = DEFINITIONS.get(found.response)
    label, unit = (definition.label, definition.unit) if definition else (found.response, "")
    whole = found.change.mean
    # Shares of what may be nothing would be noise.
    told = found.change.low * found.change.high > 0
    relative = f" ({100 * whole / found.before.mean:+.1f} %)" if found.before.mean else ""
    lines = [
        f"{label}: {found.before.mean:.4g} -> {found.after.mean:.4g} {unit}{relative}".rstrip(),
        f"  {'by setting':34}{'share of it':>12}{'effect':>10}  {'interval':21}"
        f"{'alone':>10}{'last':>10}",
    ]
    for item in found.contributions:
        own = item.shapley
        part = f"{100 * own.mean / whole:.0f} %" if told else "-"
        interval = f"{own.low:+.3g} to {own.high:+.3g}"
        lines.append(
            f"  {item.part[:33]:34}{part:>12}{own.mean:>+10.3g}  {interval:21}"
            f"{item.first_in.mean:>+10.3g}{item.last_out.mean:>+10.3g}"
        )
    how = (
        f"all {found.points} combinations"
        if found.exact
        else f"a sample of the orders, {found.points} combinations"
    )
    lines.append(
        f"  Effect: mean over the orders in which the settings could come ({how}); together the "
        "effects are the whole change."
    )
    return lines + (bound_lines(bound) if bound is not None else [])


def parts_of(
    settings: Mapping[str, Any], groups: Mapping[str, Sequence[str]]
) -> list[tuple[str, Parts]]:
    """Return the parts of a scenario, name and settings: its groups, then what is in none.

    Raises
    ------
    ScenarioError
        If a group names what is no setting, or two groups the same one.
    """
    grouped = [name for own in groups.values() for name in own]
    unknown = sorted(set(grouped) - set(settings))
    if unknown or len(set(grouped)) < len(grouped):
        raise ScenarioError(
            Problem(
                f"groups name {', '.join(unknown) or 'a setting twice'}",
                allowed=", ".join(settings),
            )
        )
    single = [(name, (name,)) for name in settings if name not in grouped]
    return [(name, tuple(own)) for name, own in groups.items() if own] + single


def _orders(count: int, pairs: int, seed: int) -> list[tuple[int, ...]]:
    """Return random orders of the parts, each followed by its reverse."""
    generator = np.random.Generator(np.random.PCG64(seed))
    found = []
    for _ in range(pairs):
        order = tuple(int(i) for i in generator.permutation(count))
        found += [order, order[::-1]]
    return found


def _combinations(count: int, orders: Sequence[tuple[int, ...]]) -> list[Group]:
    """Return the combinations to run, each once: all of them if no orders are given."""
    if not orders:
        return [frozenset(g) for size in range(count + 1) for g in combinations(range(count), size)]
    whole = frozenset(range(count))
    found: dict[Group, None] = {frozenset(): None, whole: None}
    found |= dict.fromkeys(frozenset({i}) for i in range(count))
    found |= dict.fromkeys(whole - {i} for i in range(count))
    found |= dict.fromkeys(frozenset(o[:n]) for o in orders for n in range(count))
    return list(found)


def _exact(value: Mapping[Group, Array], part: int, count: int) -> Array:
    """Return a part's Shapley value, by replication."""
    others = [i for i in range(count) if i != part]
    total = np.zeros_like(value[frozenset()])
    for size in range(count):
        weight = 1 / (count * comb(count - 1, size))
        for chosen in combinations(others, size):
            group = frozenset(chosen)
            total += weight * (value[group | {part}] - value[group])
    return total


def _sampled(
    value: Mapping[Group, Array], part: int, orders: Sequence[tuple[int, ...]], confidence: float
) -> Estimate:
    """Return a part's Shapley value from sampled orders.

    The variance is that between replications plus that between pairs of orders: what differs
    between both is counted twice, so the interval is a little too wide.
    """
    steps = []
    for order in orders:
        place = order.index(part)
        before = frozenset(order[:place])
        steps.append(value[before | {part}] - value[before])
    # Pairs of an order and its reverse, by replication.
    effects = np.array(steps).reshape(len(orders) // 2, 2, -1).mean(axis=1)
    pairs, replications = effects.shape
    between_runs = float(effects.mean(axis=0).var(ddof=1)) / replications
    between_pairs = float(effects.mean(axis=1).var(ddof=1)) / pairs
    error = sqrt(between_runs + between_pairs)
    mean = float(effects.mean())
    half = float(special.stdtrit(min(pairs, replications) - 1, 0.5 + confidence / 2)) * error
    spread = error * sqrt(replications)
    return Estimate(mean, mean - half, mean + half, spread, replications, confidence)
