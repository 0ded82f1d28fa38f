"""How often and how long: directly-follows relations and throughput times of a case view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from mining.grouping import Floats, Groups, Integers
from mining.ordered_cases import OrderedCases, micros
from o2c_sim.eventlog import TIME

MICROSECONDS_PER_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class DirectlyFollows:
    """The directly-follows graph of a case view, with frequency and performance.

    Parameters
    ----------
    edges
        One row per pair: ``source``, ``target`` (String), ``count`` (pairs), ``cases``
        (distinct cases), ``mean_hours``, ``median_hours``, ``p90_hours`` (completion to
        completion, calendar hours).
    activities
        One row per activity: ``activity`` (String), ``count``, ``cases``; ``automated_share``
        (0 to 1, null where the log does not say).
    starts, ends
        First and last activities: ``activity`` (String), ``count`` (cases).
    cases
        Number of cases.
    events
        Number of rows of the case view.
    """

    edges: pl.DataFrame
    activities: pl.DataFrame
    starts: pl.DataFrame
    ends: pl.DataFrame
    cases: int
    events: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A sample of durations in four numbers.

    Parameters
    ----------
    count
        Values that are known.
    mean, median, p90
        In the unit of the sample; NaN for an empty one. Quantiles interpolate linearly.
    """

    count: int
    mean: float
    median: float
    p90: float


def directly_follows(cases: pl.DataFrame | OrderedCases) -> DirectlyFollows:
    """Return which activity follows which, how often and how long after.

    Parameters
    ----------
    cases
        A case view, in any row order, or what several measures of one share.

    Returns
    -------
    DirectlyFollows
        Tables ordered by falling count, then by name.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    rows = OrderedCases.of(cases)
    names, code, case = rows.names, rows.code, rows.case
    ends = rows.begins + rows.sizes - 1
    # The step from one case to the next has the largest key, and so comes last.
    between = len(names) ** 2
    kind: type[np.integer[Any]] = np.uint16 if len(names) <= 255 else np.int64
    key: Integers = np.asarray(code[:-1], dtype=kind) * len(names) + code[1:]
    key[ends[:-1]] = between
    pairs = Groups.of(key).below(between)
    source, target = np.divmod(pairs.keys, max(len(names), 1))
    edges = {
        "source": names.gather(source),
        "target": names.gather(target),
        "count": pairs.counts,
        "cases": pairs.distinct(case),
        **_mean_median_p90(pairs, np.diff(rows.time), ""),
    }
    occurrences = Groups.of(code)
    activities = {
        "activity": names.gather(occurrences.keys),
        "count": occurrences.counts,
        "cases": occurrences.distinct(case),
        "automated_share": _automated_share(rows, occurrences),
    }
    return DirectlyFollows(
        edges=pl.DataFrame(edges).sort(
            ["count", "source", "target"], descending=[True, False, False]
        ),
        activities=_by_count(pl.DataFrame(activities)),
        starts=_counted(code[rows.begins], names),
        ends=_counted(code[ends], names),
        cases=len(rows.begins),
        events=len(code),
    )


def throughput(cases: pl.DataFrame | OrderedCases) -> pl.DataFrame:
    """Return how long each case took.

    Parameters
    ----------
    cases
        A case view, in any row order, or what several measures of one share.

    Returns
    -------
    polars.DataFrame
        One row per case, by case: ``case``, ``start`` (when its first work began; the first
        completion where the log has no starts), ``end`` (last completion), ``hours`` (calendar
        hours between the two), ``events``.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    rows = OrderedCases.of(cases)
    moment = rows.view.schema["time"]
    return pl.DataFrame(
        {
            "case": rows.view["case"][rows.begins],
            "start": pl.Series(rows.started).cast(TIME).cast(moment),
            "end": pl.Series(rows.ended).cast(TIME).cast(moment),
            "hours": (rows.ended - rows.started) / MICROSECONDS_PER_HOUR,
            "events": rows.sizes,
        }
    )


def summary(values: pl.Series) -> Summary:
    """Return count, mean, median and ninth decile of a sample, nulls left out."""
    known = values.drop_nulls().cast(pl.Float64)
    figures = (
        known.mean(),
        known.median(),
        known.quantile(0.9, interpolation="linear"),
    )
    return Summary(
        known.len(),
        *(float("nan") if value is None else float(value) for value in figures),  # type: ignore[arg-type]
    )


