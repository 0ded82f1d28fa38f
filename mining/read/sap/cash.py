"""From the invoice to clearing: billing documents, journal entries, payments.

What is owed is what the journal says; a billing document knows its net value only. A document
that clears is a ``payment`` if it brought money and a ``clearing`` if not, see
:func:`mining.read.sap.kinds.clearing_kinds`. A cancelled invoice ends with its cancellation, not
with a clearing: nobody paid it.
"""

from __future__ import annotations

import polars as pl

from mining.read.sap.clearing import (
    CANCELLATION_TYPE,
    ENTRY,
    JOURNAL_ENTRY,
    add_clearings,
    relate_goods,
)
from mining.read.sap.documents import Documents
from mining.read.sap.kinds import (
    CANCELLATION,
    CREDIT_CANCELLATION,
    CREDIT_MEMO,
    DEBIT_MEMO,
    INVOICE,
    PRO_FORMA,
    billing_kinds,
)
from mining.read.sap.orders import by_user
from mining.read.sap.parts import Parts
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import TIME

DEBIT_TYPE, PRO_FORMA_TYPE = "debit_memo", "pro_forma_invoice"
CREATE_PRO_FORMA, CREATE_DEBIT_MEMO = "Create Pro Forma Invoice", "Create Debit Memo"
CANCEL_CREDIT_MEMO = "Cancel Credit Memo"


def add_cash(documents: Documents, parts: Parts, users: pl.DataFrame, zone: str) -> None:
    """Add billing documents, journal entries, payments and clearings.

    Parameters
    ----------
    documents
        What the extract holds.
    parts
        The log under construction.
    users
        ``user`` and ``automated``.
    zone
        IANA time zone of the system.
    """
    billing, items = _with_amounts(documents, parts)
    billing = billing.join(users, on="user", how="left", maintain_order="left")
    links = _links(documents)
    cancelled = billing.filter(pl.col("kind") == CANCELLATION).drop_nulls("cancels")
    _billed(billing, links, parts)
    _cancelled(billing, cancelled, links, parts)
    _credited(billing, links, parts)
    _entries(billing, items, parts)
    add_clearings(billing, items, cancelled, links, parts, zone)


