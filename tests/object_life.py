"""What may happen to an order, a line, a delivery, an invoice, a payment or a return, and when.

Each rule holds whatever else a company does: it says what must have come before, what happens only
once, what comes in pairs and what a pair bars while it is open, and what nothing may follow.
"""

from dataclasses import dataclass

import polars as pl

from o2c_sim import vocabulary as v

activity_name = pl.col("activity").cast(pl.String)

NOTICES = (v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_2, v.SEND_DUNNING_LEVEL_3)
CONTACTS = (*NOTICES, v.CALL_CUSTOMER)


@dataclass(frozen=True)
class Pair:
    """Something that is opened and closed by turns, and what it bars meanwhile."""

    opened_by: str
    closed_by: tuple
    bars: tuple = ()
    # An end that may be taken back by another one: what was denied is given up, and released.
    taken_back: str | None = None


@dataclass(frozen=True)
class Life:
    """The rules of one object type.

    ``needs``: what must have been done before (any one of them); ``once``: at most once an
    object; ``after``: what may not follow what.
    """

    needs: dict
    once: tuple
    pairs: tuple = ()
    after: dict = None


LIVES = {
    v.ORDER: Life(
        needs={
            v.CREATE_SALES_ORDER: (v.RECEIVE_ORDER,),
            v.SET_ORDER_BLOCK: (v.CREATE_SALES_ORDER,),
            v.CLARIFY_ORDER: (v.SET_ORDER_BLOCK,),
            v.CORRECT_ORDER: (v.CREATE_SALES_ORDER,),
            v.CHECK_CREDIT: (v.CREATE_SALES_ORDER,),
            v.SET_CREDIT_BLOCK: (v.CHECK_CREDIT,),
            v.DENY_CREDIT: (v.SET_CREDIT_BLOCK,),
            v.CANCEL_ORDER: (v.CREATE_SALES_ORDER,),
            v.CONFIRM_ORDER: (v.CHECK_CREDIT,),
            v.CHANGE_ORDER: (v.CREATE_SALES_ORDER,),
            v.CHANGE_DELIVERY_DATE: (v.CONFIRM_ORDER,),
            v.REQUEST_PREPAYMENT: (v.CREATE_SALES_ORDER,),
            v.PRODUCE_GOODS: (v.CONFIRM_ORDER,),
            v.CREATE_DELIVERY: (v.CONFIRM_ORDER,),
        },
        once=(v.RECEIVE_ORDER, v.CREATE_QUOTATION, v.CREATE_SALES_ORDER, v.CANCEL_ORDER),
        pairs=(
            Pair(v.SET_ORDER_BLOCK, (v.REMOVE_ORDER_BLOCK,), (v.CONFIRM_ORDER,)),
            Pair(
                v.SET_CREDIT_BLOCK,
                (v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT),
                (v.CONFIRM_ORDER, v.CREATE_DELIVERY),
                taken_back=v.DENY_CREDIT,
            ),
        ),
        after={
            v.CREATE_QUOTATION: (v.RECEIVE_ORDER,),
            v.CHECK_CREDIT: (v.CANCEL_ORDER,),
            v.SET_CREDIT_BLOCK: (v.CANCEL_ORDER,),
            v.CONFIRM_ORDER: (v.CANCEL_ORDER,),
            v.CREATE_DELIVERY: (v.CANCEL_ORDER,),
            v.POST_GOODS_ISSUE: (v.CANCEL_ORDER,),
        },
    ),
    v.ORDER_LINE: Life(
        needs={
            v.CREATE_DELIVERY: (v.CONFIRM_ORDER,),
            v.POST_GOODS_ISSUE: (v.CREATE_DELIVERY,),
            v.CREATE_INVOICE: (v.POST_GOODS_ISSUE,),
        },
        once=(v.REJECT_ORDER_LINE,),
        after={v.POST_GOODS_ISSUE: (v.REJECT_ORDER_LINE,)},
    ),
    v.DELIVERY: Life(
        needs={
            v.PICK_AND_PACK: (v.CREATE_DELIVERY,),
            v.RECORD_SHORTAGE: (v.CREATE_DELIVERY,),
            v.POST_GOODS_ISSUE: (v.PICK_AND_PACK,),
            v.CONFIRM_DELIVERY: (v.POST_GOODS_ISSUE,),
            v.CREATE_INVOICE: (v.POST_GOODS_ISSUE,),
            v.AUTHORISE_RETURN: (v.POST_GOODS_ISSUE,),
        },
        once=(v.CREATE_DELIVERY, v.PICK_AND_PACK, v.POST_GOODS_ISSUE, v.CONFIRM_DELIVERY),
        pairs=(Pair(v.SET_BILLING_BLOCK, (v.REMOVE_BILLING_BLOCK,), (v.CREATE_INVOICE,)),),
    ),
    v.INVOICE: Life(
        needs={
            v.SEND_INVOICE: (v.CREATE_INVOICE,),
            v.REJECT_INVOICE: (v.CREATE_INVOICE,),
            v.CANCEL_INVOICE: (v.CREATE_INVOICE,),
            v.SEND_DUNNING_LEVEL_1: (v.SEND_INVOICE,),
            v.SEND_DUNNING_LEVEL_2: (v.SEND_DUNNING_LEVEL_1,),
            v.SEND_DUNNING_LEVEL_3: (v.SEND_DUNNING_LEVEL_2,),
            v.CALL_CUSTOMER: (v.SEND_INVOICE,),
            v.RECORD_PROMISE: (v.CALL_CUSTOMER,),
            v.BREAK_PROMISE: (v.RECORD_PROMISE,),
            v.OPEN_DISPUTE: (v.SEND_INVOICE,),
            v.CREATE_CREDIT_MEMO: (v.CREATE_INVOICE,),
            v.APPLY_PAYMENT: (v.CREATE_INVOICE,),
            v.CLEAR_INVOICE: (v.CREATE_INVOICE,),
            v.ALLOW_DISCOUNT: (v.CREATE_INVOICE,),
            v.WRITE_OFF_INVOICE: (v.CREATE_INVOICE,),
            v.REFER_TO_AGENCY: (v.SEND_INVOICE,),
            v.RECORD_RECOVERY: (v.WRITE_OFF_INVOICE,),
        },
        once=(*NOTICES, v.CREATE_INVOICE, v.CANCEL_INVOICE),
        pairs=(Pair(v.OPEN_DISPUTE, (v.RESOLVE_DISPUTE,), (*CONTACTS, v.WRITE_OFF_INVOICE)),),
        after={notice: (v.CANCEL_INVOICE, v.WRITE_OFF_INVOICE) for notice in NOTICES},
    ),
    v.PAYMENT: Life(
        needs={
            v.APPLY_PAYMENT: (v.RECEIVE_PAYMENT,),
            v.CLEAR_INVOICE: (v.RECEIVE_PAYMENT,),
            v.RETURN_PAYMENT: (v.RECEIVE_PAYMENT,),
            v.REFUND_CUSTOMER: (v.RECEIVE_PAYMENT,),
        },
        once=(v.RECEIVE_PAYMENT, v.RETURN_PAYMENT),
        after={v.APPLY_PAYMENT: (v.RETURN_PAYMENT,), v.CLEAR_INVOICE: (v.RETURN_PAYMENT,)},
    ),
    v.CREDIT_MEMO: Life(needs={}, once=(v.CREATE_CREDIT_MEMO,)),
    v.RETURN: Life(
        needs={
            v.RECEIVE_RETURN: (v.AUTHORISE_RETURN,),
            v.INSPECT_RETURN: (v.RECEIVE_RETURN,),
        },
        once=(v.AUTHORISE_RETURN, v.RECEIVE_RETURN, v.INSPECT_RETURN),
    ),
}


