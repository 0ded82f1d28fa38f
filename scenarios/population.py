"""Shares and distributions over all customers, whatever segments say of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from o2c_sim import CompanyModel
from o2c_sim.model.distribution import Family
from scenarios.lever import Changes, dump

# Shares that differ by less are the same: what is read from a model is rounded.
_SAME = 1e-8

Shares = Mapping[Any, float]


def mean_share(model: CompanyModel, field: str) -> float:
    """Return the part of all customers that a share (0 to 1) comes to, segments included."""
    weights, values = _groups(model, field)
    return _mean(weights, values)


def set_share(model: CompanyModel, field: str, share: float) -> Changes:
    """Return the changes that make a share *share* of all customers.

    A rise converts the same part of every group's others, a fall the same part of every group, so
    that groups keep their order.
    """
    weights, values = _groups(model, field)
    return _written(model, field, _moved(weights, values, [1.0] * len(values), share))


def mean_mix(model: CompanyModel, field: str, raised: Sequence[str]) -> float:
    """Return the part of all customers that some entries of a mixture come to together."""
    weights, mixes = _groups(model, field)
    return _mean(weights, [_sum(mix, raised) for mix in mixes])


def set_mix(
    model: CompanyModel, field: str, raised: Sequence[str], lowered: Sequence[str], share: float
) -> Changes:
    """Return the changes that make *raised* a share of all customers at the cost of *lowered*.

    Raises
    ------
    ValueError
        If what is neither raised nor lowered leaves no room.
    """
    weights, mixes = _groups(model, field)
    rooms = [_sum(mix, raised) + _sum(mix, lowered) for mix in mixes]
    goals = _moved(weights, [_sum(mix, raised) for mix in mixes], rooms, share)
    return _written(
        model,
        field,
        [rescaled(mix, raised, lowered, goal) for mix, goal in zip(mixes, goals, strict=True)],
    )


def rescaled(
    mix: Shares, raised: Sequence[str], lowered: Sequence[str], share: float
) -> dict[Any, float]:
    """Return a mixture in which *raised* come to a share, what they displace being *lowered*.

    Both groups keep their proportions; a group without any share is filled evenly. Entries in
    neither group stay as they are.

    Raises
    ------
    ValueError
        If the entries in neither group leave no room.
    """
    room = _sum(mix, raised) + _sum(mix, lowered)
    if share > room + _SAME:
        raise ValueError(f"at most {100 * room:g} % are left beside the others")
    if abs(share - _sum(mix, raised)) < _SAME:
        return dict(mix)
    result = dict(mix)
    for group, goal in ((raised, share), (lowered, max(0.0, room - share))):
        total = _sum(mix, group)
        for name in group:
            result[name] = goal * (mix.get(name, 0.0) / total if total > 0 else 1 / len(group))
    return result


def each_distribution(
    model: CompanyModel, field: str, change: Callable[[Family], Family]
) -> Changes:
    """Return the changes that apply *change* to a distribution, in every segment as well."""
    _, values = _groups(model, field)
    return _written(model, field, [dump(change(value)) for value in values])


def each_number(model: CompanyModel, field: str, change: Callable[[float], float]) -> Changes:
    """Return the changes that apply *change* to a number, in every segment as well."""
    _, values = _groups(model, field)
    return _written(model, field, [change(value) for value in values])


def _groups(model: CompanyModel, field: str) -> tuple[list[float], list[Any]]:
    """Return the share of customers and the value of those without own value, then of each other.

    The first group is everybody whose segment says nothing of the field.
    """
    segments = model.customers.segments.value.values()
    own = [segment for segment in segments if getattr(segment, field) is not None]
    weights = [max(0.0, 1 - sum(s.share for s in own)), *(s.share for s in own)]
    return weights, [getattr(model.customers, field).value, *(getattr(s, field) for s in own)]


def _written(model: CompanyModel, field: str, values: Sequence[Any]) -> Changes:
    """Return the changes for the values of :func:`_groups`, in its order."""
    general, *rest = values
    changes: Changes = {f"customers.{field}": general}
    if rest:
        own = iter(rest)
        changes["customers.segments"] = {
            name: segment.model_dump(by_alias=True, exclude_none=True)
            | ({field: next(own)} if getattr(segment, field) is not None else {})
            for name, segment in model.customers.segments.value.items()
        }
    return changes


def _moved(
    weights: Sequence[float], shares: Sequence[float], rooms: Sequence[float], goal: float
) -> list[float]:
    """Return shares whose mean is *goal*, none above its room."""
    mean, top = _mean(weights, shares), _mean(weights, rooms)
    if abs(goal - mean) < _SAME:
        return list(shares)
    if goal > top + _SAME:
        raise ValueError(f"at most {100 * top:g} % are left beside the others")
    if goal > mean:
        part = min(1.0, (goal - mean) / (top - mean))
        return [s + (room - s) * part for s, room in zip(shares, rooms, strict=True)]
    return [s * goal / mean for s in shares]


def _mean(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(w * value for w, value in zip(weights, values, strict=True)) / sum(weights)


def _sum(mix: Shares, names: Sequence[str]) -> float:
    return sum(mix.get(name, 0.0) for name in names)
