"""From the sales order to goods issue: objects, events and links of documents that move goods."""

from __future__ import annotations

import polars as pl

from mining.read.sap.documents import Documents
from mining.read.sap.kinds import ORDER, OTHER, QUOTATION, RETURN, order_kinds
from mining.read.sap.parts import Parts
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import TIME

QUOTATION_TYPE, PRODUCT = "quotation", "product"


def add_orders(documents: Documents, parts: Parts, users: pl.DataFrame) -> None:
    """Add sales documents, their lines, customers and products.

    Parameters
    ----------
    documents
        What the extract holds.
    parts
        The log under construction.
    users
        ``user`` and ``automated``.
    """
    everything = order_kinds(documents)
    orders = everything.filter(pl.col("kind") == ORDER).join(
        _promised(documents), on="order", how="left", maintain_order="left"
    )
    _masters(documents, parts)
    attributes = (
        "amount", "currency", _midnight("requested_date"), _midnight("promised_date"),
        "payment_terms", "delivery_block", "billing_block", "credit_status", "sales_organization",
        "channel", pl.col("type").alias("document_type"),
    )  # fmt: skip
    parts.add_objects(v.ORDER, orders, ("order",), *attributes)
    lines = documents["order_lines"].join(orders.select("order"), on="order", how="semi")
    confirmed = _confirmed(documents)
    lines = lines.join(confirmed, on=["order", "line"], how="left", maintain_order="left")
    parts.add_objects(
        v.ORDER_LINE, lines, ("order", "line"), "amount", "quantity", "plant", "rejection_reason",
        _midnight("promised_date"),
    )  # fmt: skip
    parts.bind("line of", lines, (v.ORDER_LINE, ("order", "line")), (v.ORDER, ("order",)))
    parts.bind("of", lines, (v.ORDER_LINE, ("order", "line")), (PRODUCT, ("product",)))
    parts.bind("placed by", orders, (v.ORDER, ("order",)), (v.CUSTOMER, ("customer",)))
    worked = orders.join(users, on="user", how="left", maintain_order="left")
    parts.add_events(v.CREATE_SALES_ORDER, worked, ("order",), 0, **by_user("created"),
                     amount=pl.col("amount"))  # fmt: skip
    parts.relate(v.CREATE_SALES_ORDER, orders, ("order",), v.ORDER, ("order",))
    parts.relate(v.CREATE_SALES_ORDER, orders, ("order",), v.CUSTOMER, ("customer",))
    parts.relate(v.CREATE_SALES_ORDER, lines, ("order",), v.ORDER_LINE, ("order", "line"))
    _quotations(documents, everything, parts, users)
    returns = everything.filter(pl.col("kind") == RETURN)
    parts.add_objects(v.RETURN, returns, ("order",), "amount")
    worked = returns.join(users, on="user", how="left", maintain_order="left")
    parts.add_events(v.AUTHORISE_RETURN, worked, ("order",), 0, **by_user("created"))
    parts.relate(v.AUTHORISE_RETURN, returns, ("order",), v.RETURN, ("order",))
    if left := everything.filter(pl.col("kind") == OTHER).height:
        parts.notes.append(
            f"{left:,} sales documents are neither orders, quotations nor returns (requests for "
            "memos, contracts, inquiries); left out"
        )


def add_deliveries(documents: Documents, parts: Parts, users: pl.DataFrame) -> None:
    """Add deliveries with goods issue, as :func:`add_orders`."""
    deliveries, lines = documents["deliveries"], documents["delivery_lines"]
    promised = (
        lines.join(_confirmed(documents), left_on=["order", "order_line"],
                   right_on=["order", "line"], how="inner")
        .group_by("delivery").agg(pl.col("promised_date").max())
    )  # fmt: skip
    deliveries = deliveries.join(promised, on="delivery", how="left", maintain_order="left")
    parts.add_objects(
        v.DELIVERY, deliveries, ("delivery",), "shipping_point", "goods_movement_status",
        "picking_status", _midnight("promised_date"),
    )  # fmt: skip
    delivery, line = (v.DELIVERY, ("delivery",)), (v.ORDER_LINE, ("order", "order_line"))
    parts.bind("delivers", lines, delivery, (v.ORDER, ("order",)))
    parts.bind("ships", lines, delivery, line)
    moved, picked = _movements(documents)
    deliveries = deliveries.join(moved, on="delivery", how="left", maintain_order="left")
    # The flow knows the minute where the delivery itself often knows only the day.
    known = pl.col("moved").is_not_null()
    deliveries = deliveries.with_columns(
        pl.coalesce("moved", "goods_issued").alias("goods_issued"),
        pl.when(known).then(pl.lit(False)).otherwise("goods_issued_day").alias("goods_issued_day"),
    )
    worked = deliveries.join(users, on="user", how="left", maintain_order="left")
    parts.add_events(v.CREATE_DELIVERY, worked, ("delivery",), 2, **by_user("created"))
    issued = worked.drop("automated").join(
        users.rename({"user": "moved_by"}), on="moved_by", how="left", maintain_order="left"
    )
    parts.add_events(
        v.POST_GOODS_ISSUE, issued, ("delivery",), 4,
        time=end_of_day("goods_issued"), only_day=pl.col("goods_issued_day"),
        resource=pl.col("moved_by"), automated=pl.col("automated"),
    )  # fmt: skip
    picking = picked.join(deliveries.select("delivery"), on="delivery", how="semi").join(
        users, on="user", how="left", maintain_order="left"
    )
    parts.add_events(v.PICK_AND_PACK, picking, ("delivery",), 3, **by_user("created"))
    for activity in (v.CREATE_DELIVERY, v.PICK_AND_PACK, v.POST_GOODS_ISSUE):
        parts.relate(activity, deliveries, ("delivery",), *delivery)
        parts.relate(activity, lines, ("delivery",), v.ORDER, ("order",))
        parts.relate(activity, lines, ("delivery",), *line)


