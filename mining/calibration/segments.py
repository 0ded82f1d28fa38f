"""Segments of customers: those that the data name, or those that pay in another way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from mining.calibration.bounded_search import least
from mining.calibration.lateness import (
    BOUNDS,
    Lateness,
    Payments,
    fit,
    gradient,
    log_likelihood,
    reading,
)

Floats = npt.NDArray[np.float64]

MOST_SEGMENTS = 4
# Parameters of one group: four of its lateness, and its share.
_PARAMETERS = 5
# A group of fewer customers than this is not told from chance.
FEWEST_CUSTOMERS = 4
_STEPS = 120
_ROUGH_STEPS = 25
_EDGE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who pay alike.

    Parameters
    ----------
    name
        Name of the segment; empty for the largest group, which is no segment.
    share
        Share of the customers.
    lateness
        How late they mean to pay.
    weight
        How probably each customer is one of them, shape (customers,).
    """

    name: str
    share: float
    lateness: Lateness
    weight: Floats


def latent_groups(data: Payments, most: int = MOST_SEGMENTS) -> tuple[Group, ...]:
    """Return groups of customers found from how late they pay: a finite mixture.

    The number of groups is the one with the lowest Bayesian information criterion; each further
    group begins with the customers that those before explain worst.

    Returns
    -------
    tuple of Group
        The largest first; the others are named ``slow_payer``, ``early_payer`` or
        ``erratic_payer`` by what sets them off most.
    """
    pooled = fit(data)
    groups = [Group("", 1.0, pooled, np.ones(data.customers))]
    best, best_score = groups, _score(data, groups)
    while len(groups) < most and data.customers >= 2 * FEWEST_CUSTOMERS * len(groups):
        starts = _with_another(data, groups)
        if not starts:
            break
        rough = [_refined(data, start, _ROUGH_STEPS) for start in starts]
        groups = _refined(data, min(rough, key=lambda found: _score(data, found)), _STEPS)
        if min(group.weight.sum() for group in groups) < FEWEST_CUSTOMERS:
            break
        score = _score(data, groups)
        if score >= best_score:
            break
        best, best_score = groups, score
    return _named(sorted(best, key=lambda group: -group.share))


def named_groups(data: Payments, names: Sequence[str | None]) -> tuple[Group, ...]:
    """Return the segments that the data name, and what of them pays in a way of its own.

    Parameters
    ----------
    data
        The payments.
    names
        Segment of each customer; None for a customer in none.

    Returns
    -------
    tuple of Group
        The customers in no segment first, or all whose segment pays like them; then each segment
        whose own lateness lowers the Bayesian information criterion.
    """
    label = np.array([name or "" for name in names])
    apart: list[str] = []
    rest = np.ones(data.customers)
    pooled = fit(data, rest)
    for name in sorted(set(label.tolist()) - {""}, key=lambda n: -int((label == n).sum())):
        inside = (label == name).astype(float) * rest
        outside = rest - inside
        if inside.sum() < FEWEST_CUSTOMERS or outside.sum() < FEWEST_CUSTOMERS:
            continue
        own, others = fit(data, inside, start=pooled), fit(data, outside, start=pooled)
        gain = (
            inside @ log_likelihood(data, own)
            + outside @ log_likelihood(data, others)
            - rest @ log_likelihood(data, pooled)
        )
        if 2 * gain > (_PARAMETERS - 1) * np.log(max(data.invoices, 2)):
            apart.append(name)
            rest, pooled = outside, others
    groups = [Group("", float(rest.mean()), fit(data, rest), rest)]
    for name in apart:
        inside = (label == name).astype(float)
        groups.append(Group(name, float(inside.mean()), fit(data, inside), inside))
    return tuple(groups)


def _joint(data: Payments, groups: Sequence[Group]) -> Floats:
    """Return each customer's log likelihood in each group, with the group's share."""
    return np.column_stack(
        [log_likelihood(data, g.lateness) + np.log(max(g.share, 1e-12)) for g in groups]
    )


