"""A log in the words of the reference vocabulary, ready to be checked against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import polars as pl

from mining import activity_names as a
from mining.activity_names import DOUBTFUL, REFERENCE, reference_names
from mining.ordered_cases import coded_activities, ordered
from o2c_sim import vocabulary as v
from o2c_sim.errors import Problem, UsageError, did_you_mean

Grain = Literal["event", "instant", "day"]

# In what order the events of one instant are taken to have happened.
PROCESS_ORDER = (
    v.CREATE_QUOTATION,
    v.RECEIVE_ORDER,
    v.CREATE_SALES_ORDER,
    a.CHANGE_CUSTOMER,
    a.CHANGE_MATERIAL,
    a.CHANGE_QUANTITY,
    a.CHANGE_PRICE,
    v.CHANGE_ORDER,
    v.CHANGE_DELIVERY_DATE,
    a.CHANGE_SHIPPING_CONDITIONS,
    a.CHANGE_ROUTE,
    v.SET_ORDER_BLOCK,
    v.CLARIFY_ORDER,
    v.CORRECT_ORDER,
    v.REMOVE_ORDER_BLOCK,
    a.SET_ADDRESS_BLOCK,
    a.REMOVE_ADDRESS_BLOCK,
    a.SET_SCHEDULE_LINE_BLOCK,
    a.REMOVE_SCHEDULE_LINE_BLOCK,
    a.SET_LOGISTICS_CHECK,
    a.REMOVE_LOGISTICS_CHECK,
    a.SET_SPECIAL_TEST_BLOCK,
    a.REMOVE_SPECIAL_TEST_BLOCK,
    a.SET_DELIVERY_BLOCK,
    a.CHANGE_DELIVERY_BLOCK,
    a.REMOVE_DELIVERY_BLOCK,
    a.SET_REJECTION_REASON,
    a.CHANGE_REJECTION_REASON,
    a.REMOVE_REJECTION_REASON,
    v.CHECK_CREDIT,
    v.SET_CREDIT_BLOCK,
    v.DENY_CREDIT,
    v.RELEASE_CREDIT_BLOCK,
    v.REJECT_ORDER_LINE,
    v.CANCEL_ORDER,
    v.CONFIRM_ORDER,
    v.REQUEST_PREPAYMENT,
    v.PRODUCE_GOODS,
    v.CREATE_DELIVERY,
    v.PICK_AND_PACK,
    v.RECORD_SHORTAGE,
    a.SET_SHIPPING_BLOCK,
    a.REMOVE_SHIPPING_BLOCK,
    v.POST_GOODS_ISSUE,
    v.CONFIRM_DELIVERY,
    a.CREATE_PRO_FORMA_INVOICE,
    v.SET_BILLING_BLOCK,
    v.REMOVE_BILLING_BLOCK,
    v.CREATE_INVOICE,
    v.SEND_INVOICE,
    v.REJECT_INVOICE,
    v.SEND_DUNNING_LEVEL_1,
    v.SEND_DUNNING_LEVEL_2,
    v.SEND_DUNNING_LEVEL_3,
    v.OPEN_DISPUTE,
    v.RESOLVE_DISPUTE,
    v.AUTHORISE_RETURN,
    v.RECEIVE_RETURN,
    v.INSPECT_RETURN,
    v.CANCEL_INVOICE,
    v.CREATE_CREDIT_MEMO,
    a.CANCEL_CREDIT_MEMO,
    a.CREATE_DEBIT_MEMO,
    v.CALL_CUSTOMER,
    v.RECORD_PROMISE,
    v.BREAK_PROMISE,
    v.DECLARE_INSOLVENCY,
    v.REFER_TO_AGENCY,
    v.RECEIVE_PAYMENT,
    v.APPLY_PAYMENT,
    v.ALLOW_DISCOUNT,
    v.CLEAR_INVOICE,
    v.RETURN_PAYMENT,
    v.REFUND_CUSTOMER,
    v.WRITE_OFF_INVOICE,
    v.RECORD_RECOVERY,
)
# A quarter of removals without a setting is no slip: the system sets the block unrecorded.
_UNSEEN_SHARE = 0.25


def translate(
    cases: pl.DataFrame, names: Mapping[str, str] | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a case view in reference names, and what became of each name.

    Parameters
    ----------
    cases
        A case view, in any row order.
    names
        Mapping of the log's activity names to reference names, looked up before the shipped one.

    Returns
    -------
    view
        ``case``, ``event``, ``activity`` (Enum of the reference vocabulary), ``time``; without
        the events whose activity has no reference name.
    table
        One row per activity of the log: ``activity``, ``reference`` (null where unmapped),
        ``events``, ``share``, ``doubt`` (why the mapping is a judgement; null where it is none).

    Raises
    ------
    UsageError
        If *names* leads to a name outside the reference vocabulary.
    """
    view = ordered(cases).select("case", "event", "activity", "time")
    own = coded_activities(view["activity"]).cast(pl.String)
    counts = own.value_counts(name="events").sort(["events", "activity"], descending=[True, False])
    references = reference_names(counts["activity"], names)
    unknown = {name for name in references.values() if name is not None}.difference(REFERENCE)
    if unknown:
        raise UsageError(
            Problem(
                f"{name!r} is not a reference activity", suggestion=did_you_mean(name, REFERENCE)
            )
            for name in sorted(unknown)
        )
    doubts = {name: DOUBTFUL.get(name.strip()) for name in references}
    table = counts.select(
        "activity",
        pl.Series("reference", [references[n] for n in counts["activity"]], dtype=pl.String),
        pl.col("events").cast(pl.Int64),
        (pl.col("events") / max(view.height, 1)).alias("share"),
        pl.Series("doubt", [doubts[n] for n in counts["activity"]], dtype=pl.String),
    )
    codes = {name: reference for name, reference in references.items() if reference is not None}
    reference = own.replace_strict(codes, default=None, return_dtype=pl.Enum(REFERENCE))
    return view.with_columns(reference.alias("activity")).drop_nulls("activity"), table


