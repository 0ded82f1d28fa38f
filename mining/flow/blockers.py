"""What holds an item up, from when to when: pairs of activities that set and lift a block."""

from __future__ import annotations

from typing import Any

import polars as pl

from mining import activity_names as a
from mining.blocks import BLOCKS
from o2c_sim import vocabulary as v

# A reason for people, what sets it, what lifts it.
BLOCKERS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("Credit hold", (v.SET_CREDIT_BLOCK, v.DENY_CREDIT), (v.RELEASE_CREDIT_BLOCK,)),
    ("Prepayment awaited", (v.REQUEST_PREPAYMENT,), (v.RECEIVE_PAYMENT,)),
    (
        "Backorder",
        (v.RECORD_SHORTAGE,),
        (v.CREATE_DELIVERY, v.PICK_AND_PACK, v.POST_GOODS_ISSUE),
    ),
    ("Invoice rejected", (v.REJECT_INVOICE,), (v.SEND_INVOICE, v.CREATE_CREDIT_MEMO)),
    ("Dispute", (v.OPEN_DISPUTE,), (v.RESOLVE_DISPUTE, v.CREATE_CREDIT_MEMO)),
    *(
        # What it holds up has happened: it is no block any more, whether that was recorded or not.
        (
            block.name.replace("_", " ").capitalize(),
            (block.set_by,),
            (block.removed_by, *block.holds),
        )
        for block in BLOCKS
        # A rejected line is not held up but ended.
        if block.set_by != a.SET_REJECTION_REASON
    ),
)
REASONS = tuple(reason for reason, _, _ in BLOCKERS)
_SCHEMA: dict[str, Any] = {
    "item": pl.UInt32,
    "reason": pl.Enum(REASONS),
    "since": pl.Datetime("us"),
    "until": pl.Datetime("us"),
    "lifted": pl.Boolean,
}


def blocked_intervals(view: pl.DataFrame, moments: pl.DataFrame) -> pl.DataFrame:
    """Return when each item was blocked, and why.

    Only what the log records counts: a block that is lifted but was never set leaves no interval.
    A block that is set again before it is lifted goes on. It is lifted by the activity that
    removes it, or by one that it holds up. What is never lifted ends with the item, or goes on.

    Parameters
    ----------
    view
        A case view in order, with ``activity`` as text in reference names.
    moments
        ``item``, ``created`` and ``over`` (when it was done, or when the view was taken).

    Returns
    -------
    polars.DataFrame
        ``item``, ``reason`` (Enum of :data:`REASONS`), ``since``, ``until`` (naive UTC, within the
        life of the item, ``since`` before ``until``) and ``lifted`` (whether the log says that it
        was); in the order (item, since, reason).
    """
    parts = [_of_reason(view, *blocker) for blocker in BLOCKERS]
    return (
        pl.concat([pl.DataFrame(schema=_SCHEMA), *(part for part in parts if part.height)])
        .join(moments, on="item")
        .with_columns(
            pl.max_horizontal("since", "created").alias("since"),
            pl.min_horizontal(pl.coalesce("until", "over"), "over").alias("until"),
        )
        .filter(pl.col("since") < pl.col("until"))
        .select(list(_SCHEMA))
        .sort("item", "since", "reason")
    )


def _of_reason(
    view: pl.DataFrame, reason: str, set_by: tuple[str, ...], lifted_by: tuple[str, ...]
) -> pl.DataFrame:
    is_set = pl.col("activity").is_in(set_by)
    lifted = pl.when(~pl.col("is_set")).then("time").backward_fill().over("case")
    return (
        view.filter(is_set | pl.col("activity").is_in(lifted_by))
        .select("case", "time", is_set.alias("is_set"))
        .with_columns(lifted.alias("until"))
        .filter("is_set")
        # Of several settings in a row the first begins the interval.
        .filter(
            (pl.col("case") != pl.col("case").shift()).fill_null(True)
            | ~pl.col("until").eq_missing(pl.col("until").shift())
        )
        .select(
            pl.col("case").cast(pl.UInt32).alias("item"),
            pl.lit(reason, dtype=pl.Enum(REASONS)).alias("reason"),
            pl.col("time").alias("since"),
            "until",
            pl.col("until").is_not_null().alias("lifted"),
        )
    )


def blocked_time(intervals: pl.DataFrame) -> pl.DataFrame:
    """Return the stretches in which each item was blocked, overlapping intervals made one.

    Returns
    -------
    polars.DataFrame
        ``item``, ``since``, ``until``; apart from each other, in order.
    """
    before = pl.col("until").cum_max().shift().over("item")
    return (
        intervals.sort("item", "since", "until")
        .with_columns((before.is_null() | (pl.col("since") > before)).alias("begins"))
        .with_columns(pl.col("begins").cum_sum().alias("stretch"))
        .group_by("stretch", maintain_order=True)
        .agg(pl.col("item").first(), pl.col("since").min(), pl.col("until").max())
        .select("item", "since", "until")
    )
