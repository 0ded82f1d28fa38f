"""Cash that a change brings in earlier: how much, and when after a go-live."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenarios.estimate import Estimate
from scenarios.money.paired_runs import (
    MINOR_UNITS,
    Array,
    MeasuredRun,
    Timing,
    flow,
    has_flow,
    mean_band,
    require_paired,
)
from scenarios.money.results import CashFreed, DayRange
from scenarios.statistics import t_interval

# Whole weeks, as customers pay on some weekdays more than on others.
FINAL_DAYS = 28
_SMOOTHED_DAYS = 7


def freed_path(
    baseline: Sequence[MeasuredRun], scenario: Sequence[MeasuredRun]
) -> tuple[Array, str]:
    """Return what is tied up less in the scenario, by day.

    Returns
    -------
    tuple
        Shape (replications, days), currency; and what it follows, in words.
    """
    if has_flow((*baseline, *scenario), "tied_up"):
        tied = [flow(runs, "tied_up") for runs in (baseline, scenario)]
        return (tied[0] - tied[1]) / MINOR_UNITS, "cash tied up"
    owed = [
        flow(runs, "closing") - flow(runs, "closing_unapplied") for runs in (baseline, scenario)
    ]
    return (owed[0] - owed[1]) / MINOR_UNITS, "receivables less unapplied cash"


def freed(
    baseline: Sequence[MeasuredRun], scenario: Sequence[MeasuredRun], timing: Timing
) -> Array:
    """Return the cash freed by replication, currency.

    For a change in force since before the measured days it is the fall of the mean cash tied up,
    the KPI ``cash_tied_up_mean``; for one that goes live in them, the mean of the path's last
    days.
    """
    if timing.goes_live:
        return _final(freed_path(baseline, scenario)[0], timing)
    return np.array(
        [
            before.kpis["cash_tied_up_mean"] - after.kpis["cash_tied_up_mean"]
            for before, after in zip(baseline, scenario, strict=True)
        ]
    )


def cash_freed(
    baseline: Sequence[MeasuredRun],
    scenario: Sequence[MeasuredRun],
    timing: Timing,
    confidence: float,
) -> CashFreed:
    """Return the cash that a scenario frees.

    Parameters
    ----------
    baseline, scenario
        Paired replications.
    timing
        When the change is in force.
    confidence
        Of all intervals.

    Raises
    ------
    ScenarioError
        If the runs do not belong together.
    """
    require_paired(baseline, scenario)
    path, path_of = freed_path(baseline, scenario)
    amount = t_interval(freed(baseline, scenario, timing), confidence)
    owed = (flow(baseline, "closing") - flow(scenario, "closing")) / MINOR_UNITS
    receivables = _final(owed, timing) if timing.goes_live else owed.mean(axis=1)
    note, half, ninety = _when_not(amount, timing), None, None
    if not note:
        half = reached(path, 0.5, timing, confidence)
        ninety = reached(path, 0.9, timing, confidence)
    return CashFreed(
        amount=amount,
        receivables=t_interval(receivables, confidence),
        path=mean_band(path, confidence),
        path_of=path_of,
        half=half,
        ninety=ninety,
        note=note,
    )


def reached(path: Array, share: float, timing: Timing, confidence: float) -> DayRange:
    """Return the day after the go-live on which a share of the final level is in.

    On each day it is tested whether the path, averaged over a week around the day, has reached
    the share of its own final level; the interval holds the days on which that can neither be
    excluded nor is certain.

    Parameters
    ----------
    path
        Shape (replications, days), currency.
    share
        0 to 1.
    timing
        When the change went live.
    confidence
        Of the interval.

    Returns
    -------
    DayRange
        Days after the go-live; 1 is the first day on which the change was in force.
    """
    level = _final(path, timing)
    smooth = _weekly(path[:, timing.first_day :])
    # A change may tie cash up; half of a loss is reached from above.
    gap = mean_band((smooth - share * level[:, None]) * np.sign(level.mean() or 1), confidence)
    return DayRange(_first(gap.mean), _first(gap.high), _first(gap.low))


def _when_not(amount: Estimate, timing: Timing) -> str:
    """Return why it cannot be said when the cash comes in; empty if it can."""
    if not timing.goes_live:
        return (
            "the change was in force before the measured days, so the cash was in already; when it "
            "comes in takes a phase with a go-live day"
        )
    if not timing.stays:
        return "the change ends within the measured days; what it freed is tied up again"
    if timing.measured_days - timing.first_day < 2 * FINAL_DAYS:
        return (
            f"fewer than {2 * FINAL_DAYS} measured days follow the go-live, too few to tell a "
            "final level"
        )
    if amount.low <= 0 <= amount.high:
        return "no cash freed can be told from zero"
    return ""


def _final(path: Array, timing: Timing) -> Array:
    days = min(FINAL_DAYS, timing.measured_days - timing.first_day)
    return np.asarray(path[:, -days:].mean(axis=1), dtype=np.float64)


def _weekly(path: Array) -> Array:
    """Return the mean of the week around each day; of fewer days at both ends."""
    sums = np.concatenate([np.zeros((len(path), 1)), np.cumsum(path, axis=1)], axis=1)
    days = np.arange(path.shape[1])
    start = np.maximum(days - _SMOOTHED_DAYS // 2, 0)
    end = np.minimum(days + _SMOOTHED_DAYS // 2 + 1, path.shape[1])
    return np.asarray((sums[:, end] - sums[:, start]) / (end - start))


def _first(values: Array) -> float | None:
    found = np.flatnonzero(values >= 0)
    return float(found[0] + 1) if found.size else None
