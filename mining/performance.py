"""How often and how long: directly-follows relations and throughput times of a case view."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from o2c_sim.errors import LogError, Problem

MICROSECONDS_PER_HOUR = 3_600_000_000
_REQUIRED = ("case", "event", "activity", "time")


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


def ordered(cases: pl.DataFrame) -> pl.DataFrame:
    """Return a case view in the one order everything is computed in: (case, time, event).

    Parameters
    ----------
    cases
        A case view, in any row order.

    Returns
    -------
    polars.DataFrame
        The same rows; the same object where they are in order already, which is checked first
        because sorting costs twenty times as much.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    missing = [column for column in _REQUIRED if column not in cases.columns]
    if missing:
        raise LogError(
            Problem(
                f"the case view has no column {', '.join(map(repr, missing))}",
                allowed=", ".join(_REQUIRED),
                suggestion="EventLog.flatten(object_type)",
            )
        )
    case, time, event = (pl.col(name) for name in ("case", "time", "event"))
    later_event = (time == time.shift(-1)) & (event <= event.shift(-1))
    later = (case == case.shift(-1)) & ((time < time.shift(-1)) | later_event)
    in_order = cases.lazy().select(((case < case.shift(-1)) | later).all()).collect().item()
    return cases if in_order else cases.sort("case", "time", "event", maintain_order=True)


