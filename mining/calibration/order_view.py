"""Orders as a log tells them: one row an order, one a line, and what happened to each order.

A log with orders is taken as it is. In a log by order line the order is what comes before the
last ``_``, ``-`` or ``/`` of the line's name, if that puts lines of one customer together; if not,
each line counts as an order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from mining.calibration.estimate import Source
from mining.linked_objects import linked_objects
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

_VALUES = ("value", "net_value", "netvalue", "amount", "order_value")
_CUSTOMERS = ("customer", "customer_id", "sold_to", "sold_to_party")
_PRODUCTS = ("product", "material", "article", "sku")
_RECEIVED = (v.RECEIVE_ORDER, v.CREATE_SALES_ORDER)
_LEAST_GROUPED = 0.05


@dataclass(frozen=True, slots=True)
class OrderView:
    """Orders, their lines and their events.

    Parameters
    ----------
    orders
        ``order`` (UInt32), ``customer`` (String; null where unknown), ``value`` (currency, of its
        lines where it has none itself), ``channel`` (String), ``received`` (UTC; null of an order
        that never came), ``local`` (the same on the company's clock), ``quoted`` (when its
        quotation was made, UTC), ``quoted_before`` (whether that was before the log begins, for
        :attr:`~mining.calibration.estimate.Source.since`).
    lines
        ``line`` (UInt32), ``order``, ``value``, ``product`` (String), ``quantity``; without rows
        where the log has no lines.
    events
        ``order``, ``line`` (null where it is about the whole order), ``event``, ``activity``
        (String), ``start`` (null where unknown), ``time``, ``resource``, ``role`` (String),
        ``automated``, ``amount``.
    end
        The last moment of the log, UTC.
    name
        What reports call the log.
    note
        How orders were told apart; empty if the log has them.
    by_line
        Whether the log's case is the order line: then what happens to an order counts by the
        lines it happens to.
    """

    orders: pl.DataFrame
    lines: pl.DataFrame
    events: pl.DataFrame
    end: pl.Series
    name: str
    note: str
    by_line: bool

    def of(self, *activities: str) -> pl.DataFrame:
        """Return the events of some activities, in order of time."""
        wanted = pl.col("activity").is_in(list(activities))
        return self.events.filter(wanted).sort("time", "event")

    def first(self, *activities: str) -> pl.DataFrame:
        """Return the first event of some activities of each order."""
        return self.of(*activities).unique("order", keep="first", maintain_order=True)

    def has(self, *activities: str) -> bool:
        """Return whether any of some activities occurs."""
        return bool(self.events["activity"].is_in(list(activities)).any())

    def weight(self, some: pl.DataFrame) -> float:
        """Return how many lines an order with some events has with them, over the mean.

        In a log by line a share of the orders is not that of the lines: orders that something
        happens to may be larger, and it may not happen to all of their lines. Times this factor
        it is. 1 in other logs.
        """
        if not self.by_line or some.is_empty():
            return 1.0
        lines = some["line"].n_unique() / some["order"].n_unique()
        return lines / (self.lines.height / self.lines["order"].n_unique())


def weighted(view: OrderView) -> str:
    """Return how the shares of a log are weighted, for its assumptions; empty if they are not."""
    return "the share of the lines taken as that of the orders" if view.by_line else ""


def order_view(source: Source) -> OrderView | None:
    """Return a log's orders; None if it has neither orders nor order lines."""
    log = source.log
    if v.ORDER in log.object_types:
        orders, lines, events = _of_objects(log)
        note, by_line = "", False
    elif v.ORDER_LINE in log.object_types:
        orders, lines, events, note = _of_lines(log)
        by_line = True
    else:
        return None
    came = (
        events.filter(pl.col("activity").is_in(_RECEIVED))
        .group_by("order")
        .agg(pl.col("time").min().alias("received"))
    )
    quoted = (
        events.filter(pl.col("activity") == v.CREATE_QUOTATION)
        .group_by("order")
        .agg(pl.col("time").min().alias("quoted"))
    )
    totals = lines.group_by("order").agg(pl.col("value").sum().alias("sum_of_lines"))
    orders = (
        orders.join(came, on="order", how="left")
        .join(quoted, on="order", how="left")
        .join(totals, on="order", how="left")
        .with_columns(
            pl.coalesce("value", "sum_of_lines").alias("value"),
            pl.col("received")
            .dt.replace_time_zone("UTC")
            .dt.convert_time_zone(source.zone)
            .dt.replace_time_zone(None)
            .alias("local"),
            _before(source).alias("quoted_before"),
        )
        .drop("sum_of_lines")
        .sort("order")
    )
    end = log.events.select(pl.col("time").max())["time"]
    return OrderView(orders, lines, events, end, source.name, note, by_line)


def _before(source: Source) -> pl.Expr:
    if source.since is None:
        return pl.lit(value=False)
    day = pl.col("quoted").dt.replace_time_zone("UTC").dt.convert_time_zone(source.zone).dt.date()
    return (day < source.since).fill_null(value=False)


