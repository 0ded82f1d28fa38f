"""Receivables from an event log: invoices and what is open on them, daily flows.

Money is counted in whole cents inside, so that no sum depends on the order of adding.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import chain

import polars as pl

from mining.measures import local_date
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

# What takes its amount off an open invoice.
_LOWERING = (
    v.CANCEL_INVOICE,
    v.CREATE_CREDIT_MEMO,
    v.ALLOW_DISCOUNT,
    v.APPLY_PAYMENT,
    v.CLEAR_INVOICE,
    v.WRITE_OFF_INVOICE,
)
_APPLICATIONS = (v.APPLY_PAYMENT, v.CLEAR_INVOICE)
_REDUCTIONS = (v.CREATE_CREDIT_MEMO, v.ALLOW_DISCOUNT)
_ITEM_FLOWS = {
    "sales": (v.CREATE_INVOICE,),
    "invoice_cancellations": (v.CANCEL_INVOICE,),
    "credited_on_items": (v.CREATE_CREDIT_MEMO,),
    "discounts": (v.ALLOW_DISCOUNT,),
    "cash_applied": _APPLICATIONS,
    "written_off": (v.WRITE_OFF_INVOICE,),
    "reopened": (v.RETURN_PAYMENT,),
}
_OTHER_FLOWS = {
    "credited": (v.CREATE_CREDIT_MEMO,),
    "receipts": (v.RECEIVE_PAYMENT,),
    "returned": (v.RETURN_PAYMENT,),
    "refunds": (v.REFUND_CUSTOMER,),
    "recoveries": (v.RECORD_RECOVERY,),
    "ordered": (v.RECEIVE_ORDER,),
    "changed": (v.CHANGE_ORDER,),
    "rejected": (v.REJECT_ORDER_LINE,),
    "cancelled": (v.CANCEL_ORDER,),
}


def open_items(log: EventLog | ObjectEvents) -> pl.DataFrame:
    """Return every change of what is open on an invoice.

    A credit memo on what was paid already is the customer's money and changes no open item: only
    the part of a memo that is still open counts. A payment that its bank returns reopens what it
    was applied to, oldest application first, up to its amount.

    Parameters
    ----------
    log
        A log with objects of type ``invoice`` (and ``payment``, where payments are returned)
        whose events of the reference vocabulary carry ``amount``.

    Returns
    -------
    polars.DataFrame
        ``invoice`` (object number), ``event``, ``time`` (naive UTC), ``activity``, ``cents``
        (signed), sorted by time and event.

    Raises
    ------
    LogError
        If the log has no invoices.
    """
    view = ObjectEvents.of(log)
    return view.once("open_items", lambda: _changes(view))


def _changes(view: ObjectEvents) -> pl.DataFrame:
    columns = ["invoice", "event", "time", "activity", "cents"]
    cents = pl.col("cents").fill_null(0)
    raises = pl.col("activity") == v.CREATE_INVOICE
    rows = (
        view.of_activities(v.INVOICE, (v.CREATE_INVOICE, *_LOWERING))
        .rename({"case": "invoice"})
        .with_columns(pl.when(raises).then(cents).otherwise(-cents))
        .select(columns)
    )
    reopened = _reopened(view).select(columns)
    rows = pl.concat([rows, reopened]).sort("time", "event", "invoice")
    credited = rows.filter(pl.col("activity") == v.CREATE_CREDIT_MEMO)
    return _within_open(rows) if credited.height else rows


def _reopened(view: ObjectEvents) -> pl.DataFrame:
    """Return what each returned payment makes due again, by invoice."""
    empty = view.of_activities(v.INVOICE, ()).rename({"case": "invoice"})
    if v.PAYMENT not in view.object_types:
        return empty
    returns = view.of_activities(v.PAYMENT, (v.RETURN_PAYMENT,))
    if not returns.height:
        return empty
    applied = (
        view.of_activities(v.PAYMENT, _APPLICATIONS)
        .join(returns.select("case"), on="case", how="semi")
        .select("event", "time", "cents", pl.col("case").alias("payment"))
        .join(view.related(v.INVOICE).rename({"case": "invoice"}), on="event")
        .sort("time", "event")
        .with_columns((pl.col("cents").cum_sum().over("payment") - pl.col("cents")).alias("before"))
        .select("payment", "invoice", pl.col("cents").alias("applied"), "before")
    )
    taken = (pl.col("cents") - pl.col("before")).clip(0, pl.col("applied"))
    return (
        returns.join(applied, left_on="case", right_on="payment")
        .group_by("invoice", "event", "time", "activity")
        .agg(taken.sum().alias("cents"))
    )


def _within_open(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the changes with each credit memo cut to what is open on its invoice by then."""
    memo = pl.col("activity") == v.CREATE_CREDIT_MEMO
    concerned = rows.filter(
        pl.col("invoice").is_in(rows.filter(memo)["invoice"].unique().implode())
    )
    is_open: dict[int, int] = {}
    cut = []
    for invoice, activity, cents in concerned.select("invoice", "activity", "cents").iter_rows():
        before = is_open.get(invoice, 0)
        moved = max(cents, -max(before, 0)) if activity == v.CREATE_CREDIT_MEMO else cents
        is_open[invoice] = before + moved
        cut.append(moved)
    keys = concerned.select("event", "invoice", pl.Series("cut", cut, dtype=pl.Int64))
    return (
        rows.join(keys, on=["event", "invoice"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("cut", "cents").alias("cents"))
        .drop("cut")
    )


def invoices(log: EventLog | ObjectEvents) -> pl.DataFrame:
    """Return one row per invoice of the log.

    An invoice is cleared by its last payment or, if it was paid in part, by the credit memo or
    discount that takes off the rest. One that is credited in full brings no cash: it is never
    cleared.

    Parameters
    ----------
    log
        A log with objects of type ``invoice`` that have an ``amount`` and, where known, a
        ``due_date``, and with events of the reference vocabulary.

    Returns
    -------
    polars.DataFrame
        ``invoice`` (object number), ``amount`` (currency), ``due`` (Date, null if unknown),
        ``issued``, ``paid`` (first receipt of money for it), ``cleared`` (null if open, given up
        or credited in full, or if a returned payment has opened it again), ``written_off``,
        ``cancelled``, ``credited`` (the first credit memo; naive UTC, null where it has not
        happened), ``credit`` (sum of credit memos, currency), ``open`` (at the end of the log,
        currency).

    Raises
    ------
    LogError
        If the log has no invoices.
    """
    view = ObjectEvents.of(log)
    return view.once("invoices", lambda: _invoices(view))


def _invoices(view: ObjectEvents) -> pl.DataFrame:
    objects = view.objects_of(v.INVOICE)
    due = (
        pl.col("due_date").cast(pl.Date) if "due_date" in objects.columns else pl.lit(None, pl.Date)
    )
    amount = pl.col("amount") if "amount" in objects.columns else pl.lit(None, pl.Float64)
    rows = objects.select(
        pl.col("object").alias("invoice"), amount.alias("amount"), due.alias("due")
    )
    numbers = rows["invoice"]

    def moment(name: str, activity: str, which: str = "first") -> pl.Series:
        return view.moments(v.INVOICE, activity, numbers, which).alias(name)

    rows = rows.with_columns(
        moment("issued", v.CREATE_INVOICE),
        moment("cleared", v.CLEAR_INVOICE, "last"),
        moment("paid", v.RECEIVE_PAYMENT),
        moment("written_off", v.WRITE_OFF_INVOICE, "last"),
        moment("cancelled", v.CANCEL_INVOICE, "last"),
        moment("credited", v.CREATE_CREDIT_MEMO),
        moment("credit", v.CREATE_CREDIT_MEMO, "cents") / 100,
        moment("returned", v.RETURN_PAYMENT, "last"),
    )
    still_open = (
        open_items(view).group_by("invoice").agg((pl.col("cents").sum() / 100).alias("open"))
    )
    reopened = (pl.col("returned") > pl.col("cleared")).fill_null(False) & (pl.col("open") > 0)
    return (
        rows.join(still_open, on="invoice", how="left", maintain_order="left")
        .with_columns(
            pl.col("credit", "open").fill_null(0.0),
            pl.when(~reopened.fill_null(False)).then("cleared").alias("cleared"),
        )
        .join(ended_by_reduction(view), on="invoice", how="left", maintain_order="left")
        .with_columns(pl.max_horizontal("cleared", "reduced").alias("cleared"))
        .drop("returned", "reduced")
        .sort("invoice")
    )


def ended_by_reduction(view: ObjectEvents) -> pl.DataFrame:
    """Return the invoices, paid in part, of which a credit memo or discount took off the rest.

    Returns
    -------
    polars.DataFrame
        ``invoice``, ``reduced`` (when that was, naive UTC).
    """
    return view.once("ended_by_reduction", lambda: _ended_by_reduction(view))


def _ended_by_reduction(view: ObjectEvents) -> pl.DataFrame:
    activity = pl.col("activity")
    changes = open_items(view).filter(pl.col("cents") != 0)
    concerned = changes.filter(activity.is_in(_REDUCTIONS))["invoice"].unique()
    paid = pl.col("cents").filter(activity.is_in((*_APPLICATIONS, v.RETURN_PAYMENT))).sum() < 0
    return (
        changes.filter(pl.col("invoice").is_in(concerned.implode()))
        .group_by("invoice")
        .agg(
            pl.col("time").last().alias("reduced"),
            (pl.col("cents").sum() <= 0).alias("settled"),
            activity.last().is_in(_REDUCTIONS).alias("last"),
            paid.alias("paid"),
        )
        .filter("settled", "last", "paid")
        .select("invoice", "reduced")
    )


def daily_flows(log: EventLog | ObjectEvents, first: dt.date, last: dt.date) -> pl.DataFrame:
    """Return the money moved on each local day.

    Two identities tie the columns: receivables change by ``sales - invoice_cancellations -
    credited_on_items - discounts - cash_applied + reopened - written_off``; unapplied cash by
    ``receipts + (credited - credited_on_items) - cash_applied - refunds - (returned - reopened)``.

    Parameters
    ----------
    log
        A log whose events of the reference vocabulary carry ``amount``.
    first, last
        Local dates, both included; the balances count all events before, too.

    Returns
    -------
    polars.DataFrame
        ``date``; of invoices: ``sales`` (invoiced), ``invoice_cancellations``,
        ``credited_on_items`` (credit memos on what was open), ``discounts``, ``cash_applied``,
        ``written_off``, ``reopened`` (by returned payments); of cash: ``receipts``, ``returned``,
        ``refunds``, ``recoveries``; ``credited`` (all credit memos); of orders: ``ordered``,
        ``changed`` (signed), ``rejected``, ``cancelled``. Balances at the end of the day:
        ``receivables``, ``unapplied`` (received or credited, and neither applied nor paid back),
        ``receipts_to_date`` (receipts + recoveries - refunds - returned since the log begins) and
        ``tied_up`` (orders received and not yet paid, cancelled, credited or given up, with the tax
        of what is invoiced, where invoices have a ``tax``). Currency.
    """
    view = ObjectEvents.of(log)
    moved = view.once("moved", lambda: _moved(view))
    start = min([first, *moved["date"]])
    days = pl.DataFrame({"date": pl.date_range(start, last, eager=True)})
    days = days.join(moved, on="date", how="left", maintain_order="left")
    applied = pl.col("cash_applied")
    settled = applied + pl.sum_horizontal(
        "invoice_cancellations", "credited_on_items", "discounts", "written_off"
    )
    on_account = pl.col("credited") - pl.col("credited_on_items")
    gone_back = pl.col("refunds") + pl.col("returned")
    paid = pl.col("receipts") - gone_back
    wanted = pl.col("ordered") + pl.col("changed") - pl.col("rejected") - pl.col("cancelled")
    # Orders have no tax yet, and what is paid for them has.
    wanted += pl.col("taxed")
    lost = pl.sum_horizontal("credited", "discounts", "written_off")
    return (
        days.with_columns(pl.exclude("date").fill_null(0))
        .with_columns(
            (pl.col("sales") + pl.col("reopened") - settled).cum_sum().alias("receivables"),
            (paid + on_account - applied + pl.col("reopened")).cum_sum().alias("unapplied"),
            (paid + pl.col("recoveries")).cum_sum().alias("receipts_to_date"),
            (wanted - lost - paid).cum_sum().alias("tied_up"),
        )
        .drop("taxed")
        .with_columns(pl.exclude("date") / 100)
        .filter(pl.col("date") >= first)
    )


def _moved(view: ObjectEvents) -> pl.DataFrame:
    """Return the cents of each flow by local day, of the days on which something moved."""
    rows = view.events(chain.from_iterable(_OTHER_FLOWS.values()))
    date = local_date("time", view.log.zone).alias("date")
    billed = v.INVOICE in view.object_types
    items = open_items(view).with_columns(date) if billed else rows.clear()
    # Each of these flows has one sign.
    item_flows = _daily(items, _ITEM_FLOWS).with_columns(pl.exclude("date").abs())
    taxes = _daily(_taxes(view, items), {"taxed": (v.CREATE_INVOICE, v.CANCEL_INVOICE)})
    return (
        _daily(rows, _OTHER_FLOWS)
        .join(item_flows, on="date", how="full", coalesce=True)
        .join(taxes, on="date", how="left")
    )


def _taxes(view: ObjectEvents, items: pl.DataFrame) -> pl.DataFrame:
    """Return the tax that invoices add to what was ordered, and that their cancellation takes."""
    if items.is_empty() or "tax" not in view.log.objects.columns:
        return items.clear()
    shares = view.objects_of(v.INVOICE).select(
        pl.col("object").alias("invoice"), (pl.col("tax") / pl.col("amount")).alias("share")
    )
    billed = items.filter(pl.col("activity").is_in([v.CREATE_INVOICE, v.CANCEL_INVOICE]))
    return billed.join(shares, on="invoice").with_columns(
        (pl.col("cents") * pl.col("share").fill_null(0)).round().cast(pl.Int64)
    )


def _daily(rows: pl.DataFrame, flows: Mapping[str, tuple[str, ...]]) -> pl.DataFrame:
    """Return the cents of each flow by local day."""
    return rows.group_by("date").agg(
        pl.col("cents").filter(pl.col("activity").is_in(activities)).sum().alias(flow)
        for flow, activities in flows.items()
    )
