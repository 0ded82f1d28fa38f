"""Deliveries from a log: in parts or whole, for one order or several, short, promised when."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.calibration.documents_view import (
    customers_of_deliveries,
    delivery_type,
    links,
    moments,
    related,
)
from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.proportions import generator, interval
from mining.calibration.shares import share
from mining.calibration.waits import (
    DAY_MICROSECONDS,
    FEWEST,
    Floats,
    ends_of_pool,
    queued_within,
)
from mining.proportions import wilson
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

IDENTIFIABLE: tuple[str, ...] = (
    "fulfilment.availability_check",
    "fulfilment.short_pick_share",
    "fulfilment.complete_delivery_share",
    "fulfilment.consolidation_share",
    "fulfilment.promise_allowance_days",
)
"""Paths that an object-centric log with lines and deliveries tells."""

NOT_IDENTIFIABLE: dict[str, str] = {
    "fulfilment.damage_share": "a damage shows only in the reason of a dispute, which a log of "
    "the reference format does not hold",
    "fulfilment.pick_priority": "the order of a queue tells it only where the queue is long",
    "fulfilment.rescheduling_days": "the new date also depends on when goods are expected",
    "inventory.*": "a log has no stock: what is on hand, ordered or expected is nowhere in it",
}

TUNABLE: dict[str, str] = {
    "fulfilment.damage_share": "share of deliveries that are disputed",
    "inventory.safety_stock_days": "share of orders promised later than requested",
    "inventory.order_cycle_days": "share of orders promised later than requested",
    "inventory.supplier_lead_days": "days from the requested to the promised date, mean and p90",
    "fulfilment.rescheduling_days": "changes of date by the system per backordered line",
}
"""Paths that only simulation can find, and the statistic of the log that each moves."""

# Slack of the promise's limits: one delivery more or less.
_SLACK_DAYS = 0.01
_ROUNDS = 200
# Fewer orders of a customer do not tell a wish from chance.
_FEWEST_ORDERS = 3
# Of customers who want orders whole, at most this share of orders is split all the same.
_RARELY = 0.1


def estimate_shipments(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return how orders are split and put together, and whether they wait for goods."""
    log = source.log
    if v.CREATE_DELIVERY not in log.activities:
        return ()
    found = [
        _availability(source),
        _short(source, seed),
        _complete(source, seed),
        _consolidation(source, seed),
        promise_allowance(source),
        *_picking_within(source),
    ]
    return tuple(one for one in found if one is not None)


def _availability(source: Source) -> Estimate | None:
    """Return whether orders wait for goods; in a log that shows no goods they cannot be told."""
    log = source.log
    path = "fulfilment.availability_check"
    dates = {"requested_date", "promised_date"} <= set(log.objects.columns)
    if v.PRODUCE_GOODS in log.activities:
        count = log.events.filter(pl.col("activity").cast(pl.String) == v.PRODUCE_GOODS).height
        return Estimate(path, True, f"{source.name}: {count} times {v.PRODUCE_GOODS}", count)
    if dates:
        orders = log.objects.drop_nulls(["requested_date", "promised_date"])
        late = int((orders["promised_date"] > orders["requested_date"]).sum())
        told = f"{source.name}: {late} of {orders.height} orders promised later than requested"
        return Estimate(path, late > 0, told, orders.height) if orders.height else None
    if v.CONFIRM_ORDER in log.activities:
        return None
    return Estimate(
        path,
        False,
        f"{source.name}: no confirmation, production or promised date",
        log.objects.filter(pl.col("type").cast(pl.String) == source.case_type).height,
        assumption="the wait for goods is within the time from order to delivery",
    )


def _short(source: Source, seed: int) -> Estimate | None:
    log = source.log
    if v.DELIVERY not in log.object_types or v.ORDER_LINE not in log.object_types:
        return None
    if v.PICK_AND_PACK not in log.activities:
        return None
    picked = moments(log, v.DELIVERY, (v.PICK_AND_PACK,)).drop_nulls()["case"]
    planned = links(log, v.CREATE_DELIVERY, v.DELIVERY, v.ORDER_LINE)
    planned = planned.filter(pl.col(v.DELIVERY).is_in(picked.implode()))
    short = log.events.filter(pl.col("activity").cast(pl.String) == v.RECORD_SHORTAGE).height
    told = f"{source.name}: picked lines with {v.RECORD_SHORTAGE}"
    return share("fulfilment.short_pick_share", short, planned.height, told, seed)


