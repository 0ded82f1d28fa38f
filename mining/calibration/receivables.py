"""The invoices that customers' behaviour is read from: of a log or of a second file."""

from __future__ import annotations

import polars as pl

from mining.calibration.estimate import Source
from mining.linked_objects import linked_objects
from mining.measures import local_date
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

# What may make a customer pay sooner or later than it meant to.
_INTERVENTIONS = (
    v.SEND_DUNNING_LEVEL_1,
    v.CALL_CUSTOMER,
    v.OPEN_DISPUTE,
    v.CREATE_CREDIT_MEMO,
    v.CANCEL_INVOICE,
    v.WRITE_OFF_INVOICE,
)
_UNKNOWN = pl.lit(None, pl.Int32)
COLUMNS = (
    "invoice", "customer", "segment", "amount", "terms_days", "issued", "arrived", "due", "paid",
    "method", "channel", "disputed", "prepaid", "discount", "intervened", "cancelled", "seen_until",
)  # fmt: skip


def invoice_rows(source: Source) -> pl.DataFrame:
    """Return what is known of each invoice's payment.

    Parameters
    ----------
    source
        The data; its second file goes before the log.

    Returns
    -------
    polars.DataFrame
        ``invoice``, ``customer`` (String), ``segment``, ``amount`` (currency), ``terms_days``;
        as local day numbers from 1970-01-01: ``issued``, ``arrived`` (at the customer), ``due``,
        ``paid`` (first money; null while open), ``intervened`` (first reminder, call, dispute or
        credit memo), ``seen_until`` (last day of the data); ``method``, ``channel``, ``disputed``,
        ``prepaid``, ``discount`` (a cash discount was allowed), ``cancelled``. Null where the
        data do not say. Where only days late are known, all are due on day 0 and ``issued`` is
        null. Empty if there are no invoices.
    """
    if source.receivables is not None:
        return _of_file(source.receivables)
    if v.INVOICE not in source.log.object_types:
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.Null))
    return _of_log(source.log)


def is_list(source: Source) -> bool:
    """Return whether the invoices come from a list of dates and not from events."""
    return source.receivables is not None


def name_of(source: Source) -> str:
    """Return what reports call the data that the invoices come from."""
    return source.receivables_name or source.name if source.receivables is not None else source.name


def _of_file(table: pl.DataFrame) -> pl.DataFrame:
    def day(name: str) -> pl.Expr:
        if name not in table.columns:
            return _UNKNOWN
        return pl.col(name).cast(pl.Date).cast(pl.Int32)

    known = set(table.columns)
    rows = table.with_row_index("invoice").select(
        "invoice",
        (pl.col("customer").cast(pl.String) if "customer" in known else pl.lit("all")).alias(
            "customer"
        ),
        pl.lit(None, pl.String).alias("segment"),
        (
            pl.col("amount").cast(pl.Float64) if "amount" in known else pl.lit(None, pl.Float64)
        ).alias("amount"),
        day("invoice_date").alias("issued"),
        day("due_date").alias("due"),
        day("settled_date").alias("paid"),
        pl.lit(None, pl.String).alias("method"),
        pl.lit(None, pl.String).alias("channel"),
        (
            pl.col("disputed").cast(pl.Boolean) if "disputed" in known else pl.lit(None, pl.Boolean)
        ).alias("disputed"),
        (
            pl.col("days_late").cast(pl.Float64)
            if "days_late" in known
            else pl.lit(None, pl.Float64)
        ).alias("days_late"),
    )
    dated = rows["due"].null_count() < rows.height
    if not dated:
        rows = rows.with_columns(
            pl.lit(0, pl.Int32).alias("due"),
            pl.col("days_late").round().cast(pl.Int32).alias("paid"),
        ).filter(pl.col("paid").is_not_null())
    return (
        rows.drop_nulls("due")
        .with_columns(
            (pl.col("due") - pl.col("issued")).alias("terms_days"),
            pl.col("issued").alias("arrived"),
            pl.lit(value=False).alias("prepaid"),
            pl.lit(value=False).alias("discount"),
            _UNKNOWN.alias("intervened"),
            pl.lit(value=False).alias("cancelled"),
            (pl.max_horizontal(pl.col("paid").max(), pl.col("issued").max()).cast(pl.Int32)).alias(
                "seen_until"
            ),
        )
        .select(COLUMNS)
    )


