"""What real logs show besides the reference cycle: steps of their own, lines never delivered."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

from mining import activity_names as a
from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.families import fit
from mining.calibration.incidence import incidence
from mining.calibration.proportions import generator
from mining.proportions import wilson
from mining.validation.case_events import OPENING, case_events
from o2c_sim import vocabulary as v

IDENTIFIABLE: tuple[str, ...] = ("own_steps.steps", "fulfilment.never_delivered_share")
"""Paths that a log tells: the steps that occur in half a percent of the cases or more, and the
share of lines never delivered where the log goes on for longer than deliveries take."""

# What the other estimators take for something of the reference cycle.
_TAKEN = frozenset(
    {
        *v.ACTIVITIES,
        a.CHANGE_PRICE,
        a.CHANGE_QUANTITY,
        a.CHANGE_MATERIAL,
        a.SET_REJECTION_REASON,
        a.SET_ADDRESS_BLOCK,
        a.REMOVE_ADDRESS_BLOCK,
    }
)
_AFTER = ((v.POST_GOODS_ISSUE, "goods_issue"), (v.CREATE_DELIVERY, "delivery"), (OPENING, "entry"))
_RAREST_SHARE = 0.005
_FEWEST = 20
# A smaller share is not told from what comes very late.
_LEAST_NEVER = 0.01
# A step follows a milestone if in so many of the cases with both it comes no earlier.
_FOLLOWS_SHARE = 0.8
# Cases whose milestone is younger than this quantile of the delays may still come to the step.
_FOLLOWED_UNTIL = 0.95
_LONGEST_DAYS = 3_650.0
_ENDED = (v.CREATE_DELIVERY, v.CREATE_INVOICE, v.REJECT_ORDER_LINE, v.CANCEL_ORDER, v.DENY_CREDIT)
_DAY = dt.timedelta(days=1)


def estimate_own_steps(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return the steps that the reference cycle does not have, if the log shows any."""
    events = _cases(source)
    if events is None:
        return ()
    count, end = events["case"].n_unique(), events["time"].max()
    firsts = events.group_by("case", "activity").agg(pl.col("time").min())
    steps: dict[str, dict[str, Any]] = {}
    cases: dict[str, tuple[int, int]] = {}
    for name in sorted(set(firsts["activity"]) - _TAKEN):
        own = firsts.filter(pl.col("activity") == name)
        if own.height < max(_FEWEST, _RAREST_SHARE * count):
            continue
        after, reached = _milestone(firsts, own)
        both = reached.join(own, on="case", how="left", suffix="_step")
        delay = (pl.col("time_step") - pl.col("time")).dt.total_microseconds() / 86_400e6
        both = both.with_columns(delay.clip(0, _LONGEST_DAYS).alias("days"))
        latest = both["days"].quantile(_FOLLOWED_UNTIL)
        followed = both.filter(pl.col("time") <= pl.lit(end) - (latest or 0.0) * _DAY)
        done = followed["days"].drop_nulls()
        if done.len() < _FEWEST:
            continue
        cases[name] = (done.len(), followed.height)
        steps[name] = {
            "after": after,
            "share": round(done.len() / followed.height, 6),
            "delay_days": fit(done.to_numpy()).value,
        }
    if not steps:
        return ()
    return (
        Estimate(
            IDENTIFIABLE[0],
            steps,
            f"{source.name}: activities outside the reference cycle, from the cases old enough to "
            "show them",
            count,
            draws=_drawn(steps, cases, seed),
            assumption="nothing waits for these steps: what they delay is in the lead times",
        ),
    )


def _milestone(firsts: pl.DataFrame, own: pl.DataFrame) -> tuple[str, pl.DataFrame]:
    """Return what a step follows: the latest milestone that nearly always comes before it."""
    for activity, name in _AFTER:
        reached = firsts.filter(pl.col("activity") == activity).select("case", "time")
        both = own.join(reached, on="case", suffix="_reached")
        after = both.filter(pl.col("time") >= pl.col("time_reached")).height
        if after >= _FOLLOWS_SHARE * own.height:
            return name, reached
    return "entry", firsts.filter(pl.col("activity") == OPENING).select("case", "time")


def _drawn(
    steps: dict[str, dict[str, Any]], cases: dict[str, tuple[int, int]], seed: int
) -> tuple[dict[str, dict[str, Any]], ...]:
    """Return the steps with other shares, from their posteriors under Jeffreys' prior."""
    shares = {
        name: generator(seed, f"own_steps.{name}").beta(hits + 0.5, of - hits + 0.5, DRAWS)
        for name, (hits, of) in cases.items()
    }
    return tuple(
        {name: step | {"share": round(float(shares[name][n]), 6)} for name, step in steps.items()}
        for n in range(DRAWS)
    )


def estimate_never_delivered(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return the share of lines that are neither delivered nor given up, where there are any.

    The share that the Kaplan-Meier curve of "delivered or given up" never reaches, at the
    greatest age that 30 lines have.
    """
    events = _cases(source)
    if events is None or v.CREATE_DELIVERY not in events["activity"].unique():
        return ()
    ended = [*_ENDED, a.SET_REJECTION_REASON]
    over = events.filter(pl.col("activity").is_in(ended)).group_by("case").agg(pl.col("time").min())
    table = events.select("case", "begin").unique().join(over, on="case", how="left")
    end = events["time"].max()
    until = pl.col("time").fill_null(end)
    days = table.select(((until - pl.col("begin")).dt.total_seconds() / 86_400).clip(0))
    happened = table["time"].is_not_null()
    followed = table.select((pl.lit(end) - pl.col("begin")).dt.total_seconds() / 86_400)
    curve = incidence(
        days.to_series().to_numpy(), happened.to_numpy(), followed.to_series().to_numpy()
    )
    count, share = table.height, 1 - curve.ever
    delivered = days.filter(happened).to_series()
    # A log shorter than deliveries take cannot tell "never" from "not yet".
    if happened.sum() < _FEWEST or curve.longest < 2 * float(delivered.quantile(0.9) or 0.0):
        return ()
    low, high = wilson(share * count, count)
    if low < _LEAST_NEVER:
        return ()
    drawn = generator(seed, IDENTIFIABLE[1]).beta(
        share * count + 0.5, (1 - share) * count + 0.5, DRAWS
    )
    return (
        Estimate(
            IDENTIFIABLE[1],
            round(share, 6),
            f"{source.name}: neither delivered nor given up after {curve.longest:.0f} days",
            count,
            low,
            high,
            tuple(float(one) for one in np.asarray(drawn)),
            assumption="what is later than that never comes",
        ),
    )


ESTIMATORS = (estimate_own_steps, estimate_never_delivered)


def _cases(source: Source) -> pl.DataFrame | None:
    """Return the events of the order lines, or of the orders where a log has no lines."""
    types = source.log.object_types
    kind = next((one for one in (v.ORDER_LINE, v.ORDER) if one in types), None)
    if kind is None:
        return None
    events = case_events(source.log, kind)
    return None if events.is_empty() else events