def by_user(moment: str) -> dict[str, pl.Expr]:
    """Return the columns of an event that a user entered at a moment."""
    return {
        "time": pl.col(moment), "only_day": pl.col(f"{moment}_day"), "resource": pl.col("user"),
        "automated": pl.col("automated"),
    }  # fmt: skip


def end_of_day(moment: str) -> pl.Expr:
    """Return a moment, or the end of its day where only the day is known.

    What ends something cannot come before what it ends on the same day.
    """
    return (
        pl.when(pl.col(f"{moment}_day"))
        .then(pl.col(moment) + pl.duration(hours=23, minutes=59, seconds=59))
        .otherwise(pl.col(moment))
    )


def _midnight(column: str) -> pl.Expr:
    return pl.col(column).cast(TIME)


def _masters(documents: Documents, parts: Parts) -> None:
    """Add customers and products: those in master data, and those that only documents name."""
    for object_type, key, named in (
        (v.CUSTOMER, "customer", ("orders", "items", "billing", "deliveries")),
        (PRODUCT, "product", ("order_lines", "delivery_lines", "billing_lines")),
    ):
        master = documents[f"{key}s"]
        parts.add_objects(
            object_type, master, (key,), *(c for c in master.columns if c not in (key, "type"))
        )
        others = pl.concat(documents[table].select(key) for table in named)
        missing = others.drop_nulls().unique().join(master, on=key, how="anti")
        parts.add_objects(object_type, missing.sort(key), (key,))
        if missing.height and master.height:
            parts.notes.append(f"{missing.height:,} {key}s are not in the master data")


def _confirmed(documents: Documents) -> pl.DataFrame:
    """Return the first confirmed date of each order line; lines without quantity confirm none."""
    confirmed = documents["schedule_lines"].filter(pl.col("quantity").fill_null(1) > 0)
    return (
        confirmed.group_by("order", "line")
        .agg(pl.col("confirmed_date").max().alias("promised_date"))
        .drop_nulls()
    )


def _promised(documents: Documents) -> pl.DataFrame:
    return _confirmed(documents).group_by("order").agg(pl.col("promised_date").max())


def _quotations(
    documents: Documents, everything: pl.DataFrame, parts: Parts, users: pl.DataFrame
) -> None:
    quotations = everything.filter(pl.col("kind") == QUOTATION)
    parts.add_objects(QUOTATION_TYPE, quotations, ("order",), "amount")
    worked = quotations.join(users, on="user", how="left", maintain_order="left")
    parts.add_events(v.CREATE_QUOTATION, worked, ("order",), 0, **by_user("created"))
    parts.relate(v.CREATE_QUOTATION, quotations, ("order",), QUOTATION_TYPE, ("order",))
    followed = pl.concat(
        [
            documents["flow"].select(
                pl.col("from").alias("quotation"), pl.col("to").alias("order")
            ),
            documents["order_lines"].select(pl.col("predecessor").alias("quotation"), "order"),
        ]
    ).join(quotations.select(pl.col("order").alias("quotation")), on="quotation", how="semi")
    followed = followed.join(
        everything.filter(pl.col("kind") == ORDER).select("order"), on="order", how="semi"
    )
    parts.relate(v.CREATE_QUOTATION, followed, ("quotation",), v.ORDER, ("order",))
    parts.bind("follows", followed, (v.ORDER, ("order",)), (QUOTATION_TYPE, ("quotation",)))


def _movements(documents: Documents) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return goods issues and picks of deliveries in the document flow, the last of each."""
    flow = documents["flow"].rename({"from": "delivery"}).drop_nulls("created")
    exact = flow.filter(~pl.col("created_day")).sort("created")
    moved = (
        exact.filter(pl.col("category") == "R")
        .group_by("delivery", maintain_order=True)
        .agg(pl.col("created").last().alias("moved"), pl.col("user").last().alias("moved_by"))
    )
    picked = (
        flow.sort("created").filter(pl.col("category") == "Q")
        .group_by("delivery", maintain_order=True)
        .agg(pl.col("created", "created_day", "user").last())
    )  # fmt: skip
    return moved, picked