def breaches(rows, object_type):
    """Yield what is wrong, given the events of all objects of one type (a case view)."""
    life = LIVES[object_type]
    rows = rows.sort("case", "event").with_columns(activity_name)
    present = set(rows["activity"].unique())
    yield from _needs(rows, life, object_type, present)
    yield from _after(rows, life, object_type, present)
    counts = rows.filter(pl.col("activity").is_in(life.once)).group_by("case", "activity").len()
    for activity in counts.filter(pl.col("len") > 1)["activity"].unique().sort():
        yield f"{activity} twice for one {object_type}"
    for pair in life.pairs:
        if pair.opened_by in present:
            yield from _pair(rows, pair, object_type)


def _needs(rows, life, object_type, present):
    for activity in sorted(present.intersection(life.needs)):
        wanted = life.needs[activity]
        firsts = rows.group_by("case").agg(
            pl.col("event").filter(pl.col("activity") == activity).min().alias("event"),
            pl.col("start").filter(pl.col("activity") == activity).min().alias("start"),
            pl.col("event").filter(pl.col("activity").is_in(wanted)).min().alias("needed"),
            pl.col("time").filter(pl.col("activity").is_in(wanted)).min().alias("done"),
        )
        firsts = firsts.drop_nulls("event")
        if firsts.filter(pl.col("needed").is_null() | (pl.col("needed") > pl.col("event"))).height:
            yield f"{activity} without {' or '.join(wanted)} before it, {object_type}"
        if (firsts["start"] < firsts["done"]).any():
            yield f"{activity} starts before {' or '.join(wanted)} is done, {object_type}"


def _after(rows, life, object_type, present):
    for activity, barring in (life.after or {}).items():
        if activity not in present or present.isdisjoint(barring):
            continue
        places = rows.group_by("case").agg(
            pl.col("event").filter(pl.col("activity") == activity).max().alias("last"),
            pl.col("event").filter(pl.col("activity").is_in(barring)).min().alias("bar"),
        )
        if places.filter(pl.col("last") > pl.col("bar")).height:
            yield f"{activity} after {' or '.join(barring)}, {object_type}"


def _pair(rows, pair, object_type):
    opens = pl.col("activity") == pair.opened_by
    closes = pl.col("activity").is_in(pair.closed_by)
    if pair.taken_back is not None:
        before = pl.col("activity").shift().over("case")
        again = (before == pair.taken_back) & (pl.col("activity") != pair.taken_back)
        surplus = rows.filter(opens | closes).filter(closes & again)["event"]
        rows = rows.filter(~pl.col("event").is_in(surplus.implode()))
    turns = rows.filter(opens | closes).select(
        opens.alias("opens"), opens.shift().over("case").alias("before")
    )
    if turns.filter(pl.col("opens") == pl.col("before").fill_null(False)).height:
        yield f"{pair.opened_by} and its end do not take turns, {object_type}"
    under_way = (opens.cast(pl.Int32) - closes.cast(pl.Int32)).cum_sum().over("case") > 0
    barred = rows.with_columns(under_way.alias("open")).filter(
        pl.col("open") & pl.col("activity").is_in(pair.bars)
    )
    for activity in barred["activity"].unique().sort():
        yield f"{activity} while {pair.opened_by} is in force, {object_type}"