def activity_times(cases: pl.DataFrame | OrderedCases) -> pl.DataFrame:
    """Return how long each activity is worked on and how long it is waited for.

    Parameters
    ----------
    cases
        A case view, in any row order, or what several measures of one share.

    Returns
    -------
    polars.DataFrame
        One row per activity, the most frequent first: ``activity``, ``count``, ``timed`` (events
        whose start is known), ``mean_service_hours``, ``median_service_hours``,
        ``p90_service_hours`` (start to completion; null where no start is known), and
        ``mean_waiting_hours``, ``median_waiting_hours``, ``p90_waiting_hours``: from the
        completion of the case's previous event to this one's start, zero where they overlap.
        Where the start is unknown the waiting lasts until completion and so contains the work.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    rows = OrderedCases.of(cases)
    count = np.bincount(rows.code, minlength=len(rows.names))
    begun, known = rows.time, np.zeros(len(rows.time), np.bool_)
    if "start" in rows.view.columns:
        begun = micros(rows.view.select(pl.coalesce("start", "time")).to_series())
        known = rows.view["start"].is_not_null().to_numpy()
    later = np.ones(len(begun), np.bool_)
    later[rows.begins] = False
    follows = np.flatnonzero(later)
    waited = np.maximum(begun[follows] - rows.time[follows - 1], 0)
    table = pl.DataFrame(
        {
            "activity": rows.names,
            "count": count,
            "timed": np.bincount(rows.code[known], minlength=len(rows.names)),
            **_by_code(rows.code[known], (rows.time - begun)[known], "service_", rows.names),
            **_by_code(rows.code[follows], waited, "waiting_", rows.names),
        }
    )
    return _by_count(table.filter(pl.col("count") > 0))


def rework(cases: pl.DataFrame | OrderedCases) -> pl.DataFrame:
    """Return which activities are done more than once in a case.

    Parameters
    ----------
    cases
        A case view, in any row order, or what several measures of one share.

    Returns
    -------
    polars.DataFrame
        One row per activity: ``activity``, ``cases`` (in which it occurs), ``rework_cases`` (in
        which it occurs again), ``share`` (of the former), ``repeats`` (executions beyond the
        first of each case). Most rework first.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    rows = OrderedCases.of(cases)
    # One key per case and activity: the case's turn and the code.
    turn = np.repeat(np.arange(len(rows.begins)), rows.sizes)
    wide = max(len(rows.names), 1)
    key, times = np.unique(turn * wide + rows.code, return_counts=True)
    code = key % wide
    size = len(rows.names)
    occurs, again = np.bincount(code, minlength=size), np.bincount(code[times > 1], minlength=size)
    table = pl.DataFrame(
        {
            "activity": rows.names,
            "cases": occurs,
            "rework_cases": again,
            "share": again / np.maximum(occurs, 1),
            "repeats": np.bincount(rows.code, minlength=size) - occurs,
        }
    )
    return table.filter(pl.col("cases") > 0).sort(
        ["rework_cases", "cases", "activity"], descending=[True, True, False]
    )


def _counted(code: Integers, names: pl.Series) -> pl.DataFrame:
    counts = np.bincount(code, minlength=len(names))
    table = pl.DataFrame({"activity": names, "count": counts})
    return _by_count(table.filter(pl.col("count") > 0))


def _by_count(table: pl.DataFrame) -> pl.DataFrame:
    return table.sort(["count", "activity"], descending=[True, False])


def _mean_median_p90(groups: Groups, micros: Integers, infix: str) -> dict[str, Floats]:
    mean, (median, p90) = groups.quantiles(micros, (0.5, 0.9))
    return {
        f"{name}_{infix}hours": values / MICROSECONDS_PER_HOUR
        for name, values in (("mean", mean), ("median", median), ("p90", p90))
    }


def _by_code(
    code: Integers, micros: Integers, infix: str, names: pl.Series
) -> dict[str, pl.Series]:
    """Return mean, median and ninth decile for every code, null where it has no value."""
    groups = Groups.of(code)
    found = {}
    for name, values in _mean_median_p90(groups, micros, infix).items():
        full = np.full(len(names), np.nan)
        full[groups.keys] = values
        found[name] = pl.Series(full).fill_nan(None)
    return found


def _automated_share(rows: OrderedCases, groups: Groups) -> pl.Series:
    size = len(groups.keys)
    if "automated" not in rows.view.columns:
        return pl.repeat(None, size, dtype=pl.Float64, eager=True)
    automated = rows.view["automated"]
    if automated.null_count() == len(automated):
        return pl.repeat(None, size, dtype=pl.Float64, eager=True)
    known = automated.is_not_null().to_numpy()
    true = automated.fill_null(value=False).to_numpy()
    total, yes = (
        np.bincount(rows.code[which], minlength=len(rows.names))[groups.keys]
        for which in (known, true)
    )
    share = pl.Series(yes / np.maximum(total, 1))
    return share.zip_with(pl.Series(total > 0), pl.repeat(None, size, dtype=pl.Float64, eager=True))
