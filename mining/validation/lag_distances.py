"""Lags: how long it takes from one milestone to another, and how far two logs lie apart in it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from mining.validation.curves import quantile_curves
from o2c_sim import vocabulary as v

Floats = npt.NDArray[np.float64]

MILESTONES = (
    v.CREATE_SALES_ORDER,
    v.CREATE_DELIVERY,
    v.POST_GOODS_ISSUE,
    v.CREATE_INVOICE,
    v.CLEAR_INVOICE,
)
# A lag may lie so many times as far from the test log as the training log does (issue 6).
ALLOWED_RATIO = 1.2
# Where the training log is nearer than that, a difference below an hour counts as none.
SMALLEST_DAYS = 1 / 24
# Fewer lags of a kind than this say nothing.
_FEWEST = 20
_MICROSECONDS_PER_DAY = 86_400e6


def lag_table(
    train: pl.DataFrame,
    test: pl.DataFrame,
    runs: Sequence[pl.DataFrame],
    known: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Compare the lags of simulated logs with those of a test log.

    Parameters
    ----------
    train, test, runs
        Case events of the training and the test log and of each simulated one, all of them
        observed by the same rules.
    known
        The training log as it was known when the test log began: without what was still to come.

    Returns
    -------
    polars.DataFrame
        One row per lag that training and test log have at least 20 times: ``source``, ``target``,
        ``milestone`` (whether both are milestones), ``train_count``, ``test_count``,
        ``train_days``, ``test_days``, ``simulated_days`` (means), ``floor_days`` (Wasserstein
        distance of training and test log, days), ``distance_days`` (of all simulated logs taken
        together from the test log), ``run_days`` (mean of the single runs' distances),
        ``known_days`` (distance of the training log as known then; null where not given),
        ``ks_floor``, ``ks`` (Kolmogorov-Smirnov, together), ``ratio`` (distance over floor; null
        where the floor is 0), ``within`` (at most :data:`ALLOWED_RATIO` times the floor, or
        :data:`SMALLEST_DAYS`). A lag that the simulation never shows has null distances and is
        not within.

    Notes
    -----
    The runs are judged together, as the training log is: one run is as short as the test log, and
    its own chance alone would put the true model about 1.2 times as far from the test log as a
    training log three times as long.
    """
    firsts = [_firsts(log) for log in (train, test, *runs)]
    then = None if known is None else _firsts(known)
    present = [name for name in MILESTONES if all(name in log.columns for log in firsts[:2])]
    pairs = list(dict.fromkeys([*pairwise(present), *((present[0], p) for p in present[1:])]))
    both = set(firsts[0].columns) & set(firsts[1].columns)
    further = [
        (v.CREATE_SALES_ORDER, name)
        for name in sorted(both - {"case", *MILESTONES})
        if v.CREATE_SALES_ORDER in both
    ]
    rows = []
    for source, target in [*pairs, *further]:
        lags = [_lags(log, source, target) for log in firsts]
        if min(len(lags[0]), len(lags[1])) < _FEWEST:
            continue
        row: dict[str, object] = {"source": source, "target": target}
        row["milestone"] = (source, target) in pairs
        past = np.empty(0) if then is None else _lags(then, source, target)
        if len(past):
            row["known_days"] = float(stats.wasserstein_distance(past, lags[1]))
        rows.append(row | _compared(lags[0], lags[1], lags[2:]))
    return pl.DataFrame(rows, schema=_SCHEMA)


def lag_curves(
    table: pl.DataFrame, train: pl.DataFrame, test: pl.DataFrame, runs: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """Return the quantiles of the lags of a :func:`lag_table`, made from the same events.

    Returns
    -------
    polars.DataFrame
        See :func:`mining.validation.curves.quantile_curves`.
    """
    firsts = [_firsts(log) for log in (train, test, *runs)]
    found = {}
    for source, target in table.select("source", "target").iter_rows():
        past, unseen, *made = (_lags(log, source, target) for log in firsts)
        found[source, target] = (past, unseen, made)
    return quantile_curves(found)


def _compared(train: Floats, test: Floats, runs: Sequence[Floats]) -> dict[str, float | int | None]:
    floor = float(stats.wasserstein_distance(train, test))
    found: dict[str, float | int | None] = {
        "train_count": len(train),
        "test_count": len(test),
        "train_days": float(train.mean()),
        "test_days": float(test.mean()),
        "floor_days": floor,
        "ks_floor": float(stats.ks_2samp(train, test).statistic),
        "within": False,
    }
    shown = [run for run in runs if len(run)]
    if not shown:
        return found
    pooled = np.concatenate(shown)
    distance = float(stats.wasserstein_distance(pooled, test))
    return found | {
        "simulated_days": float(pooled.mean()),
        "distance_days": distance,
        "run_days": float(np.mean([stats.wasserstein_distance(run, test) for run in shown])),
        "ks": float(stats.ks_2samp(pooled, test).statistic),
        "ratio": distance / floor if floor else None,
        "within": distance <= max(ALLOWED_RATIO * floor, SMALLEST_DAYS),
    }


def _firsts(events: pl.DataFrame) -> pl.DataFrame:
    """Return one row a case, one column an activity: when it happened first."""
    first = events.group_by("case", "activity").agg(pl.col("time").min())
    # Sums depend on the order of their terms in the last bit.
    return first.pivot(on="activity", index="case", values="time").sort("case")


def _lags(firsts: pl.DataFrame, source: str, target: str) -> Floats:
    if not {source, target} <= set(firsts.columns):
        return np.empty(0)
    lag = (pl.col(target) - pl.col(source)).dt.total_microseconds().alias("lag")
    values: Floats = firsts.select(lag).drop_nulls()["lag"].to_numpy() / _MICROSECONDS_PER_DAY
    return values


_SCHEMA = {
    "source": pl.String,
    "target": pl.String,
    "milestone": pl.Boolean,
    "train_count": pl.Int64,
    "test_count": pl.Int64,
    **dict.fromkeys(
        (
            "train_days",
            "test_days",
            "simulated_days",
            "floor_days",
            "distance_days",
            "run_days",
            "known_days",
        ),
        pl.Float64,
    ),
    "ks_floor": pl.Float64,
    "ks": pl.Float64,
    "ratio": pl.Float64,
    "within": pl.Boolean,
}