def _of_objects(log: EventLog) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    rows = log.objects_of(v.ORDER)
    links = linked_objects(log, v.ORDER)
    names = log.objects.select(pl.col("object").alias("linked"), "object_id")
    orders = _attributes(rows, "order", with_channel=True)
    if v.CUSTOMER in links:
        customers = links[v.CUSTOMER].join(names, on="linked")
        orders = orders.drop("customer").join(
            customers.select(
                pl.col("object").alias("order"), pl.col("object_id").alias("customer")
            ),
            on="order",
            how="left",
        )
    lines = _no_lines()
    if v.ORDER_LINE in log.object_types:
        to_order = linked_objects(log, v.ORDER_LINE).get(v.ORDER)
        if to_order is not None:
            line_of = to_order.select(
                pl.col("object").alias("line"), pl.col("linked").alias("order")
            )
            lines = _line_attributes(log.objects_of(v.ORDER_LINE)).join(line_of, on="line")
            lines = lines.select("line", "order", "value", "product", "quantity")
    pairs = _pairs(log, v.ORDER).rename({"object": "order"})
    events = pairs.join(_plain_events(log), on="event")
    if lines.height:
        # An event of several lines of an order is one row for each of them.
        of_lines = (
            _pairs(log, v.ORDER_LINE)
            .rename({"object": "line"})
            .join(lines.select("line", "order"), on="line")
        )
        events = events.join(of_lines, on=["event", "order"], how="left")
    else:
        events = events.with_columns(pl.lit(None, pl.UInt32).alias("line"))
    return orders, lines, events


def _of_lines(log: EventLog) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, str]:
    rows = log.objects_of(v.ORDER_LINE)
    own = _attributes(rows, "line", with_channel=True)
    heads = rows["object_id"].str.extract(r"^(.+)[_/\-][^_/\-]+$", 1)
    note = "each order line taken as an order of its own: the log does not say which go together"
    head = rows["object_id"]
    if not heads.null_count() and heads.n_unique() < (1 - _LEAST_GROUPED) * len(heads):
        customers = own.with_columns(heads.alias("head")).group_by("head").agg(
            pl.col("customer").n_unique()
        )["customer"]  # fmt: skip
        if int((customers == 1).sum()) > (1 - _LEAST_GROUPED) * len(customers):
            head, note = heads, "orders by what comes before the last mark in a line's name"
    order = head.rank("dense").cast(pl.UInt32).alias("order") - 1
    own = own.with_columns(order)
    lines = _line_attributes(rows).join(own.select("line", "order"), on="line")
    lines = lines.select("line", "order", "value", "product", "quantity")
    orders = own.group_by("order").agg(
        pl.col("customer").first(),
        pl.col("channel").first(),
        pl.lit(None, pl.Float64).alias("value"),
    )
    events = (
        _pairs(log, v.ORDER_LINE)
        .rename({"object": "line"})
        .join(own.select("line", "order"), on="line")
        .join(_plain_events(log), on="event")
    )
    return orders, lines, events, note


def _pairs(log: EventLog, object_type: str) -> pl.DataFrame:
    numbers = log.objects.filter(pl.col("type") == object_type).select("object")
    pairs = log.event_objects.select("event", "object").unique()
    return pairs.join(numbers, on="object", how="semi")


def _plain_events(log: EventLog) -> pl.DataFrame:
    return log.events.select(
        "event",
        pl.col("activity").cast(pl.String),
        "start",
        "time",
        pl.col("resource").cast(pl.String),
        pl.col("role").cast(pl.String),
        "automated",
        "amount",
    )


def _no_lines() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "line": pl.UInt32,
            "order": pl.UInt32,
            "value": pl.Float64,
            "product": pl.String,
            "quantity": pl.Float64,
        }
    )


def _attributes(rows: pl.DataFrame, name: str, *, with_channel: bool) -> pl.DataFrame:
    return rows.select(
        pl.col("object").alias(name),
        _number(rows, _VALUES).alias("value"),
        _text(rows, _CUSTOMERS).alias("customer"),
        _text(rows, ("channel",) if with_channel else ()).alias("channel"),
    )


def _line_attributes(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        pl.col("object").alias("line"),
        _number(rows, _VALUES).alias("value"),
        _text(rows, _PRODUCTS).alias("product"),
        _number(rows, ("quantity",)).alias("quantity"),
    )


def _column(rows: pl.DataFrame, names: Sequence[str]) -> str | None:
    by_name = {column.casefold().replace(" ", "_"): column for column in rows.columns}
    return next((by_name[name] for name in names if name in by_name), None)


def _number(rows: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    column = _column(rows, names)
    if column is None:
        return pl.lit(None, pl.Float64)
    return pl.col(column).cast(pl.Float64, strict=False)


def _text(rows: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    column = _column(rows, names)
    return pl.lit(None, pl.String) if column is None else pl.col(column).cast(pl.String)