def _of_log(log: EventLog) -> pl.DataFrame:
    view = ObjectEvents.of(log)
    items = view.objects_of(v.INVOICE)
    rows = items.select(
        pl.col("object").alias("invoice"),
        (pl.col("amount") if "amount" in items.columns else pl.lit(None, pl.Float64)).alias(
            "amount"
        ),
        (
            pl.col("payment_terms_days").cast(pl.Int32)
            if "payment_terms_days" in items.columns
            else _UNKNOWN.alias("payment_terms_days")
        ).alias("terms_days"),
        (
            pl.col("due_date").cast(pl.Date).cast(pl.Int32)
            if "due_date" in items.columns
            else _UNKNOWN
        ).alias("due"),
    )
    for name, activity, which in (
        ("issued", v.CREATE_INVOICE, "first"),
        ("arrived", v.SEND_INVOICE, "last"),
        ("paid", v.RECEIVE_PAYMENT, "first"),
        ("cancelled", v.CANCEL_INVOICE, "first"),
        ("disputed", v.OPEN_DISPUTE, "first"),
        ("discount", v.ALLOW_DISCOUNT, "first"),
        ("applied", v.APPLY_PAYMENT, "first"),
        ("cleared", v.CLEAR_INVOICE, "first"),
    ):
        days = _days(view, activity, which).rename({"day": name})
        rows = rows.join(days, on="invoice", how="left", maintain_order="left")
    stops = [_days(view, activity, "first") for activity in _INTERVENTIONS]
    intervened = pl.concat(stops).group_by("invoice").agg(pl.col("day").min().alias("intervened"))
    rows = rows.join(intervened, on="invoice", how="left", maintain_order="left")
    rows = rows.with_columns(
        pl.coalesce("due", pl.col("issued") + pl.col("terms_days")).alias("due"),
        pl.coalesce("terms_days", pl.col("due") - pl.col("issued")).alias("terms_days"),
        # Money that was there before the invoice was paid in advance.
        (pl.min_horizontal("paid", "applied", "cleared") <= pl.col("issued"))
        .fill_null(value=False)
        .alias("prepaid"),
        pl.col("cancelled").is_not_null(),
        pl.col("disputed").is_not_null(),
        pl.col("discount").is_not_null(),
        pl.lit(view.dates.max()).cast(pl.Date).cast(pl.Int32).alias("seen_until"),
    )
    if (customers := _customers(log)) is not None:
        rows = rows.join(customers, on="invoice", how="left", maintain_order="left")
    rows = rows.join(_methods(view), on="invoice", how="left", maintain_order="left")
    missing = [name for name in COLUMNS if name not in rows.columns]
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
    return rows.select(COLUMNS).filter(pl.col("due").is_not_null() & pl.col("issued").is_not_null())


def _days(view: ObjectEvents, activity: str, which: str) -> pl.DataFrame:
    """Return on which local day something happened to each invoice that it happened to."""
    if activity not in view.activities:
        return pl.DataFrame(schema={"invoice": pl.UInt32, "day": pl.Int32})
    return view.spans(v.INVOICE, activity).select(
        pl.col("case").alias("invoice"),
        local_date(which, view.log.zone).cast(pl.Int32).alias("day"),
    )


def _customers(log: EventLog) -> pl.DataFrame | None:
    """Return the customer of each invoice, and what the log says of the customer."""
    links = linked_objects(log, v.INVOICE).get(v.CUSTOMER)
    if links is None:
        return None
    customers = log.objects_of(v.CUSTOMER)
    told = {"segment": "segment", "invoice_channel": "channel"}
    about = customers.select(
        pl.col("object").alias("linked"),
        pl.col("object_id").alias("customer"),
        *(pl.col(n).cast(pl.String).alias(to) for n, to in told.items() if n in customers.columns),
    )
    return links.rename({"object": "invoice"}).join(about, on="linked").drop("linked")


def _methods(view: ObjectEvents) -> pl.DataFrame:
    """Return how each invoice was paid first."""
    empty = pl.DataFrame(schema={"invoice": pl.UInt32, "method": pl.String})
    if v.PAYMENT not in view.object_types:
        return empty
    payments = view.objects_of(v.PAYMENT)
    if "payment_method" not in payments.columns or v.RECEIVE_PAYMENT not in view.activities:
        return empty
    received = view.of_activities(v.PAYMENT, (v.RECEIVE_PAYMENT,)).select("event", "case")
    invoices = view.related(v.INVOICE).rename({"case": "invoice"})
    return (
        received.join(invoices, on="event")
        .join(payments.select(pl.col("object").alias("case"), "payment_method"), on="case")
        .sort("event")
        .group_by("invoice", maintain_order=True)
        .agg(pl.col("payment_method").first().cast(pl.String).alias("method"))
    )
