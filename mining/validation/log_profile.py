"""What a log of any process shows, in figures that two logs can be compared by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.validation.event_table import cases_of

Reals = npt.NDArray[np.float64]

_MICROSECONDS_PER_HOUR = 3_600_000_000
WEEK_HOURS = 168
# Fewer observations of a lag than this in a log tell nothing about its distribution.
FEWEST_LAGS = 20


@dataclass(frozen=True, slots=True)
class LogProfile:
    """The figures of one log.

    Parameters
    ----------
    prevalence
        Of each activity: the share of cases in which it occurs.
    week
        Share of events that end in each hour of the week (Monday 0:00 first, UTC); 168 shares.
    variants
        Of each sequence of activities: its number of cases.
    lags_hours
        Of each step: hours from the end of an activity to the start of the next in the case
        (negative where they overlap), as ``("A", "B")``; and hours from start to end of an
        activity, as ``("A", "")``.
    cycle_hours
        Hours from the first start to the last end of each case.
    arrivals_hours
        Hours between the starts of neighbouring cases.
    events_per_case
        Mean number of events.
    """

    prevalence: dict[str, float]
    week: Reals
    variants: dict[str, int]
    lags_hours: dict[tuple[str, str], Reals]
    cycle_hours: Reals
    arrivals_hours: Reals
    events_per_case: float


def log_profile(events: pl.DataFrame) -> LogProfile:
    """Return the figures of a log.

    Parameters
    ----------
    events
        See :func:`mining.validation.event_table.event_table`.
    """
    cases = cases_of(events)
    ordered = events.sort("case", "start", "time", "event")
    holding = ordered.group_by("activity").agg(pl.col("case").n_unique()).sort("activity")
    shares = (holding["case"] / cases.height).to_list()
    variants = (
        ordered.group_by("case", maintain_order=True)
        .agg(pl.col("activity").str.join("\x1f"))
        .group_by("activity")
        .len()
        .sort("activity")
    )
    starts = cases["start"].dt.timestamp("us").to_numpy()
    return LogProfile(
        prevalence=dict(zip(holding["activity"].to_list(), shares, strict=True)),
        week=_week(events),
        variants=dict(zip(variants["activity"], variants["len"], strict=True)),
        lags_hours=_lags(ordered),
        cycle_hours=_hours(cases["end"] - cases["start"]),
        arrivals_hours=np.diff(starts) / _MICROSECONDS_PER_HOUR,
        events_per_case=events.height / cases.height,
    )


def _week(events: pl.DataFrame) -> Reals:
    hour = (events["time"].dt.weekday().cast(pl.Int64) - 1) * 24 + events["time"].dt.hour()
    return np.bincount(hour.to_numpy(), minlength=WEEK_HOURS) / events.height


def _lags(ordered: pl.DataFrame) -> dict[tuple[str, str], Reals]:
    same = pl.col("case") == pl.col("case").shift(-1)
    steps = ordered.select(
        pl.col("activity").alias("source"),
        pl.col("activity").shift(-1).alias("target"),
        (pl.col("start").shift(-1) - pl.col("time")).alias("lag"),
        same.alias("same"),
    ).filter("same")
    worked = ordered.select(
        pl.col("activity").alias("source"),
        pl.lit("").alias("target"),
        (pl.col("time") - pl.col("start")).alias("lag"),
    ).filter((pl.col("lag") != pl.duration()).any().over("source"))
    rows = pl.concat([steps.drop("same"), worked])
    return {
        (str(source), str(target)): _hours(part["lag"])
        for (source, target), part in rows.partition_by(
            "source", "target", as_dict=True, maintain_order=True
        ).items()
    }


def _hours(values: pl.Series) -> Reals:
    hours = values.dt.total_microseconds().to_numpy() / _MICROSECONDS_PER_HOUR
    return np.asarray(hours, np.float64)
