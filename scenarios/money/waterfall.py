"""Sums of money as a waterfall: from nothing, part by part, to the total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scenarios.estimate import Estimate
from scenarios.money.results import Amount, BusinessCase


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a waterfall.

    Parameters
    ----------
    key, label
        Of the part; ``total`` for the last one.
    start, end
        Where the bar begins and ends, currency; the total begins at zero.
    value
        The part with its interval.
    told_from_zero
        Whether the interval leaves zero out.
    """

    key: str
    label: str
    start: float
    end: float
    value: Estimate
    told_from_zero: bool


def profit_waterfall(case: BusinessCase) -> tuple[Step, ...]:
    """Return the effect on the result, its parts first."""
    label = "Effect a year" if case.profit.per == "year" else "Effect in the measured days"
    return waterfall(case.profit.amounts, case.profit.total, label)


def present_value_waterfall(case: BusinessCase) -> tuple[Step, ...]:
    """Return the net present value, its parts first; empty without a cost of the change."""
    if case.investment is None:
        return ()
    return waterfall(case.investment.npv_amounts, case.investment.npv, "Net present value")


def waterfall(parts: Sequence[Amount], total: Estimate, label: str) -> tuple[Step, ...]:
    """Return one step a part that is not nothing, then the total."""
    steps, level = [], 0.0
    for part in parts:
        value = part.value
        if value.mean == value.low == value.high == 0:
            continue
        steps.append(
            Step(part.key, part.label, level, level + value.mean, value, told_from_zero(value))
        )
        level += value.mean
    return (*steps, Step("total", label, 0.0, total.mean, total, told_from_zero(total)))


def told_from_zero(value: Estimate) -> bool:
    """Return whether an interval leaves zero out; false where there is none."""
    return value.low > 0 or value.high < 0