def directly_follows(cases: pl.DataFrame) -> DirectlyFollows:
    """Return which activity follows which, how often and how long after.

    Parameters
    ----------
    cases
        A case view, in any row order.

    Returns
    -------
    DirectlyFollows
        Tables ordered by falling count, then by name.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    view = _coded(cases)
    names = activity_names(view["activity"])
    lazy = view.lazy()
    same_case = pl.col("case") == pl.col("case").shift(-1)
    pairs = lazy.select(
        "case",
        pl.col("code").alias("source"),
        pl.col("code").shift(-1).alias("target"),
        (pl.col("time").shift(-1) - pl.col("time"))
        .dt.total_microseconds()
        .truediv(MICROSECONDS_PER_HOUR)
        .alias("hours"),
        same_case.alias("same"),
    ).filter("same")
    # One key instead of two, and cases counted at their first pair: both halve the grouping.
    pairs = pairs.with_columns(
        (pl.col("source").cast(pl.UInt32) * len(names) + pl.col("target")).alias("pair")
    )
    edges = pairs.group_by("pair").agg(
        pl.col("source").first(),
        pl.col("target").first(),
        pl.len().cast(pl.Int64).alias("count"),
        _distinct_of_sorted("case").alias("cases"),
        *_mean_median_p90("hours", ""),
    )
    activities = lazy.group_by("code").agg(
        pl.len().cast(pl.Int64).alias("count"),
        _distinct_of_sorted("case").alias("cases"),
        _automated_share(view),
    )
    is_start = (pl.col("case") != pl.col("case").shift(1)).fill_null(True)
    is_end = (~same_case).fill_null(True)
    starts, ends = (
        lazy.filter(edge).group_by("code").agg(pl.len().cast(pl.Int64).alias("count"))
        for edge in (is_start, is_end)
    )
    tables = pl.collect_all([edges, activities, starts, ends])
    named = [_named(table, names) for table in tables]
    return DirectlyFollows(
        edges=named[0]
        .drop("pair")
        .sort(["count", "source", "target"], descending=[True, False, False]),
        activities=_by_count(named[1]),
        starts=_by_count(named[2]),
        ends=_by_count(named[3]),
        cases=int(tables[2]["count"].sum()),
        events=view.height,
    )


def throughput(cases: pl.DataFrame) -> pl.DataFrame:
    """Return how long each case took.

    Parameters
    ----------
    cases
        A case view, in any row order.

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
    view = ordered(cases)
    began = pl.coalesce("start", "time") if "start" in view.columns else pl.col("time")
    return (
        view.lazy()
        .group_by("case", maintain_order=True)
        .agg(
            began.min().alias("start"),
            pl.col("time").last().alias("end"),
            pl.len().cast(pl.Int64).alias("events"),
        )
        .select("case", "start", "end", _hours(pl.col("end") - pl.col("start")), "events")
        .collect()
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


def activity_times(cases: pl.DataFrame) -> pl.DataFrame:
    """Return how long each activity is worked on and how long it is waited for.

    Parameters
    ----------
    cases
        A case view, in any row order.

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
    view = _coded(cases)
    if "start" not in view.columns:
        view = view.with_columns(pl.lit(None, pl.Datetime("us")).alias("start"))
    has_previous = pl.col("case") == pl.col("case").shift(1)
    waiting = pl.coalesce("start", "time") - pl.col("time").shift(1)
    table = (
        view.lazy()
        .select(
            "code",
            _hours(pl.col("time") - pl.col("start")).alias("service"),
            pl.when(has_previous).then(_hours(waiting).clip(lower_bound=0.0)).alias("waiting"),
        )
        .group_by("code")
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            pl.col("service").count().cast(pl.Int64).alias("timed"),
            *_mean_median_p90("service", "service_"),
            *_mean_median_p90("waiting", "waiting_"),
        )
        .collect()
    )
    return _by_count(_named(table, activity_names(view["activity"])))


def rework(cases: pl.DataFrame) -> pl.DataFrame:
    """Return which activities are done more than once in a case.

    Parameters
    ----------
    cases
        A case view, in any row order.

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
    view = _coded(cases)
    table = (
        view.lazy()
        .group_by("case", "code")
        .agg(pl.len().cast(pl.Int64).alias("times"))
        .group_by("code")
        .agg(
            pl.len().cast(pl.Int64).alias("cases"),
            (pl.col("times") > 1).sum().cast(pl.Int64).alias("rework_cases"),
            (pl.col("times") > 1).mean().alias("share"),
            (pl.col("times") - 1).sum().alias("repeats"),
        )
        .collect()
    )
    return _named(table, activity_names(view["activity"])).sort(
        ["rework_cases", "cases", "activity"], descending=[True, True, False]
    )


def coded_activities(activity: pl.Series) -> pl.Series:
    """Return activity names as an Enum, whatever kind of column they came in."""
    if isinstance(activity.dtype, pl.Enum):
        return activity
    texts = activity.cast(pl.String)
    return texts.cast(pl.Enum(texts.unique().sort()))


def activity_names(activity: pl.Series) -> pl.Series:
    """Return the names of an Enum column in the order of its codes."""
    categories: pl.Series = activity.dtype.categories  # type: ignore[attr-defined]
    return categories.cast(pl.String)


def _coded(cases: pl.DataFrame) -> pl.DataFrame:
    view = ordered(cases)
    activity = coded_activities(view["activity"])
    return view.with_columns(activity, activity.to_physical().cast(pl.UInt32).alias("code"))


def _named(table: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """Replace codes by names, in columns named as the public tables name them."""
    codes = [column for column in ("code", "source", "target") if column in table.columns]
    named = table.with_columns(names.gather(table[column]).alias(column) for column in codes)
    return named.rename({"code": "activity"}) if "code" in codes else named


def _by_count(table: pl.DataFrame) -> pl.DataFrame:
    return table.sort(["count", "activity"], descending=[True, False])


def _hours(duration: pl.Expr) -> pl.Expr:
    return duration.dt.total_microseconds().truediv(MICROSECONDS_PER_HOUR).alias("hours")


def _mean_median_p90(column: str, infix: str) -> list[pl.Expr]:
    value = pl.col(column)
    return [
        value.mean().alias(f"mean_{infix}hours"),
        value.median().alias(f"median_{infix}hours"),
        value.quantile(0.9, interpolation="linear").alias(f"p90_{infix}hours"),
    ]


def _distinct_of_sorted(column: str) -> pl.Expr:
    """Count the distinct values of a column whose equal values stand together in each group."""
    value = pl.col(column)
    return ((value != value.shift(1)).fill_null(True)).sum().cast(pl.Int64)


def _automated_share(view: pl.DataFrame) -> pl.Expr:
    if "automated" not in view.columns:
        return pl.lit(None, pl.Float64).alias("automated_share")
    return pl.col("automated").mean().alias("automated_share")
