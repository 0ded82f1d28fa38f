"""Fulfilment from a log: lead times from order to delivery, dispatch, transport and production.

What is between two stamps also holds the wait for the batch run and for people. The run's calendar
is known (:mod:`mining.calibration.batch_runs`), so that a wait that a run ended is an interval;
where work was queued for, the wait is an interval, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from mining.calibration.batch_runs import estimate_runs
from mining.calibration.documents_view import delivery_type, moments, order_type
from mining.calibration.estimate import Estimate, Source
from mining.calibration.families import fit, refits
from mining.calibration.run_clock import Ints, is_day_grain
from mining.calibration.waits import (
    DAY_MICROSECONDS,
    Floats,
    Waits,
    ends_of_pool,
    queued_within,
    run_instants,
    since_last_run,
    since_midnight,
    waits_estimate,
)
from mining.calibration.wanted_dates import lead_waits
from o2c_sim import vocabulary as v

IDENTIFIABLE: tuple[str, ...] = (
    "fulfilment.confirmed_lead_days",
    "fulfilment.dispatch_lead_days",
    "fulfilment.carrier_days",
    "products.production_lead_days",
)
"""Paths that an object-centric log with start stamps tells."""

TUNABLE: dict[str, str] = {
    "fulfilment.confirmed_lead_days": "days from order to delivery, where the log shows no "
    "confirmation: waits for goods and people are in it",
    "fulfilment.dispatch_lead_days": "days from delivery to goods issue, where the log shows no "
    "start of picking",
}
"""Paths whose estimate holds other waits in logs of completion stamps, and what each moves."""


def estimate_flow_times(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return the lead times of fulfilment, as far as the log shows both ends of them."""
    runs = {one.path: one.value for one in estimate_runs(source, seed)}
    found = [
        *_lead(source, seed, runs),
        _dispatch(source, seed, runs),
        _carrier(source, seed, runs),
        _production(source, seed),
    ]
    return tuple(one for one in found if one is not None)


def _lead(source: Source, seed: int, runs: dict[str, Any]) -> list[Estimate | None]:
    grid = run_instants(runs.get("fulfilment.delivery_run"), source.log.events["time"], source.zone)
    found = lead_waits(source, seed, grid)
    if found is None:
        return []
    waits, assumption = found
    what = f"{v.CONFIRM_ORDER if v.CONFIRM_ORDER in source.log.activities else 'order'} to delivery"
    return [waits_estimate(IDENTIFIABLE[0], waits, source, seed, what, assumption)]


def _dispatch(source: Source, seed: int, runs: dict[str, Any]) -> Estimate | None:
    """Return the time from the delivery's creation until it may be picked."""
    log, kind = source.log, delivery_type(source)
    names = (v.CREATE_DELIVERY, v.PICK_AND_PACK, v.POST_GOODS_ISSUE, v.CORRECT_ORDER)
    if kind not in log.object_types or v.CREATE_DELIVERY not in log.activities:
        return None
    table = moments(log, kind, names).drop_nulls(v.CREATE_DELIVERY)
    started = f"{v.PICK_AND_PACK} start"
    if table[started].null_count() < table.height / 2:
        picked = table.drop_nulls(started)
        waits = _until_picked(source, picked)
        return waits_estimate(
            IDENTIFIABLE[1], waits, source, seed, "delivery to pick and pack",
            "picks that queued became ready at some moment of the busy time that they began in",
        )  # fmt: skip
    stamp = v.PICK_AND_PACK if v.PICK_AND_PACK in log.activities else v.POST_GOODS_ISSUE
    done = table.drop_nulls(stamp).filter(pl.col(stamp) >= pl.col(v.CREATE_DELIVERY))
    if done.is_empty():
        return None
    begin, end = _micros(done[v.CREATE_DELIVERY]), _micros(done[stamp])
    days = (end - begin) / DAY_MICROSECONDS
    lower = days
    run = runs.get("fulfilment.pickup_run") if stamp == v.POST_GOODS_ISSUE else None
    said = "the work itself and the wait for people are in it"
    if is_day_grain(done[stamp], source.zone):
        lower = since_midnight(begin, done[stamp], source.zone)
        said += "; the goods left at some moment of the day that is their stamp"
    elif run is not None:
        lower = since_last_run(begin, end, run_instants(run, log.events["time"], source.zone))
        said += "; the wait for the pick-up is not"
    waits = Waits(days, np.minimum(lower, days), np.zeros(days.size, np.bool_), _cases(done))
    return waits_estimate(IDENTIFIABLE[1], waits, source, seed, f"delivery to {stamp}", said)