def _complete(source: Source, seed: int) -> Estimate | None:
    """Return the share of customers who want an order in one delivery.

    Shown by orders of which some lines waited for goods and others, as far as is seen, did not.
    """
    log = source.log
    late = _late_lines(log)
    if late is None or late.is_empty() or log.object_relations.is_empty():
        return None
    order_of = related(log, "line of").rename({"source": "line", "target": "order"})
    lines = links(log, v.CREATE_DELIVERY, v.DELIVERY, v.ORDER_LINE).select(
        pl.col(v.ORDER_LINE).alias("line"), pl.col("time").alias("created")
    )
    first = lines.group_by("line").agg(pl.col("created").min()).join(order_of, on="line")
    waited = pl.col("line").is_in(late.implode())
    mixed = (
        first.group_by("order")
        .agg(
            waited.any() & (~waited).any(),
            pl.col("created").max().alias("last"),
            (pl.col("created").filter(~waited).min() < pl.col("created").filter(waited).max())
            .fill_null(value=False)
            .alias("split"),
        )
        .filter("line")
    )
    allowance = promise_allowance(source)
    if allowance is not None and allowance.low is not None:
        # Goods that were late, but came before they were wanted, show nothing.
        wanted = log.objects.select(pl.col("object").alias("order"), "requested_date")
        latest = pl.col("requested_date") - pl.duration(seconds=round(allowance.low * 86_400))
        mixed = mixed.join(wanted, on="order").filter(pl.col("last") > latest)
    placed = related(log, "placed by").rename({"source": "order", "target": "customer"})
    by_customer = (
        mixed.join(placed, on="order")
        .group_by("customer")
        .agg(pl.len(), pl.col("split").sum())
        .filter(pl.col("len") >= _FEWEST_ORDERS)
        .sort("customer")
    )
    if by_customer.height < FEWEST:
        return None
    orders, splits = (by_customer[name].to_numpy().astype(float) for name in ("len", "split"))
    rng = generator(seed, "complete deliveries")
    drawn = []
    for _ in range(DRAWS):
        picked = rng.integers(orders.size, size=orders.size)
        drawn.append(_never_split_share(orders[picked], splits[picked]))
    value = _never_split_share(orders, splits)
    # The bootstrap never leaves the edge; the binomial's limits do.
    edges = wilson(value * orders.size, orders.size)
    low, high = interval(drawn)
    told = f"{source.name}: {orders.size} customers with orders of which only a part was late"
    return Estimate(
        "fulfilment.complete_delivery_share", value, told, int(orders.size),
        min(low, edges[0]), max(high, edges[1]), tuple(drawn),
    )  # fmt: skip


def _never_split_share(orders: Floats, splits: Floats) -> float:
    """Return the share of customers whose orders are not split, by maximum likelihood (EM).

    Orders of all the others are split with one probability: goods may come late, but together.
    Those of the former are split now and then, for other reasons than goods (credit, a change).

    Parameters
    ----------
    orders, splits
        Shape (customers,): orders that might have been split, and those that were.
    """
    share_, rarely, often = 0.5, _RARELY / 4, 0.5
    for _ in range(_ROUNDS):
        one = share_ * rarely**splits * (1 - rarely) ** (orders - splits)
        other = (1 - share_) * often**splits * (1 - often) ** (orders - splits)
        weight = one / np.maximum(one + other, 1e-300)
        share_ = float(weight.mean())
        mine, left = float(weight @ orders), float((1 - weight) @ orders)
        rarely = min(max(float(weight @ splits) / max(mine, 1e-9), 1e-6), _RARELY)
        often = float((1 - weight) @ splits) / left if left > 0 else 1.0
        often = min(max(often, _RARELY), 1 - 1e-6)
    return share_


def _late_lines(log: EventLog) -> pl.Series | None:
    """Return the lines whose date the system put off: they waited for goods."""
    if v.ORDER_LINE not in log.object_types or v.DELIVERY not in log.object_types:
        return None
    automatic = log.events.filter(
        (pl.col("activity").cast(pl.String) == v.CHANGE_DELIVERY_DATE)
        & pl.col("automated").fill_null(value=False)
    )
    lines = log.objects.filter(pl.col("type").cast(pl.String) == v.ORDER_LINE).select("object")
    pairs = log.event_objects.select("event", "object").join(
        automatic.select("event"), on="event", how="semi"
    )
    return pairs.join(lines, on="object", how="semi")["object"].unique()


