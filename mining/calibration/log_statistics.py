"""What a log and its simulated double are compared by: lags between milestones, and how often."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim import vocabulary as v

Floats = npt.NDArray[np.float64]

# In the order in which an order comes by; the lag from each to the next that a log has.
MILESTONES = (
    v.CREATE_SALES_ORDER,
    v.CONFIRM_ORDER,
    v.CREATE_DELIVERY,
    v.POST_GOODS_ISSUE,
    v.CREATE_INVOICE,
    v.RECEIVE_PAYMENT,
    v.CLEAR_INVOICE,
)
# Blocks and their end.
HOLDS = (
    (v.SET_ORDER_BLOCK, v.REMOVE_ORDER_BLOCK),
    (v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK),
    (v.SET_BILLING_BLOCK, v.REMOVE_BILLING_BLOCK),
    (v.OPEN_DISPUTE, v.RESOLVE_DISPUTE),
)
LEAST = 20
_QUANTILES = (np.arange(200) + 0.5) / 200
# A lag within the hour, and an activity in one of twenty orders, are not looked at more closely.
_SHORTEST_HOURS = 1.0
_RAREST = 0.05
_WORST = 3.0


@dataclass(frozen=True, slots=True)
class LogStatistics:
    """Lags and shares of the orders that begin in a period, as known at its end.

    Parameters
    ----------
    orders
        How many there are.
    lag_hours
        Two activities to the hours from the first time of one to the first time of the other.
    shares
        Activity to the share of orders in which it occurs.
    """

    orders: int
    lag_hours: Mapping[tuple[str, str], Floats]
    shares: Mapping[str, float]


def log_statistics(
    events: pl.DataFrame,
    begin: dt.datetime,
    end: dt.datetime,
    pairs: Iterable[tuple[str, str]] | None = None,
) -> LogStatistics:
    """Return the statistics of the orders that begin in a period.

    Parameters
    ----------
    events
        ``order``, ``activity`` (String), ``time``.
    begin, end
        The period, UTC; what happens from *end* on is not known, so lags that are still under way
        are missing here, in a log and in its double alike.
    pairs
        The activities between which lags are taken, those of the log that this one is to be
        compared with; by default what it has of :data:`MILESTONES` and :data:`HOLDS`.
    """
    known = events.filter(pl.col("time") < end)
    first = known.group_by("order", "activity").agg(pl.col("time").min())
    begun = first.group_by("order").agg(pl.col("time").min().alias("begun"))
    orders = begun.filter(pl.col("begun") >= begin)["order"]
    first = first.filter(pl.col("order").is_in(orders.implode()))
    count = len(orders)
    shares = first.group_by("activity").len().sort("activity")
    times = {str(key[0]): part for key, part in first.group_by("activity")}
    if pairs is None:
        reached = [name for name in MILESTONES if name in times]
        pairs = [*itertools.pairwise(reached), *HOLDS]
    lags = {}
    for one, other in pairs:
        if one in times and other in times:
            both = times[one].join(times[other], on="order", suffix="_after")
            hours = (both["time_after"] - both["time"]).dt.total_seconds().to_numpy() / 3600
            lags[one, other] = np.sort(hours.astype(np.float64))
    return LogStatistics(
        count,
        lags,
        {name: number / count for name, number in shares.iter_rows()} if count else {},
    )


def loss(real: LogStatistics, simulated: LogStatistics) -> float:
    """Return how far a simulated log is from a real one; 0 is no difference.

    The mean, over lags that the real log has at least :data:`LEAST` times, of the Wasserstein
    distance relative to the real lag's mean size, plus the mean, over the activities that a
    simulation can show, of the difference in share relative to the real share. One lag or share
    counts at most 3, so that nothing hopeless hides the rest. A hold whose beginning the real log
    has less than half as often as its end began before the log looked: only its end counts.
    """
    unseen = {
        begun
        for begun, ended in HOLDS
        if real.shares.get(begun, 0.0) < 0.5 * real.shares.get(ended, 0.0)
    }
    lags = [
        min(_WORST, _lag_error(hours, simulated.lag_hours.get(pair)))
        for pair, hours in real.lag_hours.items()
        if len(hours) >= LEAST and pair[0] not in unseen
    ]
    shares = [
        min(_WORST, abs(share - simulated.shares.get(name, 0.0)) / max(share, _RAREST))
        for name, share in real.shares.items()
        if name in v.ACTIVITIES and name not in unseen
    ]
    return float(sum(np.mean(part) for part in (lags, shares) if part))


def _lag_error(real: Floats, simulated: Floats | None) -> float:
    if simulated is None or len(simulated) == 0:
        return _WORST
    scale = max(float(np.abs(real).mean()), _SHORTEST_HOURS)
    return wasserstein(real, simulated) / scale


def wasserstein(one: Floats, other: Floats) -> float:
    """Return the first Wasserstein distance of two samples, on 200 quantiles, in their unit."""
    quantiles = (np.quantile(sample, _QUANTILES) for sample in (one, other))
    low, high = quantiles
    return float(np.abs(low - high).mean())
