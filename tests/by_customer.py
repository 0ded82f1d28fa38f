"""Events with the customer that they concern, for tests that follow accounts."""

import polars as pl
from run_checks import activity_name

from o2c_sim import vocabulary as v


def customers_of_invoices(run):
    """Return the customer of each invoice, by their numbers in the log."""
    placed = run.log.object_relations.filter(
        pl.col("qualifier").cast(pl.String) == "placed by"
    ).select(pl.col("source").alias("order"), pl.col("target").alias("customer"))
    created = run.log.events.filter(activity_name == v.CREATE_INVOICE).select("event")
    linked = created.join(run.log.event_objects, on="event").with_columns(
        pl.col("qualifier").cast(pl.String)
    )
    invoices = linked.filter(pl.col("qualifier") == v.INVOICE).select(
        "event", pl.col("object").alias("case")
    )
    orders = linked.filter(pl.col("qualifier") == v.ORDER).select(
        "event", pl.col("object").alias("order")
    )
    return (
        invoices.join(orders, on="event")
        .join(placed, on="order")
        .select("case", "customer")
        .unique("case")
    )