def in_process_order(view: pl.DataFrame, grain: Grain) -> pl.DataFrame:
    """Return a translated view with those events rearranged whose order its clock leaves open.

    Parameters
    ----------
    view
        A translated view.
    grain
        ``event`` leaves the recorded order; ``instant`` puts events of one case and one instant
        in the order of the process, because a log does not know theirs; ``day`` does so for events
        of one date, for logs with batch or day-end clocks.

    Returns
    -------
    polars.DataFrame
        The same events, numbered anew.
    """
    if grain == "event":
        return view
    place = {activity: number for number, activity in enumerate(PROCESS_ORDER)}
    rank = pl.col("activity").cast(pl.String).replace_strict(place, return_dtype=pl.Int32)
    time = pl.col("time").dt.truncate("1d") if grain == "day" else pl.col("time")
    return (
        view.with_columns(time, rank.alias("rank"))
        .sort("case", "time", "rank", maintain_order=True)
        .with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("event"))
        .drop("rank")
    )


def is_set_unseen(view: pl.DataFrame, set_by: str, removed_by: str) -> bool:
    """Return whether many cases have a removal without a setting before it."""
    activity = pl.col("activity").cast(pl.String)
    firsts = (
        view.lazy()
        .with_row_index("row")
        .group_by("case")
        .agg(
            pl.col("row").filter(activity == set_by).min().alias("set"),
            pl.col("row").filter(activity == removed_by).min().alias("removed"),
        )
        .drop_nulls("removed")
        .select((pl.col("removed") < pl.col("set")).fill_null(True).alias("unseen"))
        .collect()["unseen"]
    )
    return firsts.len() > 0 and int(firsts.sum()) > _UNSEEN_SHARE * firsts.len()
