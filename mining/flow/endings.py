"""When an item is done: completed or cancelled, and what tells it apart from an open one."""

from __future__ import annotations

import polars as pl

from mining.flow.stages import Workflow
from mining.order_facts import order_facts
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

OUTCOME = pl.Enum(("open", "completed", "cancelled"))


def endings(log: EventLog, view: pl.DataFrame, flow: Workflow, case_type: str) -> pl.DataFrame:
    """Return when each item was done, and how.

    Completed is an item at its last closing activity, if no milestone comes later, and each
    opening activity has its closing one (two invoices of which one is paid leave an order open).
    Where the log has invoices as objects that are cleared, an order or an invoice is completed
    when nothing of it is open (:func:`mining.order_facts.order_facts`), be it by cash, credit memo
    or write-off. Cancelled is an item at its last cancelling activity if neither a milestone nor
    a restoring activity comes after it; an order line also when its order is.

    Parameters
    ----------
    log
        In reference names.
    view
        Its case view in order, ``activity`` as text.
    flow
        See :func:`mining.flow.stages.workflow`.
    case_type
        Object type of the cases.

    Returns
    -------
    polars.DataFrame
        ``item``, ``done`` (naive UTC; null while open), ``outcome``.
    """
    activity = pl.col("activity")

    def last(names: tuple[str, ...]) -> pl.Expr:
        return pl.col("time").filter(activity.is_in(names)).max()

    def number(names: tuple[str, ...]) -> pl.Expr:
        return activity.is_in(names).sum().cast(pl.Int64)

    facts = view.group_by(pl.col("case").alias("item"), maintain_order=True).agg(
        last(flow.closing).alias("closed"),
        last(flow.milestones).alias("milestone"),
        last(tuple(x for x in flow.milestones if x not in flow.opening)).alias("delivered"),
        last(flow.opening).alias("billed"),
        last(flow.cancelling).alias("cancelled"),
        last(flow.restoring).alias("restored"),
        (number(flow.opening) - number(flow.reopening)).alias("opened"),
        number(flow.closing).alias("closings"),
        last((v.CREATE_CREDIT_MEMO, v.ALLOW_DISCOUNT, v.CANCEL_INVOICE)).alias("reduced"),
        pl.col("time").max().alias("end"),
        activity.last().is_in(flow.closing).alias("ends_so"),
    )
    closed = pl.col("closed").is_not_null()
    if flow.last_event_only:
        complete = closed & pl.col("ends_so")
    else:
        complete = closed & ~(pl.col("milestone") > pl.col("closed")).fill_null(False)
        complete &= pl.col("closings") >= pl.col("opened")
    facts = facts.with_columns(pl.when(complete).then("closed").alias("completed"))
    if v.CLEAR_INVOICE in flow.closing and v.INVOICE in log.object_types:
        facts = _by_open_items(log, facts, case_type)
    if case_type == v.ORDER_LINE:
        facts = _with_their_order(log, facts)
    cancelled = (
        pl.col("completed").is_null()
        & pl.col("cancelled").is_not_null()
        & ~(pl.max_horizontal("milestone", "restored") > pl.col("cancelled")).fill_null(False)
    )
    return facts.select(
        "item",
        pl.when(cancelled).then("cancelled").otherwise("completed").alias("done"),
        pl.when(cancelled)
        .then(pl.lit("cancelled"))
        .when(pl.col("completed").is_not_null())
        .then(pl.lit("completed"))
        .otherwise(pl.lit("open"))
        .cast(OUTCOME)
        .alias("outcome"),
    )


def _by_open_items(log: EventLog, facts: pl.DataFrame, case_type: str) -> pl.DataFrame:
    """Return the facts with the completion that follows from the invoices of each item."""
    settled = order_facts(log, case_type).select(
        pl.col("order").cast(pl.UInt32).alias("item"),
        pl.col("settled"),
        pl.max_horizontal("cleared", "written_off").alias("settled_at"),
    )
    # Where no cash came in, a memo, a discount or a cancellation has ended the last invoice.
    settled_at = pl.coalesce("settled_at", "reduced", "end")
    # What has been delivered since the last invoice is still to be billed.
    is_billed = ~(pl.col("delivered") > pl.col("billed")).fill_null(False)
    return facts.join(settled, on="item", how="left", maintain_order="left").with_columns(
        pl.when(pl.col("settled").fill_null(False) & is_billed)
        .then(pl.max_horizontal(settled_at, "milestone"))
        .alias("completed")
    )


def _with_their_order(log: EventLog, facts: pl.DataFrame) -> pl.DataFrame:
    """Return the facts of order lines, those of cancelled orders cancelled with them."""
    if v.ORDER not in log.object_types or log.object_relations.is_empty():
        return facts
    cancelled = log.events.filter(pl.col("activity").cast(pl.String) == v.CANCEL_ORDER)
    orders = (
        log.event_objects.join(cancelled.select("event", "time"), on="event")
        .join(log.objects_of(v.ORDER).select("object"), on="object")
        .group_by("object")
        .agg(pl.col("time").max())
    )
    lines = (
        log.object_relations.join(orders, left_on="target", right_on="object")
        .group_by(pl.col("source").cast(pl.UInt32).alias("item"))
        .agg(pl.col("time").max().alias("with_order"))
    )
    return facts.join(lines, on="item", how="left", maintain_order="left").with_columns(
        pl.max_horizontal("cancelled", "with_order").alias("cancelled")
    )