def _with_amounts(documents: Documents, parts: Parts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return billing documents with what they put on the customer's account, and the items.

    Receivables without a billing document, entered in accounting itself, become invoices.
    """
    billing = billing_kinds(documents).with_columns(pl.col("company", "year").fill_null(""))
    # A number is made of these; one that an extract leaves out must not take the number with it.
    items = documents["items"].with_columns(pl.col("company", "year", "line").fill_null(""))
    items = items.with_columns(
        # Older releases do not keep the year of a clearing document; its date has it.
        pl.coalesce(
            pl.col("clearing_year").replace(["0", "0000"], None),
            pl.col("clearing_date").dt.year().cast(pl.String), "year",
        ).alias("clearing_year"),
    )  # fmt: skip
    by_entry = billing.drop_nulls("entry").select("company", "year", "entry", of="billing")
    known = billing.select(pl.col("billing"), pl.col("billing").alias("direct"))
    items = (
        items.join(known, on="billing", how="left", maintain_order="left")
        .join(by_entry.unique(ENTRY), on=ENTRY, how="left", maintain_order="left", nulls_equal=True)
        .with_columns(pl.coalesce("direct", "of").alias("billing"))
        .drop("direct", "of")
    )
    items = items.join(
        billing.select("billing", pl.col("kind").alias("item_kind")), on="billing", how="left",
        maintain_order="left",
    )  # fmt: skip
    fi_only = items.filter(
        pl.col("item_kind").is_null() & (pl.col("amount") > 0)
        & ~(pl.col("entry") == pl.col("clearing")).fill_null(value=False)
    )  # fmt: skip
    if fi_only.height:
        number = pl.concat_str([pl.lit("FI"), *(pl.col(part) for part in ENTRY)], separator="-",
                               ignore_nulls=True)  # fmt: skip
        fi_only = fi_only.with_columns(number.alias("billing"))
        own = fi_only.unique("billing", keep="first", maintain_order=True).select(
            "billing", pl.lit(INVOICE).alias("kind"), "company", "year", "entry", "customer",
            "currency", "user", pl.col("entry_type").alias("type"),
            pl.col("document_date").alias("billing_date"),
            pl.coalesce("entered", pl.col("posting_date").cast(TIME)).alias("created"),
            (pl.col("entered").is_null() | pl.col("entered_day")).alias("created_day"),
        )  # fmt: skip
        billing = pl.concat([billing, own], how="diagonal")
        keys = [*ENTRY, "line"]
        items = items.join(
            fi_only.select(*keys, pl.col("billing").alias("own")), on=keys, how="left",
            maintain_order="left", nulls_equal=True,
        )  # fmt: skip
        items = items.with_columns(
            pl.coalesce("own", "billing").alias("billing"),
            pl.when(pl.col("own").is_not_null()).then(pl.lit(INVOICE)).otherwise("item_kind")
            .alias("item_kind"),
        ).drop("own")  # fmt: skip
        parts.notes.append(
            f"{own.height:,} receivables were entered in accounting, without a billing document; "
            "they count as invoices"
        )
    posted = items.drop_nulls(["billing", "entry"]).unique("billing", keep="first")
    posted = posted.select("billing", *(pl.col(part).alias(f"{part}_posted") for part in ENTRY))
    billing = billing.join(posted, on="billing", how="left", maintain_order="left").with_columns(
        pl.when(pl.col("entry").is_null()).then(f"{part}_posted").otherwise(part).alias(part)
        for part in ENTRY
    )
    owed = items.drop_nulls("billing").group_by("billing").agg(
        pl.col("amount").sum().abs().round(2).alias("amount"), pl.col("due_date").max()
    )  # fmt: skip
    billing = billing.join(owed, on="billing", how="left", maintain_order="left")
    if not items.height:
        billing = billing.with_columns(
            (pl.col("net_amount") + pl.col("tax").fill_null(0)).abs().alias("amount")
        )
        parts.notes.append(
            "there are no journal items: invoices have the value of their billing document, and "
            "nothing is known of due dates, payment and what is open"
        )
    return billing, items


def _links(documents: Documents) -> pl.DataFrame:
    """Return ``billing``, ``delivery``, ``order``, ``order_line`` of each billed line."""
    lines = documents["billing_lines"].select(
        "billing", "document", "document_line",
        pl.col("order").alias("order_given"), pl.col("order_line").alias("line_given"),
    )  # fmt: skip
    delivered = documents["delivery_lines"].select(
        pl.col("delivery").alias("document"), pl.col("line").alias("document_line"),
        "order", "order_line",
    ).unique(["document", "document_line"], keep="first", maintain_order=True)  # fmt: skip
    deliveries = documents["deliveries"].select(
        pl.col("delivery").alias("document"), pl.col("delivery").alias("delivery")
    )
    orders = documents["orders"].select(
        pl.col("order").alias("document"), pl.col("order").alias("direct")
    )
    joined = (
        lines.join(delivered, on=["document", "document_line"], how="left", maintain_order="left")
        .join(deliveries, on="document", how="left", maintain_order="left")
        .join(orders, on="document", how="left", maintain_order="left")
    )
    is_order = pl.col("direct").is_not_null()
    return joined.select(
        "billing",
        "delivery",
        pl.coalesce("order_given", "order", "direct").alias("order"),
        pl.coalesce(
            "line_given", "order_line", pl.when(is_order).then("document_line")
        ).alias("order_line"),
    ).unique(maintain_order=True)  # fmt: skip


def _billed(billing: pl.DataFrame, links: pl.DataFrame, parts: Parts) -> None:
    kinds = (
        (INVOICE, v.INVOICE, v.CREATE_INVOICE),
        (DEBIT_MEMO, DEBIT_TYPE, CREATE_DEBIT_MEMO),
        (PRO_FORMA, PRO_FORMA_TYPE, CREATE_PRO_FORMA),
    )
    for kind, object_type, activity in kinds:
        rows = billing.filter(pl.col("kind") == kind)
        parts.add_objects(
            object_type, rows, ("billing",), "amount", "net_amount", "currency",
            pl.col("due_date").cast(TIME), pl.col("billing_date").cast(TIME),
            pl.col("type").alias("document_type"),
        )  # fmt: skip
        parts.add_events(activity, rows, ("billing",), 5, **by_user("created"),
                         amount=pl.col("amount"))  # fmt: skip
        parts.relate(activity, rows, ("billing",), object_type, ("billing",))
        parts.relate(activity, rows, ("billing",), JOURNAL_ENTRY, ENTRY)
        own = links.join(rows.select("billing"), on="billing", how="semi")
        relate_goods(activity, own, ("billing",), parts)
        source = (object_type, ("billing",))
        parts.bind("bills", own, source, (v.DELIVERY, ("delivery",)))
        parts.bind("bills", own, source, (v.ORDER_LINE, ("order", "order_line")))
        parts.bind("bills", own, source, (v.ORDER, ("order",)))
        parts.bind("owed by", rows, source, (v.CUSTOMER, ("customer",)))


def _cancelled(
    billing: pl.DataFrame, cancelled: pl.DataFrame, links: pl.DataFrame, parts: Parts
) -> None:
    everything = billing.filter(pl.col("kind") == CANCELLATION)
    parts.add_objects(CANCELLATION_TYPE, everything, ("billing",), "net_amount", "currency")
    of = billing.select(pl.col("billing").alias("cancels"), pl.col("amount").alias("owed"))
    rows = cancelled.join(of, on="cancels", how="left", maintain_order="left")
    name = v.CANCEL_INVOICE
    parts.add_events(name, rows, ("billing",), 8, **by_user("created"), amount=pl.col("owed"))
    parts.relate(name, rows, ("billing",), CANCELLATION_TYPE, ("billing",))
    parts.relate(name, rows, ("billing",), v.INVOICE, ("cancels",))
    parts.relate(name, rows, ("billing",), JOURNAL_ENTRY, ENTRY)
    about = rows.select("billing", "cancels").join(links, left_on="cancels", right_on="billing")
    relate_goods(name, about, ("billing",), parts)
    parts.bind("cancels", rows, (CANCELLATION_TYPE, ("billing",)), (v.INVOICE, ("cancels",)))
    flagged = billing.filter(
        (pl.col("kind") == INVOICE)
        & pl.col("is_cancelled").str.to_lowercase().is_in(["true", "x", "1"])
    )
    alone = flagged.join(rows.select(pl.col("cancels").alias("billing")), on="billing", how="anti")
    if alone.height:
        parts.notes.append(
            f"{alone.height:,} invoices are marked as cancelled, and the extract does not hold the "
            "cancellation: they stay open"
        )


def _credited(billing: pl.DataFrame, links: pl.DataFrame, parts: Parts) -> None:
    rows = billing.filter(pl.col("kind") == CREDIT_MEMO)
    parts.add_objects(v.CREDIT_MEMO, rows, ("billing",), "amount", "net_amount", "currency")
    parts.add_events(v.CREATE_CREDIT_MEMO, rows, ("billing",), 6, **by_user("created"),
                     amount=pl.col("amount"))  # fmt: skip
    parts.relate(v.CREATE_CREDIT_MEMO, rows, ("billing",), v.CREDIT_MEMO, ("billing",))
    parts.relate(v.CREATE_CREDIT_MEMO, rows, ("billing",), JOURNAL_ENTRY, ENTRY)
    own = links.join(rows.select("billing"), on="billing", how="semi")
    relate_goods(v.CREATE_CREDIT_MEMO, own, ("billing",), parts)
    taken_back = billing.filter(pl.col("kind") == CREDIT_CANCELLATION).drop_nulls("cancels")
    parts.add_events(CANCEL_CREDIT_MEMO, taken_back, ("billing",), 8, **by_user("created"))
    parts.relate(CANCEL_CREDIT_MEMO, taken_back, ("billing",), v.CREDIT_MEMO, ("cancels",))


def _entries(billing: pl.DataFrame, items: pl.DataFrame, parts: Parts) -> None:
    """Add journal entries: those whose items are there, and those that a document only names."""
    entries = items.unique(ENTRY, keep="first", maintain_order=True).with_columns(
        pl.col("posting_date").cast(TIME), pl.col("amount").alias("entry_amount")
    )
    parts.add_objects(
        JOURNAL_ENTRY, entries, ENTRY, "entry_type", "entry_amount", "posting_date", "currency"
    )
    named = billing.drop_nulls("entry").select(*ENTRY, "billing", "kind")
    alone = named.join(entries, on=ENTRY, how="anti", nulls_equal=True)
    parts.add_objects(JOURNAL_ENTRY, alone, ENTRY)
    if alone.height and items.height:
        parts.notes.append(
            f"{alone.height:,} journal entries are only named by their billing document; their "
            "items are not in the extract"
        )
    types = {INVOICE: v.INVOICE, CANCELLATION: CANCELLATION_TYPE, CREDIT_MEMO: v.CREDIT_MEMO,
             DEBIT_MEMO: DEBIT_TYPE}  # fmt: skip
    for kind, object_type in types.items():
        posted = named.filter(pl.col("kind") == kind)
        parts.bind("posts", posted, (JOURNAL_ENTRY, ENTRY), (object_type, ("billing",)))
