"""When orders are wanted: from the confirmation until the delivery is to be created.

The delivery is created in the first run after that, unless the goods are not there yet, the
customer asks for another date, or the order is held.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.activity_names import SET_REJECTION_REASON
from mining.calibration.documents_view import moments, order_type
from mining.calibration.estimate import Source
from mining.calibration.families import fit
from mining.calibration.late_goods import orders_of_late_goods, wanted_runs
from mining.calibration.likelihood import FAMILIES, NO_CURVE
from mining.calibration.proportions import generator
from mining.calibration.run_clock import Ints
from mining.calibration.shipments import promise_allowance
from mining.calibration.waits import (
    DAY_MICROSECONDS,
    FEWEST,
    Floats,
    Waits,
    ends_of_pool,
    queued_within,
    since_last_run,
)
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

_GIVEN_UP = (v.CANCEL_ORDER, v.REJECT_ORDER_LINE, SET_REJECTION_REASON)
# How often the wishes that were changed are completed from the others.
_ROUNDS = 3
_GRID = (np.arange(400) + 0.5) / 400


def lead_waits(source: Source, seed: int, runs: Ints) -> tuple[Waits, str] | None:
    """Return the waits from confirmation to the wanted delivery, and what had to be assumed.

    Parameters
    ----------
    source, seed
        As of an estimator.
    runs
        When deliveries are created, microseconds; empty if at any moment.
    """
    log, kind = source.log, order_type(source)
    if kind not in log.object_types or v.CREATE_DELIVERY not in log.activities:
        return None
    begin_with = next(
        (a for a in (v.CONFIRM_ORDER, v.CREATE_SALES_ORDER) if a in log.activities), None
    )
    if begin_with is None:
        return None
    names = (
        begin_with, v.CREATE_DELIVERY, v.CHANGE_DELIVERY_DATE, v.SET_CREDIT_BLOCK, *_GIVEN_UP
    )  # fmt: skip
    table = moments(log, kind, names).drop_nulls(begin_with)
    end = log.events["time"].max()
    in_run = pl.col(v.SET_CREDIT_BLOCK).cast(pl.Int64).is_in(pl.Series(runs).implode())
    held = pl.col(v.SET_CREDIT_BLOCK) > pl.col(begin_with)
    table = table.with_columns(
        pl.col(begin_with).alias("begin"),
        # An order that a delivery run finds to be held was wanted in that run.
        pl.min_horizontal(v.CREATE_DELIVERY, pl.when(held & in_run).then(v.SET_CREDIT_BLOCK)).alias(
            "end"
        ),
        (
            held
            & ~in_run
            & (pl.col(v.SET_CREDIT_BLOCK) <= pl.col(v.CREATE_DELIVERY)).fill_null(value=True)
        )
        .fill_null(value=False)
        .alias("held"),
        pl.min_horizontal(*_GIVEN_UP).fill_null(end).alias("over"),
    )
    table = table.join(_asked_for_later(log, kind), on="case", how="left", maintain_order="left")
    early = pl.col("asked") > pl.col("begin")
    asked = table.filter(early & (pl.col("end").is_null() | (pl.col("asked") < pl.col("end"))))
    table = table.join(asked, on="case", how="anti", maintain_order="left")
    table = table.filter(pl.col("end").is_null() | (pl.col("end") >= pl.col("begin")))
    waited = orders_of_late_goods(log, kind, table, runs)
    wanted = wanted_runs(log, table, waited[0], runs, source.zone)
    waits = _no_later_than_requested(source, table, _waits(table, waited, runs, wanted))
    if int((~waits.open).sum()) < FEWEST:
        return None
    said = ["the wait for the delivery run is left out"] if runs.size else []
    if begin_with != v.CONFIRM_ORDER:
        said.append("counted from the order's creation, with the wait for goods and people in it")
    if asked.height and begin_with == v.CONFIRM_ORDER:
        until = _asked_after(log, asked, source.zone)
        waits = _with_changed(waits, until, asked["case"].cast(pl.Int64).to_numpy(), seed)
        said.append("a changed date was asked for at any moment before the first one alike")
    elif asked.height:
        said.append(f"{asked.height} orders with another date are left out")
    return waits, "; ".join(said)


def _waits(
    table: pl.DataFrame, waited: tuple[pl.Series, pl.Series], runs: Ints, wanted: pl.DataFrame
) -> Waits:
    open_ = table["end"].is_null().to_numpy()
    begin = table["begin"].cast(pl.Int64).to_numpy()
    end = table["end"].fill_null(table["over"]).cast(pl.Int64).to_numpy()
    days: Floats = np.maximum(end - begin, 0) / DAY_MICROSECONDS
    lower = np.minimum(since_last_run(begin, end, runs), days) if runs.size else days
    # Goods that came late say only that they were wanted before.
    late = (table["case"].is_in(waited[0].implode()) | table["held"]).to_numpy()
    lower = np.where(open_, days, np.where(late, 0.0, lower))
    dated = table.select("case").join(wanted, on="case", how="left", maintain_order="left")
    after, by = (dated[name].fill_null(-1).to_numpy() for name in ("after", "by"))
    told = (by >= begin) & late & ~open_
    days = np.where(told, (by - begin) / DAY_MICROSECONDS, days)
    lower = np.where(told, np.maximum(after - begin, 0) / DAY_MICROSECONDS, lower)
    waits = Waits(days, lower, open_, table["case"].cast(pl.Int64).to_numpy())
    # An order that still waits for its goods says nothing of when it was wanted.
    return waits.taken(~(open_ & (late | table["case"].is_in(waited[1].implode()).to_numpy())))


def _no_later_than_requested(source: Source, table: pl.DataFrame, waits: Waits) -> Waits:
    """Return the waits, those that outlast the requested date as known only to be shorter.

    The goods of an order leave an allowance before the requested date, whatever kept them here.
    """
    allowance = promise_allowance(source)
    if allowance is None or allowance.low is None:
        return waits
    if order_type(source) != v.ORDER:
        return waits
    dates = source.log.objects.select(pl.col("object").alias("case"), "requested_date")
    local = pl.col("requested_date").dt.replace_time_zone(source.zone, ambiguous="earliest")
    latest = local.dt.convert_time_zone("UTC").dt.replace_time_zone(None) - pl.col("begin")
    most = (
        pl.DataFrame({"case": waits.block})
        .with_columns(pl.col("case").cast(pl.UInt32))
        .join(table.select("case", "begin"), on="case", how="left", maintain_order="left")
        .join(dates, on="case", how="left", maintain_order="left")
        .select((latest.cast(pl.Int64) / DAY_MICROSECONDS).fill_null(float("inf")))
        .to_series()
        .to_numpy()
        + 1.0
        - allowance.low
    )
    beyond = (waits.lower > most) & (most > 0) & ~waits.open
    return Waits(
        np.where(beyond, most, waits.days),
        np.where(beyond, 0.0, waits.lower),
        waits.open,
        waits.block,
    )


def _asked_for_later(log: EventLog, kind: str) -> pl.DataFrame:
    """Return the first change of date of each order that people made: ``case`` and ``asked``."""
    changed = log.events.filter(
        (pl.col("activity").cast(pl.String) == v.CHANGE_DELIVERY_DATE)
        & ~pl.col("automated").fill_null(value=False)
    )
    numbers = log.objects.filter(pl.col("type").cast(pl.String) == kind).select("object")
    return (
        log.event_objects.select("event", "object")
        .join(numbers, on="object", how="semi")
        .join(changed.select("event", pl.coalesce("start", "time").alias("asked")), on="event")
        .group_by(pl.col("object").alias("case"))
        .agg(pl.col("asked").min())
    )


def _asked_after(log: EventLog, asked: pl.DataFrame, zone: str) -> Floats:
    """Return after how many days customers asked: the middle of the time that it may have been."""
    begin, start = (asked[name].cast(pl.Int64).to_numpy() for name in ("begin", "asked"))
    lower, _ = queued_within(begin, start, ends_of_pool(log, v.CHANGE_DELIVERY_DATE), zone)
    middle: Floats = (lower + (start - begin) / DAY_MICROSECONDS) / 2
    return middle


def _with_changed(waits: Waits, until: Floats, block: Ints, seed: int) -> Waits:
    """Return the waits with those that the customer cut off by asking for another date.

    The customer asks at any moment before the wanted day alike, so that of a wait w the moment t
    has density 1/w: given t, the wait has density f(w)/w above t. It is drawn from that, f being
    fitted to all (a stochastic EM, with the same random numbers in each round).
    """
    chance = generator(seed, "wanted dates").uniform(size=until.size)
    whole, drawn = waits, until
    for _ in range(_ROUNDS):
        value = fit(whole.days, censored=whole.open, lower=whole.lower).value
        quantiles = _grid(value)
        above = np.cumsum((1.0 / quantiles)[::-1])[::-1]
        # Weight of the quantiles above t, and the one that has the drawn share of it above it.
        place = np.searchsorted(quantiles, until, side="right")
        left = np.append(above, 0.0)[place]
        rising = np.searchsorted(-above, -left * (1.0 - chance), side="left")
        drawn = np.where(
            left > 0, np.maximum(quantiles[np.clip(rising, 0, quantiles.size - 1)], until), until
        )
        whole = Waits(
            np.concatenate((waits.days, drawn)),
            np.concatenate((waits.lower, drawn)),
            np.concatenate((waits.open, np.zeros(until.size, np.bool_))),
            np.concatenate((waits.block, block)),
        )
    return whole


def _grid(value: dict[str, object]) -> Floats:
    """Return quantiles of a distribution as a model file has it, at even probabilities."""
    name = str(value["distribution"])
    if name in NO_CURVE:
        from pydantic import TypeAdapter

        from o2c_sim.model.distribution import Distribution

        found = TypeAdapter(Distribution).validate_python(value).quantile(_GRID)
    else:
        family = FAMILIES[name]
        found = family.law(tuple(float(str(value[f])) for f in family.fields)).ppf(_GRID)
    quantiles: Floats = np.maximum(np.asarray(found, dtype=np.float64), 1e-6)
    return quantiles
