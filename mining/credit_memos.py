"""Credit memos, by whether they put an invoice right or only pay for goods that came back."""

from __future__ import annotations

import polars as pl

from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v


def corrections(view: ObjectEvents) -> pl.Series:
    """Return the events that credit an invoice for another reason than returned goods.

    A credit memo is taken to be for a return if, by then, one was authorised of a delivery that
    its invoice bills (of the order, where a log has no deliveries): the customer has sent the
    goods back, and the invoice was right when it was made.

    Raises
    ------
    LogError
        If the log has no invoices.
    """
    return view.once("corrections", lambda: _corrections(view))["event"]


def _corrections(view: ObjectEvents) -> pl.DataFrame:
    memos = view.of_activities(v.INVOICE, (v.CREATE_CREDIT_MEMO,)).select("event", "case", "time")
    goods = v.DELIVERY if v.DELIVERY in view.object_types else v.ORDER
    if goods not in view.object_types:
        return memos.select("event").unique()
    returned = view.spans(goods, v.AUTHORISE_RETURN).select("case", "first")
    billed = view.of_activities(v.INVOICE, (v.CREATE_INVOICE,)).select("event", "case")
    sent_back = (
        view.of_activities(goods, (v.CREATE_INVOICE,))
        .select("event", pl.col("case").alias("goods"))
        .join(returned, left_on="goods", right_on="case")
        .join(billed, on="event")
        .group_by("case")
        .agg(pl.col("first").min())
    )
    return (
        memos.join(sent_back, on="case", how="left")
        .filter((pl.col("first") > pl.col("time")).fill_null(True))
        .select("event")
        .unique()
    )