def _score(data: Payments, groups: Sequence[Group]) -> float:
    """Return the Bayesian information criterion of a mixture."""
    likelihood = float(special.logsumexp(_joint(data, groups), axis=1).sum())
    parameters = _PARAMETERS * len(groups) - 1
    return float(-2 * likelihood + parameters * np.log(max(data.invoices, 2)))


def _with_another(data: Payments, groups: Sequence[Group]) -> list[list[Group]]:
    """Return the groups and one more, in several ways to begin it.

    It begins with the customers that the groups explain worst, or best: those that are erratic,
    and those that always pay on the same day.
    """
    whole = special.logsumexp(_joint(data, groups), axis=1)
    per_invoice = whole / np.maximum(np.asarray(data.counts.sum(axis=1)).ravel(), 1.0)
    often = data.sizes > 1
    known = per_invoice[often] if often.any() else per_invoice
    low, high = np.quantile(known, [_EDGE_SHARE, 1 - _EDGE_SHARE])
    found = []
    for members in (per_invoice <= low, (per_invoice >= high) & often):
        weight = members.astype(float)
        if weight.sum() < FEWEST_CUSTOMERS:
            continue
        own, share = fit(data, weight, steps=20), float(weight.mean())
        others = [replace(g, share=g.share * (1 - share)) for g in groups]
        found.append([*others, Group("other", share, own, weight)])
    return found


def _refined(data: Payments, groups: list[Group], steps: int) -> list[Group]:
    """Return the groups whose mixture is the most likely one that so many steps find."""
    families = [group.lateness.habit_family for group in groups]
    start = np.concatenate([*(g.lateness.theta for g in groups), np.log([g.share for g in groups])])
    count = len(groups)

    def parted(point: Floats) -> tuple[list[Lateness], Floats]:
        thetas = point[: 4 * count].reshape(count, 4)
        found = [Lateness.of(t, family) for t, family in zip(thetas, families, strict=True)]
        return found, special.log_softmax(point[4 * count :])

    def loss(point: Floats) -> tuple[float, Floats]:
        lateness, log_share = parted(point)
        reads = [reading(data, one) for one in lateness]
        joint = np.column_stack([read.log_likelihood for read in reads]) + log_share
        whole = special.logsumexp(joint, axis=1)
        chance = np.exp(joint - whole[:, None])
        slopes = [gradient(data, r, w) for r, w in zip(reads, chance.T, strict=True)]
        by_share = chance.sum(axis=0) - len(chance) * np.exp(log_share)
        size = max(data.invoices, 1)
        return -float(whole.sum()) / size, -np.concatenate([*slopes, by_share]) / size

    bounds = [*(BOUNDS * count), *([(-12.0, 12.0)] * count)]
    lateness, log_share = parted(least(loss, start, bounds, steps)[0])
    joint = np.column_stack([log_likelihood(data, one) for one in lateness]) + log_share
    chance = np.exp(joint - special.logsumexp(joint, axis=1)[:, None])
    return [
        Group(g.name, float(share), one, weight)
        for g, share, one, weight in zip(groups, np.exp(log_share), lateness, chance.T, strict=True)
    ]


def _named(groups: Sequence[Group]) -> tuple[Group, ...]:
    base = groups[0].lateness
    found = [replace(groups[0], name="")]
    for group in groups[1:]:
        own = group.lateness
        moved = own.location - base.location
        wider = max(own.scale, own.habit) / max(base.scale, base.habit)
        if abs(moved) > max(own.habit, own.scale, base.habit, base.scale):
            name = "slow_payer" if moved > 0 else "early_payer"
        else:
            name = "erratic_payer" if wider > 1 else "steady_payer"
        taken = sum(g.name.startswith(name) for g in found)
        found.append(replace(group, name=f"{name}_{taken + 1}" if taken else name))
    return tuple(found)
