"""Clearing: what settled each receivable, and whether it was money."""

from __future__ import annotations

import polars as pl

from mining.read.sap.kinds import CREDIT_MEMO, DEBIT_MEMO, INVOICE, MONEY, clearing_kinds
from mining.read.sap.parts import Parts
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import TIME

JOURNAL_ENTRY, CLEARING, CANCELLATION_TYPE = "journal_entry", "clearing", "invoice_cancellation"
ENTRY = ("company", "year", "entry")
_CLEARED_BY = ("company", "clearing_year", "clearing")
_OWED = (INVOICE, DEBIT_MEMO)


def relate_goods(activity: str, links: pl.DataFrame, ref: tuple[str, ...], parts: Parts) -> None:
    """Relate events to the orders, order lines and deliveries that they are about."""
    parts.relate(activity, links, ref, v.ORDER, ("order",))
    parts.relate(activity, links, ref, v.ORDER_LINE, ("order", "order_line"))
    parts.relate(activity, links, ref, v.DELIVERY, ("delivery",))


def add_clearings(
    billing: pl.DataFrame, items: pl.DataFrame, cancelled: pl.DataFrame, links: pl.DataFrame,
    parts: Parts, zone: str,
) -> None:  # fmt: skip
    """Add payments, clearings and what they settle.

    Parameters
    ----------
    billing, items
        Billing documents with kind and amount; receivable lines with theirs.
    cancelled
        Billing documents that cancel others.
    links
        ``billing``, ``delivery``, ``order``, ``order_line`` of each billed line.
    parts
        The log under construction.
    zone
        IANA time zone of the system.
    """
    kinds = clearing_kinds(items, billing)
    money = kinds.filter(pl.col("kind") == MONEY)
    others = kinds.filter(pl.col("kind") != MONEY)
    parts.add_objects(v.PAYMENT, money, _CLEARED_BY, pl.col("money").alias("amount"))
    parts.add_objects(CLEARING, others, _CLEARED_BY, pl.col("kind").alias("clearing_kind"))
    parts.bind("paid by", money, (v.PAYMENT, _CLEARED_BY), (v.CUSTOMER, ("customer",)))
    cleared = items.drop_nulls("clearing").join(
        kinds.select(*_CLEARED_BY, "kind", "received_on", "cleared_on"), on=_CLEARED_BY,
        how="left", maintain_order="left", nulls_equal=True,
    )  # fmt: skip
    for rows, object_type in ((cleared.filter(pl.col("kind") == MONEY), v.PAYMENT),
                              (cleared.filter(pl.col("kind") != MONEY), CLEARING)):  # fmt: skip
        source = (object_type, _CLEARED_BY)
        parts.bind("clears", rows, source, (JOURNAL_ENTRY, ENTRY))
        owed = rows.filter(pl.col("item_kind") == INVOICE)
        qualifier = "pays" if object_type == v.PAYMENT else "clears"
        parts.bind(qualifier, owed, source, (v.INVOICE, ("billing",)))
    entry_of = cancelled.select(*ENTRY, "billing").rename(
        {"year": "clearing_year", "entry": "clearing"}
    )
    # The clearing of a cancelled invoice is part of its cancellation.
    parts.relate(v.CANCEL_INVOICE, others.join(
        entry_of, on=_CLEARED_BY, how="inner", nulls_equal=True
    ), ("billing",), CLEARING, _CLEARED_BY)  # fmt: skip
    settled = cleared.filter(pl.col("item_kind").is_in(_OWED)).join(
        cancelled.select(pl.col("cancels").alias("billing")), on="billing", how="anti"
    )
    settled = _net_of_credits(settled, cleared, links).pipe(_at_end_of_day, zone)
    ref = (*ENTRY, "line")
    parts.add_events(v.CLEAR_INVOICE, settled, ref, 10, time=pl.col("cleared_on"),
                     amount=pl.col("applied"), only_day=pl.lit(True))  # fmt: skip
    parts.relate(v.CLEAR_INVOICE, settled, ref, v.INVOICE, ("billing",))
    parts.relate(v.CLEAR_INVOICE, settled, ref, JOURNAL_ENTRY, ENTRY)
    paid = settled.filter(pl.col("kind") == MONEY)
    parts.relate(v.CLEAR_INVOICE, paid, ref, v.PAYMENT, _CLEARED_BY)
    parts.relate(v.CLEAR_INVOICE, settled.filter(pl.col("kind") != MONEY), ref, CLEARING,
                 _CLEARED_BY)  # fmt: skip
    about = settled.join(links, on="billing", suffix="_of")
    relate_goods(v.CLEAR_INVOICE, about, ref, parts)
    received = money.pipe(_at_end_of_day, zone)
    parts.add_events(v.RECEIVE_PAYMENT, received, _CLEARED_BY, 9, time=pl.col("received_on"),
                     amount=pl.col("money"), only_day=pl.lit(True))  # fmt: skip
    parts.relate(v.RECEIVE_PAYMENT, received, _CLEARED_BY, v.PAYMENT, _CLEARED_BY)
    parts.relate(v.RECEIVE_PAYMENT, received, _CLEARED_BY, v.CUSTOMER, ("customer",))
    parts.relate(v.RECEIVE_PAYMENT, paid, _CLEARED_BY, v.INVOICE, ("billing",))
    relate_goods(v.RECEIVE_PAYMENT, about.filter(pl.col("kind") == MONEY), _CLEARED_BY, parts)
    _say(kinds, items, billing, parts)


