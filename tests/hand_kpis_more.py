"""Invoices of every age, promises, credit holds and payments, and their KPIs by hand."""

import dataclasses
import datetime as dt

import polars as pl
from hand_log import moment, web

from o2c_sim import vocabulary as v


def _invoice(amount, due):
    return v.INVOICE, {"amount": amount, "due_date": dt.datetime.fromisoformat(due)}


OBJECTS = {
    **{f"H{number}": (v.ORDER, {}) for number in range(1, 6)},
    "j1": _invoice(100, "2025-03-21"),
    "j2": _invoice(200, "2025-02-19"),
    "j3": _invoice(300, "2025-01-20"),
    "j4": _invoice(400, "2024-12-20"),
    "j5": _invoice(1000, "2025-04-30"),
    "j6": _invoice(50, "2025-04-30"),
    "j7": _invoice(100, "2025-04-30"),
    "j8": _invoice(60, "2025-04-30"),
    "P": (v.PAYMENT, {"amount": 150}),
    "Q": (v.PAYMENT, {"amount": 60}),
}
STEPS = [
    *(("01-02 12:00", v.CREATE_INVOICE, f"j{n}", 100 * n) for n in range(1, 5)),
    ("03-10 12:00", v.CREATE_INVOICE, "j5", 1000),
    ("03-02 12:00", v.CREATE_INVOICE, "j6", 50),
    ("03-03 12:00", v.CREATE_INVOICE, "j7", 100),
    ("03-03 12:00", v.CREATE_INVOICE, "j8", 60),
    ("02-20 12:00", v.OPEN_DISPUTE, "j2"),
    ("03-10 12:00", v.RESOLVE_DISPUTE, "j2"),
    ("03-05 12:00", v.OPEN_DISPUTE, "j1"),
    ("03-09 12:00", v.RESOLVE_DISPUTE, "j1"),
    ("03-04 12:00", v.OPEN_DISPUTE, "j6"),
    ("03-06 12:00", v.RESOLVE_DISPUTE, "j6"),
    ("03-05 12:00", v.OPEN_DISPUTE, "j7"),
    ("03-11 12:00", v.RESOLVE_DISPUTE, "j7"),
    ("03-06 12:00", v.OPEN_DISPUTE, "j8"),  # paid without a decision
    ("03-15 12:00", v.OPEN_DISPUTE, "j5"),  # still open
    ("03-18 07:00", v.RECEIVE_PAYMENT, "P j6 j7", 150),
    ("03-18 08:00", v.CLEAR_INVOICE, "P j6", 50, None, "system"),
    ("03-18 09:00", v.CLEAR_INVOICE, "P j7", 100, None, "person"),
    ("03-19 07:00", v.RECEIVE_PAYMENT, "Q j8", 60),
    ("03-19 08:00", v.CLEAR_INVOICE, "Q j8", 60, None, "system"),
    ("03-10 12:00", v.RECORD_PROMISE, "j6"),
    ("03-10 12:00", v.RECORD_PROMISE, "j7"),
    ("03-12 12:00", v.RECORD_PROMISE, "j5"),
    ("03-20 12:00", v.RECORD_PROMISE, "j8"),
    ("03-30 12:00", v.RECORD_PROMISE, "j1"),
    *((f"03-0{n + 2} 08:00", v.RECEIVE_ORDER, f"H{n}", 10) for n in range(1, 6)),
    ("03-03 10:00", v.SET_CREDIT_BLOCK, "H1"),
    ("03-03 11:00", v.CHANGE_ORDER, "H1"),
    ("03-03 12:00", v.RELEASE_CREDIT_BLOCK, "H1"),
    ("03-04 10:00", v.SET_CREDIT_BLOCK, "H2", None, None, "system"),
    ("03-04 15:00", v.RELEASE_CREDIT_BLOCK, "H2", None, None, "system"),
    ("03-06 10:00", v.POST_GOODS_ISSUE, "H2", None, None, "system"),
    ("03-06 11:00", v.CHANGE_ORDER, "H2", None, None, "person"),
    ("03-05 09:00", v.CHANGE_ORDER, "H3"),
    ("03-05 10:00", v.SET_CREDIT_BLOCK, "H3"),
    ("03-05 11:00", v.RELEASE_CREDIT_BLOCK, "H3"),
    ("03-06 09:00", v.PICK_AND_PACK, "H3", None, None, "person"),
    ("03-06 10:00", v.POST_GOODS_ISSUE, "H3", None, None, "system"),
    ("03-06 10:00", v.SET_CREDIT_BLOCK, "H4"),
    ("03-06 11:00", v.DENY_CREDIT, "H4"),
    ("03-07 10:00", v.SET_CREDIT_BLOCK, "H5"),
    ("04-20 12:00", v.CALL_CUSTOMER, "j5"),  # the log ends
]
# When the promise was made -> the promised date. Money came for j6 two days after it, for j7 three
# days after it, for j8 before it was promised, for j5 never; that of j1 is not due yet.
PROMISED = {
    ("03-10 12:00", "j6"): "2025-03-16",
    ("03-10 12:00", "j7"): "2025-03-15",
    ("03-12 12:00", "j5"): "2025-03-20",
    ("03-20 12:00", "j8"): "2025-03-25",
    ("03-30 12:00", "j1"): "2025-04-30",
}


def more_log(kind=pl.Date):
    """Return the log; its promised dates are dates, datetimes or texts."""
    log = web(OBJECTS, STEPS)
    rows = sorted((moment(step[0]), place, step) for place, step in enumerate(STEPS))
    dates = [
        PROMISED.get((step[0], step[2])) if step[1] == v.RECORD_PROMISE else None
        for _, _, step in rows
    ]
    column = pl.Series("promised_date", dates, dtype=pl.String)
    if kind != pl.String:
        column = column.str.to_date().cast(kind)
    return dataclasses.replace(log, events=log.events.with_columns(column))


MORE_BY_HAND = {
    # Of the shipped H2 and H3, H3: picked by a person; what follows goods issue is no touch
    "touchless_to_goods_issue_share": 1 / 2,
    # H2 and H3, of the four decided ones
    "credit_release_unchanged_share": 1 / 2,
    # Open at the end of March: 100, 200, 300, 400 past due, and 1000
    "overdue_1_30_share": 100 / 2000,
    "overdue_31_60_share": 200 / 2000,
    "overdue_61_90_share": 300 / 2000,
    "overdue_90_share": 400 / 2000,
    "past_due_share": 1000 / 2000,
    "overdue_weighted_days": (10 * 100 + 40 * 200 + 70 * 300 + 101 * 400) / 1000,
    # Under dispute at the end: 5 and 8; raised in March: 1, 5, 6, 7, 8; decided: 1, 2, 6, 7
    "disputed_days": 1060 * 31 / (100 + 1000 + 50 + 100 + 60),
    "disputed_by_resolution_days": 1060 * 31 / (100 + 200 + 50 + 100),
    # Of 6, 7 and 5: after 2 and 6 days, and open
    "dispute_resolution_mean_days": 4.0,
    "dispute_resolution_median_days": 6.0,
    "dispute_resolution_p90_days": float("nan"),
    "automatic_match_share": 2 / 3,
    "automatic_match_value_share": 110 / 210,
    "automatic_match_payment_share": 1 / 2,
    "promise_met_share": 1 / 4,
}
