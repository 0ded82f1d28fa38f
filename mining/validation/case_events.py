"""Cases: what happened to each order or order line, real and simulated alike.

Both sides come out as the same plain table, in local time, so that every measure is taken in the
same way on what was observed and on what was simulated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

import polars as pl

from mining import activity_names as a
from mining.reference_view import is_set_unseen
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

# A case counts from here.
OPENING = v.CREATE_SALES_ORDER
NO_COUNTERPART = "the model has no such activity"
# Of the stamps of an activity, those at one time of day from which on it is a day's stamp.
_DAY_GRAIN_SHARE = 0.95
_END_OF_DAY = (dt.time(0, 0), dt.time(23, 59, 59), dt.time(23, 59))
# What one activity of the model stands for, where a real log tells it apart.
_CHANGES = (a.CHANGE_PRICE, a.CHANGE_QUANTITY, a.CHANGE_MATERIAL)
_BLOCKS = {
    a.SET_ADDRESS_BLOCK: v.SET_ORDER_BLOCK,
    a.REMOVE_ADDRESS_BLOCK: v.REMOVE_ORDER_BLOCK,
}
_REJECTIONS = (v.REJECT_ORDER_LINE, v.CANCEL_ORDER)
_SET_AND_REMOVED = (
    (v.SET_ORDER_BLOCK, v.REMOVE_ORDER_BLOCK),
    (v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK),
    (v.SET_BILLING_BLOCK, v.REMOVE_BILLING_BLOCK),
    (a.SET_ADDRESS_BLOCK, a.REMOVE_ADDRESS_BLOCK),
    (a.SET_SCHEDULE_LINE_BLOCK, a.REMOVE_SCHEDULE_LINE_BLOCK),
    (a.SET_LOGISTICS_CHECK, a.REMOVE_LOGISTICS_CHECK),
    (a.SET_SPECIAL_TEST_BLOCK, a.REMOVE_SPECIAL_TEST_BLOCK),
    (a.SET_SHIPPING_BLOCK, a.REMOVE_SHIPPING_BLOCK),
    (a.SET_DELIVERY_BLOCK, a.REMOVE_DELIVERY_BLOCK),
    (a.SET_REJECTION_REASON, a.REMOVE_REJECTION_REASON),
)
_AFTER_THE_INVOICE = (v.CREATE_CREDIT_MEMO, a.CANCEL_CREDIT_MEMO, a.CREATE_DEBIT_MEMO)
_ENDS_BEFORE = "the log ends at the invoice and has little of what comes after it"
# Whose lines an event belongs to that is about no line itself, the finest document first.
_DOCUMENTS = (
    (v.DELIVERY, v.CREATE_DELIVERY),
    (v.INVOICE, v.CREATE_INVOICE),
    (v.ORDER, v.CREATE_SALES_ORDER),
)


def case_events(log: EventLog, case_type: str) -> pl.DataFrame:
    """Return what happened to each case of a log.

    Where the log has documents of several kinds, an event of a whole order, delivery or invoice
    belongs to each of its lines, as in systems that write a log by order line.

    Parameters
    ----------
    log
        A log in the reference vocabulary.
    case_type
        ``order`` or ``order_line``.

    Returns
    -------
    polars.DataFrame
        ``case``, ``activity`` (String), ``time`` (local), ``begin`` (of the case: its first
        :data:`OPENING`), by (case, time, activity). A case that has not come to it, such as a
        quotation, is not there yet.
    """
    view = log.flatten(case_type).select("case", "event")
    if case_type == v.ORDER_LINE and v.ORDER in log.object_types:
        view = pl.concat([view, _events_of_documents(log, view)]).unique()
    events = log.events.select("event", pl.col("activity").cast(pl.String), _local(log.zone))
    events = view.join(events, on="event").drop("event")
    opened = events.filter(pl.col("activity") == OPENING)
    begin = opened.group_by("case").agg(pl.col("time").min().alias("begin"))
    return events.join(begin, on="case").sort("case", "time", "activity")


def _events_of_documents(log: EventLog, of_lines: pl.DataFrame) -> pl.DataFrame:
    activity = log.events.select("event", pl.col("activity").cast(pl.String))
    kinds = log.objects.select("object", pl.col("type").cast(pl.String))
    related = log.event_objects.select("event", "object").join(kinds, on="object")
    pending = related.join(of_lines.select("event").unique(), on="event", how="anti")
    parts = []
    for kind, opened_by in _DOCUMENTS:
        opened = activity.filter(pl.col("activity") == opened_by)
        documents = related.filter(pl.col("type") == kind).join(opened, on="event", how="semi")
        lines = documents.join(of_lines, on="event").select("object", "case").unique()
        found = pending.filter(pl.col("type") == kind).join(lines, on="object")
        parts.append(found.select("case", "event"))
        pending = pending.join(found.select("event").unique(), on="event", how="anti")
    return pl.concat(parts)


def _local(zone: str) -> pl.Expr:
    moment = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return moment.dt.replace_time_zone(None).alias("time")


def begun(events: pl.DataFrame, first: dt.date | None, until: dt.date | None) -> pl.DataFrame:
    """Return the cases that begin from a local date on, and before another one."""
    day = pl.col("begin").dt.date()
    inside = pl.lit(value=True)
    if first is not None:
        inside &= day >= first
    if until is not None:
        inside &= day < until
    return events.filter(inside)


def followed(events: pl.DataFrame, days: float) -> pl.DataFrame:
    """Return what is seen of each case by following it for so many days from its begin."""
    return events.filter(pl.col("time") - pl.col("begin") <= dt.timedelta(days=days))


def day_stamps(events: pl.DataFrame) -> dict[str, dt.time]:
    """Return the activities of which only the day is recorded, and the time they all bear."""
    clock = events.group_by("activity", pl.col("time").dt.time().alias("clock")).len()
    totals = events.group_by("activity").agg(pl.len().alias("all"))
    fixed = clock.join(totals, on="activity").filter(
        pl.col("len") >= _DAY_GRAIN_SHARE * pl.col("all"), pl.col("clock").is_in(_END_OF_DAY)
    )
    return dict(fixed.select("activity", "clock").iter_rows())


def stamped_by_day(events: pl.DataFrame, stamps: Mapping[str, dt.time]) -> pl.DataFrame:
    """Return the events with only the day of some activities, as the other log records them."""
    time = pl.col("time")
    for activity, clock in stamps.items():
        at = time.dt.truncate("1d") + pl.duration(
            hours=clock.hour, minutes=clock.minute, seconds=clock.second
        )
        time = pl.when(pl.col("activity") == activity).then(at).otherwise(time)
    return events.with_columns(time.alias("time")).sort("case", "time", "activity")


def in_terms_of(
    real: pl.DataFrame, simulated: Collection[str]
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return under which names two logs are compared, and what of the real one is not.

    Parameters
    ----------
    real
        Events of the training part of the real log.
    simulated
        Activities that the simulation can show.

    Returns
    -------
    of_real, of_simulated
        Name to the name it is compared under, where that is another one.
    left_out
        Activities of the real log that are not compared, each with the reason.
    """
    names = set(real["activity"].unique())
    of_real: dict[str, str] = {}
    of_simulated: dict[str, str] = {}
    if a.SET_REJECTION_REASON in names and not names.intersection(_REJECTIONS):
        of_simulated |= dict.fromkeys(_REJECTIONS, a.SET_REJECTION_REASON)
    if v.CHANGE_ORDER not in names:
        of_real |= {name: v.CHANGE_ORDER for name in _CHANGES if name not in simulated}
    of_real |= {own: name for own, name in _BLOCKS.items() if own not in simulated}
    left_out: dict[str, str] = {}
    if not names.intersection((v.RECEIVE_PAYMENT, v.CLEAR_INVOICE)):
        left_out |= dict.fromkeys(sorted(names.intersection(_AFTER_THE_INVOICE)), _ENDS_BEFORE)
    for set_by, removed_by in _SET_AND_REMOVED:
        if {set_by, removed_by} <= names and is_set_unseen(real, set_by, removed_by):
            left_out[set_by] = f"recorded only in part: {removed_by} mostly comes without it"
    return of_real, of_simulated, left_out


def renamed(events: pl.DataFrame, names: Mapping[str, str], kept: Collection[str]) -> pl.DataFrame:
    """Return the events under other names, and only those of some activities."""
    events = events.with_columns(pl.col("activity").replace(dict(names)))
    return events.filter(pl.col("activity").is_in(list(kept)))