def _at_end_of_day(rows: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return rows with clearing and receipt, which are local dates, at their end, UTC."""
    for name in ("cleared_on", "received_on"):
        end = pl.col(name).cast(TIME) + pl.duration(hours=23, minutes=59, seconds=59)
        local = end.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        utc = local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        rows = rows.with_columns(utc.alias(name))
    return rows


def _net_of_credits(
    settled: pl.DataFrame, cleared: pl.DataFrame, links: pl.DataFrame
) -> pl.DataFrame:
    """Return settled items with ``applied``: what was settled by other than memos on the invoice.

    A memo is about an invoice if it is billed for the same order line and cleared with it.
    """
    memos = cleared.filter(pl.col("item_kind") == CREDIT_MEMO).join(
        links, on="billing", how="inner"
    )
    pairs = (
        memos.select(*_CLEARED_BY, "order", "order_line", credit=pl.col("amount").abs(),
                     memo="billing")
        .join(links.select("order", "order_line", invoice="billing"), on=["order", "order_line"])
        .unique(["memo", "invoice", *_CLEARED_BY])
        .group_by("invoice", *_CLEARED_BY).agg(pl.col("credit").sum())
        .rename({"invoice": "billing"})
    )  # fmt: skip
    return settled.join(
        pairs, on=["billing", *_CLEARED_BY], how="left", maintain_order="left", nulls_equal=True
    ).with_columns(
        (pl.col("amount") - pl.col("credit").fill_null(0)).clip(lower_bound=0).alias("applied")
    )


def _say_of_dates(billing: pl.DataFrame, parts: Parts) -> None:
    """Say where the clock of entry and the books differ, and where their money does."""
    apart = billing.select(
        (pl.col("created").dt.date() - pl.col("billing_date")).dt.total_days().alias("days")
    ).filter(pl.col("days") > 0)["days"]
    if len(apart):
        parts.notes.append(
            f"{len(apart):,} billing documents are dated before the day of their entry (by up to "
            f"{apart.max()!r} days): events stand at their entry, dates are kept as attributes"
        )
    shares = billing.filter(pl.col("net_amount") > 0)
    times = (shares["amount"] / shares["net_amount"]).drop_nulls().median()
    if isinstance(times, float) and not 0.9 < times < 1.5:
        parts.notes.append(
            f"items of the journal are {times:.2f} times the net value of their billing document, "
            "more than tax explains; receivables follow the journal"
        )


def _say(kinds: pl.DataFrame, items: pl.DataFrame, billing: pl.DataFrame, parts: Parts) -> None:
    """Say what the clearings are, and which invoices the journal does not know."""
    if kinds.height:
        counts = dict(kinds.group_by("kind").len().sort("kind").iter_rows())
        told = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
        none = "; no customer's money is in this extract" if MONEY not in counts else ""
        parts.notes.append(f"{kinds.height:,} documents clear items ({told}){none}")
    presumed = int(kinds["presumed"].sum())
    if presumed:
        parts.notes.append(
            f"{presumed:,} payments are presumed: their own items are not in the extract, and what "
            "they clear does not balance without money; amount and date are those of the clearing"
        )
    if items.height:
        _say_of_dates(billing, parts)
        bare = billing.filter((pl.col("kind") == INVOICE) & pl.col("amount").is_null()).height
        if bare:
            parts.notes.append(
                f"{bare:,} invoices have no item in the journal: they count as documents, and "
                "with no amount in sales and receivables"
            )
        back = items.filter(pl.col("clearing_date") < pl.col("posting_date")).height
        if back:
            parts.notes.append(f"{back:,} items were cleared before they were posted")
        credits = items.filter(pl.col("clearing").is_null() & (pl.col("amount") < 0))
        if credits.height:
            parts.notes.append(
                f"{credits.height:,} open items are credits ({-credits['amount'].sum():,.2f}: "
                "money on account, memos): receivables are those of invoices, without them"
            )
        if items["due_date"].null_count() == items.height:
            parts.notes.append(
                "no item has a due date: days late, ageing and best possible DSO are not known"
            )