def _consolidation(source: Source, seed: int) -> Estimate | None:
    """Return the share of customers whose orders of one delivery run make one delivery."""
    log = source.log
    if v.DELIVERY not in log.object_types or log.object_relations.is_empty():
        return None
    created = links(log, v.CREATE_DELIVERY, v.DELIVERY, v.ORDER)
    owner = customers_of_deliveries(log).rename({"delivery": v.DELIVERY})
    by_run = (
        created.join(owner, on=v.DELIVERY)
        .group_by("customer", "time")
        .agg(pl.col(v.ORDER).n_unique().alias("orders"), pl.col(v.DELIVERY).n_unique())
        .filter(pl.col("orders") > 1)
        .group_by("customer")
        .agg((pl.col(v.DELIVERY) < pl.col("orders")).mean().alias("together"))
    )
    told = f"{source.name}: customers with several orders in a delivery run"
    hits = int((by_run["together"] > 0.5).sum())
    return share("fulfilment.consolidation_share", hits, by_run.height, told, seed)


def promise_allowance(source: Source) -> Estimate | None:
    """Return the days from the planned dispatch to the promised date.

    Known to a day for each delivery, and so to a fraction of a day for many: the promise is a
    date, and the dispatch of what was picked without a queue is known.
    """
    log, kind = source.log, delivery_type(source)
    if kind != v.DELIVERY or "promised_date" not in log.objects.columns:
        return None
    table = moments(log, v.DELIVERY, (v.CREATE_DELIVERY, v.PICK_AND_PACK)).join(
        log.objects.select(pl.col("object").alias("case"), "promised_date"), on="case"
    )
    started = f"{v.PICK_AND_PACK} start"
    table = table.drop_nulls([v.CREATE_DELIVERY, started, "promised_date"])
    if table.height < FEWEST:
        return None
    begin = table[v.CREATE_DELIVERY].cast(pl.Int64).to_numpy()
    start = table[started].cast(pl.Int64).to_numpy()
    lower, upper = queued_within(begin, start, ends_of_pool(log, v.PICK_AND_PACK), source.zone)
    exact = lower == upper
    local = table["promised_date"].dt.replace_time_zone(source.zone, ambiguous="earliest")
    date = local.dt.convert_time_zone("UTC").cast(pl.Int64).to_numpy()
    least = ((date - start) / DAY_MICROSECONDS)[exact]
    if least.size < FEWEST:
        return None
    # The promise's moment is within its date: allowance and date differ by less than a day. The
    # goods of some are late, so that the day that holds most of them is looked for.
    least = np.sort(least)
    held = np.searchsorted(least, least + 1.0, side="right") - np.arange(least.size)
    first = int(held.argmax())
    low = float(least[first + held[first] - 1]) - _SLACK_DAYS
    high = float(least[first]) + 1.0 + _SLACK_DAYS
    if held[first] < least.size / 2 or not 0 <= low <= high:
        return None
    told = f"{source.name}: promised dates of {least.size} deliveries picked without a queue"
    return Estimate(
        "fulfilment.promise_allowance_days", round((low + high) / 2, 3), told, int(least.size),
        low, high, assumption="the promise counts from the planned dispatch",
    )  # fmt: skip


def _picking_within(source: Source) -> list[Estimate]:
    """Return that picking takes no time of its own where a log does not show it.

    Its time is within the time from delivery to goods issue, and would be counted twice.
    """
    log = source.log
    if v.PICK_AND_PACK in log.activities or v.POST_GOODS_ISSUE not in log.activities:
        return []
    told = f"{source.name}: no {v.PICK_AND_PACK}"
    count = log.events.filter(pl.col("activity").cast(pl.String) == v.POST_GOODS_ISSUE).height
    said = "picking is within the time from delivery to goods issue"
    return [
        Estimate("fulfilment.pick_minutes_per_order", 0.0, told, count, assumption=said),
        Estimate("fulfilment.pick_minutes_per_line", 0.0, told, count, assumption=said),
    ]


ESTIMATORS = (estimate_shipments,)