def _until_picked(source: Source, picked: pl.DataFrame) -> Waits:
    begin, start = _micros(picked[v.CREATE_DELIVERY]), _micros(picked[f"{v.PICK_AND_PACK} start"])
    ends = ends_of_pool(source.log, v.PICK_AND_PACK)
    lower, days = queued_within(begin, start, ends, source.zone)
    return Waits(days, lower, np.zeros(days.size, np.bool_), _cases(picked))


def _carrier(source: Source, seed: int, runs: dict[str, Any]) -> Estimate | None:
    """Return the time from goods issue until the goods are with the customer."""
    log, kind = source.log, delivery_type(source)
    if kind not in log.object_types or v.CONFIRM_DELIVERY not in log.activities:
        return None
    table = moments(log, kind, (v.POST_GOODS_ISSUE, v.CONFIRM_DELIVERY))
    table = table.drop_nulls(v.POST_GOODS_ISSUE)
    open_ = table[v.CONFIRM_DELIVERY].is_null().to_numpy()
    last = log.events["time"].max()
    begin = _micros(table[v.POST_GOODS_ISSUE])
    end = _micros(table[v.CONFIRM_DELIVERY].fill_null(last))
    grid = run_instants(runs.get("fulfilment.carrier_round"), log.events["time"], source.zone)
    if grid.size:
        # What is still under way may have missed only the last round, not the end of the log.
        passed = grid[grid <= end.max()].max(initial=grid.min())
        end = np.where(open_, np.minimum(end, passed), end)
    days: Floats = np.maximum(end - begin, 0) / DAY_MICROSECONDS
    lower = since_last_run(begin, end, grid) if grid.size else days
    waits = Waits(days, np.where(open_, days, np.minimum(lower, days)), open_, _cases(table))
    said = "goods arrive in the carrier's next round" if grid.size else ""
    return waits_estimate(
        IDENTIFIABLE[2], waits, source, seed, "goods issue to arrival", said
    )  # fmt: skip


def _production(source: Source, seed: int) -> Estimate | None:
    """Return the time that goods made to order take; slow ones under way are not in the log."""
    log = source.log
    if v.PRODUCE_GOODS not in log.activities or order_type(source) not in log.object_types:
        return None
    made = log.events.filter(
        (pl.col("activity").cast(pl.String) == v.PRODUCE_GOODS) & pl.col("start").is_not_null()
    )
    if made.height < 2:
        return None
    days = _micros(made["time"] - made["start"]) / DAY_MICROSECONDS
    end = log.events["time"].max()
    window = _micros(pl.Series([end] * made.height) - made["start"]) / DAY_MICROSECONDS
    window = np.maximum(window, days)
    fitted = fit(days, truncated_at=window)
    drawn = refits(fitted, days, seed=seed, truncated_at=window)
    return Estimate(
        IDENTIFIABLE[3],
        fitted.value,
        f"{source.name}: {v.PRODUCE_GOODS}, {days.size} lines; {fitted.chosen} by AIC",
        int(days.size),
        draws=drawn,
        misfit=fitted.ks,
        assumption="what was not made by the end of the log is known to take longer",
    )


def _micros(times: pl.Series) -> Ints:
    return times.cast(pl.Int64).to_numpy()


def _cases(table: pl.DataFrame) -> Ints:
    return table["case"].cast(pl.Int64).to_numpy()


ESTIMATORS = (estimate_flow_times,)
