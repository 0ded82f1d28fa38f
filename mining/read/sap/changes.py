"""Change documents: who set a block, moved a date, rejected a line, and when."""

from __future__ import annotations

import polars as pl

from mining.read.sap.documents import Documents
from mining.read.sap.parts import Parts, identity
from o2c_sim import vocabulary as v

_Steps = dict[str, tuple[str | None, str | None, str | None]]

# Field: what setting, changing and removing its value is called; None is no event of its own.
_ON_ORDERS: _Steps = {
    "LIFSK": ("Set Delivery Block", "Change Delivery Block", "Remove Delivery Block"),
    "FAKSK": (v.SET_BILLING_BLOCK, None, v.REMOVE_BILLING_BLOCK),
    "VSBED": ("Change Shipping Conditions",) * 3,
    "KUNNR": ("Change Customer",) * 3,
    "VDATU": (v.CHANGE_DELIVERY_DATE,) * 3,
}
_ON_LINES: _Steps = {
    "ABGRU": (v.REJECT_ORDER_LINE, "Change Rejection Reason", "Remove Rejection Reason"),
    "FAKSP": (v.SET_BILLING_BLOCK, None, v.REMOVE_BILLING_BLOCK),
    "LIFSP": ("Set Schedule Line Block", None, "Remove Schedule Line Block"),
    "EDATU": (v.CHANGE_DELIVERY_DATE,) * 3,
    "NETPR": ("Change Price",) * 3,
    "NETWR": ("Change Price",) * 3,
    "KWMENG": ("Change Quantity",) * 3,
    "MATNR": ("Change Material",) * 3,
    "ROUTE": ("Change Route",) * 3,
}
_ON_DELIVERIES: _Steps = {
    "LIFSK": ("Set Delivery Block", "Change Delivery Block", "Remove Delivery Block"),
    "ROUTE": ("Change Route",) * 3,
}
# Credit status: B blocked, C released in part, D released by a person, A approved by itself.
_CREDIT = {"B": v.SET_CREDIT_BLOCK, "A": v.RELEASE_CREDIT_BLOCK, "D": v.RELEASE_CREDIT_BLOCK,
           "C": v.RELEASE_CREDIT_BLOCK}  # fmt: skip
_TABLES: dict[str, tuple[str, _Steps]] = {
    "VBAK": (v.ORDER, _ON_ORDERS), "VBUK": (v.ORDER, _ON_ORDERS), "VBAP": (v.ORDER_LINE, _ON_LINES),
    "VBEP": (v.ORDER_LINE, _ON_LINES), "LIKP": (v.DELIVERY, _ON_DELIVERIES),
}  # fmt: skip
_ATTRIBUTES = {
    "LIFSK": "delivery_block", "FAKSK": "billing_block", "CMGST": "credit_status",
    "ABGRU": "rejection_reason", "EDATU": "promised_date", "KWMENG": "quantity", "NETWR": "amount",
    "ZTERM": "payment_terms", "VDATU": "requested_date", "WERKS": "plant",
}  # fmt: skip


def add_changes(documents: Documents, parts: Parts, users: pl.DataFrame) -> None:
    """Add what change documents say: an event for each, and the attribute's new value.

    Parameters
    ----------
    documents
        What the extract holds.
    parts
        The log under construction.
    users
        ``user`` and ``automated``.
    """
    rows = documents["changes"].with_columns(
        pl.col("table", "field").str.to_uppercase(), *_numbers()
    )
    known = rows.filter(pl.col("table").is_in(list(_TABLES)))
    known = known.join(users, on="user", how="left", maintain_order="left").with_row_index("at")
    initial = r"^[0\s.]*$"  # a date or number that is not filled
    empty = {
        side: pl.col(side).is_null() | pl.col(side).str.contains(initial) for side in ("old", "new")
    }
    used = 0
    for table, (object_type, fields) in _TABLES.items():
        own = known.filter(pl.col("table") == table)
        key = ("document", "line") if object_type == v.ORDER_LINE else ("document",)
        for field, (on, change, off) in fields.items():
            of_field = own.filter((pl.col("field") == field) & ~(empty["old"] & empty["new"]))
            used += of_field.height
            groups = (
                (on, of_field.filter(empty["old"])),
                (change, of_field.filter(~empty["old"] & ~empty["new"])),
                (off, of_field.filter(empty["new"])),
            )
            for activity, chosen in groups:
                if activity is not None and chosen.height:
                    _add(activity, chosen, object_type, key, parts)
        if object_type == v.ORDER:
            status = own.filter(pl.col("field") == "CMGST")
            used += status.height
            for value, activity in _CREDIT.items():
                # An order approved by itself was never blocked.
                released = status.filter(
                    (pl.col("new") == value) & ((pl.col("old") == "B") | (value == "B"))
                )
                if released.height:
                    _add(activity, released, object_type, key, parts)
        values = own.filter(pl.col("field").is_in(list(_ATTRIBUTES)))
        parts.add_changes(
            values.select(
                identity(object_type, *key).alias("object_id"),
                pl.col("changed").alias("time"),
                pl.col("field").replace_strict(_ATTRIBUTES, return_dtype=pl.String)
                .alias("attribute"),
                pl.col("new").fill_null("").alias("value"),
            ).drop_nulls(["object_id", "time"])
        )  # fmt: skip
    if rows.height > used:
        parts.notes.append(
            f"{rows.height - used:,} of {rows.height:,} changed fields are of no step that "
            "is known here; left out"
        )


def _numbers() -> list[pl.Expr]:
    """Return document and line of a change: the table's key is client, document, line, ..."""
    key = pl.col("key").str.strip_chars()
    # The client may have been cut off by whoever made the extract.
    start = pl.when(key.str.len_chars().is_in([13, 19, 23])).then(3).otherwise(0)
    document = key.str.slice(start, 10).str.replace(r"^0+(\d+)$", "$1")
    line = key.str.slice(start + 10, 6).str.replace(r"^0+(\d+)$", "$1")
    return [
        pl.coalesce("document", document).str.replace(r"^0+(\d+)$", "$1").alias("document"),
        pl.when(line != "").then(line).alias("line"),
    ]


def _add(
    activity: str, rows: pl.DataFrame, object_type: str, key: tuple[str, ...], parts: Parts
) -> None:
    rows = rows.with_columns(pl.col("at").cast(pl.String), pl.col("change").fill_null(""))
    ref = ("change", "at")
    parts.add_events(
        activity, rows, ref, 1, time=pl.col("changed"), only_day=pl.col("changed_day"),
        resource=pl.col("user"), automated=pl.col("automated"), transaction=pl.col("transaction"),
    )  # fmt: skip
    parts.relate(activity, rows, ref, object_type, key)
    if object_type == v.ORDER_LINE:
        parts.relate(activity, rows, ref, v.ORDER, ("document",))
