"""Segments as a model file has them: share, volume, and what is different there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.calibration.customer_volumes import volume_factors
from mining.calibration.estimate import DRAWS, Source
from mining.calibration.observations import Observations
from mining.calibration.receivables import is_list
from mining.calibration.segments import Group
from o2c_sim import vocabulary as v

Pair = tuple[dict[str, Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Described:
    """A group of customers with its habit and noise as a model file has them.

    Parameters
    ----------
    group
        The customers.
    lateness
        Habit and noise.
    drawn
        Draws of the two.
    """

    group: Group
    lateness: Pair
    drawn: tuple[Pair, ...]


def segment_models(
    source: Source,
    seen: Observations,
    groups: Sequence[Described],
    own: Mapping[str, Mapping[str, float]],
    named: bool,
    times: npt.NDArray[np.float64],
) -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
    """Return the segments and draws of them; empty where all customers are alike.

    Parameters
    ----------
    source, seen
        The data.
    groups
        Those whose lateness is their own; the first is of all other customers.
    own
        Shares that stand apart, by segment and parameter.
    named
        Whether the data name the segments; else they are the groups.
    times
        How often each customer is drawn in each draw, shape (draws, customers).
    """
    by_name = {described.group.name: described for described in groups}
    members = (
        _named(source) if named else {d.group.name: _of_group(seen, d.group) for d in groups[1:]}
    )
    base = _volume(seen, groups[0].group)
    factors = volume_factors(source) if named else {}
    value: dict[str, Any] = {}
    draws: list[dict[str, Any]] = [{} for _ in range(DRAWS)]
    for name, share in members.items():
        factor = factors.get(name, 1.0)
        if not named:
            factor = _volume(seen, by_name[name].group) / base
        about: dict[str, Any] = {
            "share": round(share, 6),
            "volume_factor": round(min(max(factor, 1e-3), 1e4), 4),
            **own.get(name, {}),
        }
        value[name] = dict(about)
        weight = None if named else by_name[name].group.weight
        for draw, row in zip(draws, times, strict=True):
            drawn = share if weight is None else float(row @ weight) / len(weight)
            draw[name] = {**about, "share": round(drawn, 6)}
        if name in by_name:
            described = by_name[name]
            value[name] |= _lateness(described.lateness)
            for draw, pair in zip(draws, described.drawn, strict=True):
                draw[name] |= _lateness(pair)
    return value, tuple(draws)


def _lateness(pair: Pair) -> dict[str, Any]:
    return {"lateness_effect_days": pair[0], "lateness_noise_days": pair[1]}


def _named(source: Source) -> dict[str, float]:
    """Return the share of all customers that each segment of a log has."""
    if is_list(source) or v.CUSTOMER not in source.log.object_types:
        return {}
    names = source.log.objects_of(v.CUSTOMER)["segment"].cast(pl.String)
    counts = names.drop_nulls().value_counts().sort("segment")
    return {str(name): count / len(names) for name, count in counts.iter_rows()}


def _of_group(seen: Observations, group: Group) -> float:
    return float(group.weight.sum()) / len(seen.names)


def _volume(seen: Observations, group: Group) -> float:
    """Return the invoices per customer of a group."""
    invoices = seen.data.sizes
    whole = float(group.weight.sum())
    return float(group.weight @ invoices) / whole if whole > 0 else float(invoices.mean())
