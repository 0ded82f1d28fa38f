"""What kind of document a number is: order or return, invoice or cancellation, money or not."""

from __future__ import annotations

import polars as pl

from mining.read.sap.documents import Documents

ORDER, QUOTATION, RETURN, OTHER = "order", "quotation", "return", "other"
INVOICE, CANCELLATION, CREDIT_MEMO = "invoice", "cancellation", "credit_memo"
CREDIT_CANCELLATION, DEBIT_MEMO, PRO_FORMA = "credit_cancellation", "debit_memo", "pro_forma"
MONEY, OFFSET = "payment", "offset"

# Document categories (VBTYP, one letter; S/4 writes some with two), then usual document types.
_ORDER_CATEGORIES = {
    "B": QUOTATION, "QT": QUOTATION, "C": ORDER, "OR": ORDER, "I": ORDER, "H": RETURN,
    "RE": RETURN, "A": OTHER, "G": OTHER, "E": OTHER, "F": OTHER, "K": OTHER, "L": OTHER,
    "CR": OTHER, "DR": OTHER, "D": OTHER, "W": OTHER,
}  # fmt: skip
_BILLING_CATEGORIES = {
    "M": INVOICE, "N": CANCELLATION, "O": CREDIT_MEMO, "P": DEBIT_MEMO, "S": CREDIT_CANCELLATION,
    "U": PRO_FORMA,
}  # fmt: skip
_BILLING_TYPES = {
    "S1": CANCELLATION, "S2": CREDIT_CANCELLATION, "G2": CREDIT_MEMO, "RE": CREDIT_MEMO,
    "L2": DEBIT_MEMO, "F5": PRO_FORMA, "F8": PRO_FORMA,
}  # fmt: skip
# Usual types of FI documents that carry a customer's money.
_MONEY_TYPES = ("DZ", "ZP", "ZR", "ZV", "SZ", "DP")
DIALOG = ("A", "DIALOG")


def order_kinds(documents: Documents) -> pl.DataFrame:
    """Return the sales documents with their ``kind``."""
    orders = documents["orders"]
    by_type = {"QT": QUOTATION, "AG": QUOTATION, "RE": RETURN}
    return orders.with_columns(
        pl.coalesce(_looked_up("category", _ORDER_CATEGORIES), _looked_up("type", by_type))
        .fill_null(ORDER)
        .alias("kind")
    )


def billing_kinds(documents: Documents) -> pl.DataFrame:
    """Return the billing documents with their ``kind``.

    A document that cancels another is a cancellation, whatever its type: systems give their own.
    """
    billing = documents["billing"]
    kinds = billing.with_columns(
        pl.coalesce(_looked_up("category", _BILLING_CATEGORIES), _looked_up("type", _BILLING_TYPES))
        .fill_null(INVOICE)
        .alias("kind")
    )
    targets = kinds.select(pl.col("billing").alias("cancels"), pl.col("kind").alias("of"))
    cancels_something = pl.col("cancels").is_not_null()
    cancellations = (CANCELLATION, CREDIT_CANCELLATION)
    return (
        kinds.join(targets.unique("cancels"), on="cancels", how="left", maintain_order="left")
        .with_columns(
            pl.when(cancels_something & (pl.col("of") == CREDIT_MEMO))
            .then(pl.lit(CREDIT_CANCELLATION))
            .when(cancels_something & ~pl.col("kind").is_in(cancellations))
            .then(pl.lit(CANCELLATION))
            .otherwise("kind")
            .alias("kind")
        )
        .drop("of")
    )


def clearing_kinds(items: pl.DataFrame, billing: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each document that cleared items, and whether it brought money.

    A clearing document is not a payment because it clears: the entry of a cancelled invoice clears
    as well, and so does a credit memo. It counts as money if its own line has the type of a
    payment, or if it is unknown otherwise and what it clears does not balance without it.

    Parameters
    ----------
    items
        Receivable lines with ``item_kind`` of their billing document (null where there is none).
    billing
        Billing documents with their kind.

    Returns
    -------
    polars.DataFrame
        ``company``, ``clearing_year``, ``clearing``, ``kind`` (``payment``, ``cancellation``,
        ``credit_memo``, ``offset``), ``money`` (received, currency), ``received_on`` (Date: posting
        of the payment, else the clearing), ``cleared_on`` (Date), ``presumed``: no line of the
        payment itself is in the extract.
    """
    keys = ["company", "clearing_year", "clearing"]
    own = pl.col("entry") == pl.col("clearing")
    paying = pl.col("entry_type").is_in(_MONEY_TYPES) | (own & pl.col("item_kind").is_null())
    paid = paying & (pl.col("amount") < 0)
    groups = (
        items.drop_nulls("clearing")
        .group_by(keys, maintain_order=True)
        .agg(
            pl.col("amount").sum().round(2).alias("rest"),
            (-pl.col("amount").filter(paid).sum()).alias("paid"),
            paid.any().alias("has_line"),
            pl.col("posting_date").filter(paid).max().alias("posted_on"),
            pl.col("clearing_date").max().alias("cleared_on"),
            pl.col("customer").drop_nulls().first().alias("customer"),
        )
    )
    entries = billing.drop_nulls("entry").select(
        pl.col("entry").alias("clearing"), pl.col("kind").alias("billed_as")
    )
    known = groups.join(
        entries.unique("clearing"), on="clearing", how="left", maintain_order="left"
    )
    kind = (
        pl.when("has_line").then(pl.lit(MONEY))
        .when(pl.col("billed_as").is_in([CANCELLATION, CREDIT_CANCELLATION]))
        .then(pl.lit(CANCELLATION))
        .when(pl.col("billed_as") == CREDIT_MEMO).then(pl.lit(CREDIT_MEMO))
        .when(pl.col("rest").abs() < 0.005).then(pl.lit(OFFSET))
        .otherwise(pl.lit(MONEY))
    )  # fmt: skip
    return known.with_columns(kind.alias("kind")).select(
        *keys, "kind", "customer", "cleared_on",
        pl.when(pl.col("kind") == MONEY)
        .then(pl.when("has_line").then("paid").otherwise(pl.col("rest").clip(lower_bound=0)))
        .alias("money"),
        pl.coalesce("posted_on", "cleared_on").alias("received_on"),
        ((pl.col("kind") == MONEY) & ~pl.col("has_line")).alias("presumed"),
    )  # fmt: skip


def automated_users(documents: Documents) -> pl.DataFrame:
    """Return ``user`` and whether it is a system: all user types but dialog are."""
    users = documents["users"].drop_nulls()
    return users.select(
        "user", (~pl.col("user_type").str.to_uppercase().is_in(DIALOG)).alias("automated")
    ).unique("user", keep="first", maintain_order=True)


def _looked_up(column: str, kinds: dict[str, str]) -> pl.Expr:
    return (
        pl.col(column)
        .str.to_uppercase()
        .replace_strict(kinds, default=None, return_dtype=pl.String)
    )
