"""Order-to-cash KPIs: the one place where their formulas live, for simulated and real logs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.business_time import business_hours
from mining.kpi_definitions import CREDIT_HOLD, DEFINITIONS, KpiDefinition
from mining.receivables import (
    best_possible_dso,
    daily_flows,
    dso_countback,
    dso_simple,
    invoices,
)
from o2c_sim import vocabulary as v
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import EventLog

Array = npt.NDArray[np.float64]
NAN = float("nan")
_NOTICES = (v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_2, v.SEND_DUNNING_LEVEL_3)

__all__ = [
    "DEFINITIONS",
    "KpiDefinition",
    "Period",
    "invoice_spans",
    "measure",
    "order_facts",
    "whole_period",
]


@dataclass(frozen=True, slots=True)
class Period:
    """The measured period: local dates, the first included, the last not."""

    first: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        """Refuse an empty period."""
        if self.first >= self.end:
            raise LogError(Problem(f"the period {self.first} to {self.end} has no day"))

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.first).days


def measure(
    log: EventLog,
    period: Period | None = None,
    case_type: str = v.ORDER,
    recorded: Collection[str] | None = None,
) -> dict[str, float]:
    """Return every KPI that the log's tables carry.

    Parameters
    ----------
    log
        A log in the reference vocabulary, with objects of the case type and, for the cash side,
        ``invoice``.
    period
        The measured period; all of the log when None.
    case_type
        What stands for the order: ``order``, or ``order_line`` where a log has nothing else.
    recorded
        Activities that the log would show if they had happened; those that occur when None.

    Returns
    -------
    dict
        KPI key to value, in the order of :data:`DEFINITIONS`. A KPI whose activities the log does
        not record is absent; one without a single case in the period is NaN.
    """
    period = period or whole_period(log)
    found: dict[str, float] = {}
    if case_type in log.object_types:
        found |= _order_kpis(order_facts(log, case_type), log.zone, period)
    if v.INVOICE in log.object_types:
        found |= _invoice_kpis(log, period)
    known = set(log.activities if recorded is None else recorded)
    return {
        key: found[key]
        for key, definition in DEFINITIONS.items()
        if key in found and (not definition.needs or known.intersection(definition.needs))
    }


def whole_period(log: EventLog) -> Period:
    """Return the period from the log's first local date to its last.

    Raises
    ------
    LogError
        If the log has no events.
    """
    if log.events.is_empty():
        raise LogError("the log has no events")
    dates = _local_date(log.events["time"], log.zone)
    first, last = dates.min(), dates.max()
    assert isinstance(first, dt.date)
    assert isinstance(last, dt.date)
    return Period(first, last + dt.timedelta(days=1))


def order_facts(log: EventLog, case_type: str = v.ORDER) -> pl.DataFrame:
    """Return one row per order (or other case) with the moments that KPIs are made of.

    Returns
    -------
    polars.DataFrame
        ``order`` (object number); ``received``, ``confirmed``, ``goods_issued``, ``invoiced``,
        ``sent``, ``cleared``, ``written_off``, ``cancelled`` (naive UTC, null where it has not
        happened; the first of several); ``held``, ``touched`` (a person worked on it before its
        confirmation; null where the log does not say) (Boolean).
    """
    cases = log.flatten(case_type)
    name = pl.col("activity").cast(pl.String)

    def first(activity: str) -> pl.Expr:
        return pl.col("time").filter(name == activity).min()

    sent = pl.coalesce(pl.col("start"), pl.col("time")).filter(name == v.SEND_INVOICE).min()
    before = pl.col("time") <= first(v.CONFIRM_ORDER)
    return (
        cases.group_by("case")
        .agg(
            pl.coalesce(first(v.RECEIVE_ORDER), first(v.CREATE_SALES_ORDER)).alias("received"),
            first(v.CONFIRM_ORDER).alias("confirmed"),
            first(v.POST_GOODS_ISSUE).alias("goods_issued"),
            first(v.CREATE_INVOICE).alias("invoiced"),
            pl.coalesce(sent, first(v.CREATE_INVOICE)).alias("sent"),
            first(v.CLEAR_INVOICE).alias("cleared"),
            first(v.WRITE_OFF_INVOICE).alias("written_off"),
            first(v.CANCEL_ORDER).alias("cancelled"),
            name.is_in(CREDIT_HOLD).any().alias("held"),
            (~pl.col("automated")).filter(before).max().alias("touched"),
        )
        .rename({"case": "order"})
        .sort("order")
    )


def invoice_spans(log: EventLog, period: Period) -> pl.DataFrame:
    """Return the cleared invoices issued in a period with their times.

    Returns
    -------
    polars.DataFrame
        ``invoice``, ``amount``, ``to_cash_days`` (to clearing) and ``to_payment_days`` (to receipt
        of the money; null where the log does not show it) in calendar days, fractional;
        ``terms_days``, ``late_days`` (at clearing) and ``paid_late_days`` (at receipt) in whole
        local days, null without a due date.
    """
    rows = invoices(log)
    issued = _local_date(rows["issued"], log.zone)
    cleared = _local_date(rows["cleared"], log.zone)
    paid = _local_date(rows["paid"], log.zone)
    return (
        rows.with_columns(
            issued.alias("issued_on"), cleared.alias("cleared_on"), paid.alias("paid_on")
        )
        .filter(_within("issued_on", period) & pl.col("cleared").is_not_null())
        .select(
            "invoice",
            "amount",
            ((pl.col("cleared") - pl.col("issued")).dt.total_microseconds() / 86.4e9).alias(
                "to_cash_days"
            ),
            ((pl.col("paid") - pl.col("issued")).dt.total_microseconds() / 86.4e9).alias(
                "to_payment_days"
            ),
            (pl.col("due") - pl.col("issued_on")).dt.total_days().alias("terms_days"),
            (pl.col("paid_on") - pl.col("due")).dt.total_days().alias("paid_late_days"),
            (pl.col("cleared_on") - pl.col("due")).dt.total_days().alias("late_days"),
        )
    )


def _order_kpis(facts: pl.DataFrame, zone: str, period: Period) -> dict[str, float]:
    received_on = _local_date(facts["received"], zone)
    rows = facts.with_columns(received_on.alias("received_on")).filter(
        _within("received_on", period)
    )

    def days(start: str, end: str) -> Array:
        span = (rows[end] - rows[start]).drop_nulls().dt.total_microseconds() / 86.4e9
        return span.to_numpy()

    processing = business_hours(rows["received"], rows["confirmed"], zone)
    confirmed = rows.filter(pl.col("confirmed").is_not_null() & pl.col("touched").is_not_null())
    ended = pl.col("cleared", "written_off", "cancelled").is_not_null()
    still_open = rows.select(~pl.any_horizontal(ended)).to_series()
    return {
        **_statistics("order_processing", "hours", processing[~np.isnan(processing)]),
        **_statistics("order_cycle", "days", days("received", "goods_issued")),
        **_statistics("order_to_cash", "days", days("received", "cleared")),
        "invoice_lag_mean_days": _mean(days("goods_issued", "sent")),
        "touchless_share": _mean((~confirmed["touched"]).to_numpy()),
        "credit_hold_share": _mean(rows["held"].to_numpy()),
        "open_share": _mean(still_open.to_numpy()),
    }


def _invoice_kpis(log: EventLog, period: Period) -> dict[str, float]:
    last = period.end - dt.timedelta(days=1)
    flows = daily_flows(log, period.first, last)
    spans = invoice_spans(log, period)
    sales = float(flows["sales"].sum())
    receivables = float(flows["receivables"][-1])
    rows = invoices(log)
    open_at_end = rows.filter(
        (_local_date_expr("issued", log.zone) <= last)
        & ~(_local_date_expr("cleared", log.zone) <= last).fill_null(False)
        & ~(_local_date_expr("written_off", log.zone) <= last).fill_null(False)
    )
    credited = (_local_date_expr("credited", log.zone) <= last).fill_null(False)
    still_open = pl.col("amount") - pl.when(credited).then(pl.col("credit")).otherwise(0.0)
    current = float(open_at_end.filter(pl.col("due") >= last).select(still_open).to_series().sum())
    to_payment = spans["to_payment_days"].drop_nulls()
    return {
        **_statistics("invoice_to_cash", "days", spans["to_cash_days"].to_numpy()),
        **_statistics("invoice_to_payment", "days", to_payment.to_numpy()),
        "terms_share": _within_terms(spans),
        "dso_simple_days": dso_simple(receivables, sales, period.days),
        "dso_countback_days": dso_countback(receivables, flows["sales"].to_numpy()),
        "best_possible_dso_days": best_possible_dso(current, sales, period.days),
        "payment_terms_mean_days": _mean(spans["terms_days"].drop_nulls().to_numpy()),
        "days_late_mean_days": _mean(spans["late_days"].drop_nulls().to_numpy()),
        "days_late_paid_mean_days": _mean(spans["paid_late_days"].drop_nulls().to_numpy()),
        "late_share": _mean((spans["late_days"].drop_nulls() > 0).to_numpy()),
        **_cash_application_kpis(log, period),
        "receivables_mean": float(flows["receivables"].mean()),  # type: ignore[arg-type]
        "cash_tied_up_mean": float(flows["tied_up"].mean()),  # type: ignore[arg-type]
        "credited_share": float(flows["credited"].sum()) / sales if sales > 0 else NAN,
        "bad_debt_share": float(flows["written_off"].sum()) / sales if sales > 0 else NAN,
    }


def _within_terms(spans: pl.DataFrame) -> float:
    """Return the share of the time from invoice to cash that lies within the payment terms."""
    known = spans.drop_nulls("terms_days")
    whole = float(known["to_cash_days"].sum())
    within = known.select(pl.min_horizontal("to_cash_days", "terms_days")).to_series().sum()
    return float(within) / whole if whole > 0 else NAN


def _cash_application_kpis(log: EventLog, period: Period) -> dict[str, float]:
    name = pl.col("activity").cast(pl.String)
    cases = (
        log.flatten(v.INVOICE)
        .group_by("case")
        .agg(
            pl.col("time").filter(name == v.CREATE_INVOICE).min().alias("issued"),
            pl.col("automated").filter(name == v.CLEAR_INVOICE).first().alias("automatic"),
            pl.col("time").filter(name == v.RECEIVE_PAYMENT).min().alias("paid"),
            pl.col("time").filter(name.is_in(_NOTICES)).max().alias("reminded"),
            pl.col("time").filter(name == v.OPEN_DISPUTE).min().alias("disputed"),
            pl.col("time").filter(name == v.RESOLVE_DISPUTE).max().alias("resolved"),
        )
        .with_columns(_local_date_expr("issued", log.zone).alias("issued_on"))
        .filter(_within("issued_on", period))
        .sort("case")
    )
    falsely = (pl.col("reminded") > pl.col("paid")).fill_null(False)
    resolution = (cases["resolved"] - cases["disputed"]).drop_nulls().dt.total_microseconds()
    return {
        "dispute_share": _mean(cases["disputed"].is_not_null().to_numpy()),
        "dispute_resolution_mean_days": _mean((resolution / 86.4e9).to_numpy()),
        "automatic_match_share": _mean(cases["automatic"].drop_nulls().to_numpy()),
        "false_dunning_share": _mean(cases.select(falsely).to_series().to_numpy()),
    }


def _statistics(stem: str, unit: str, values: Array) -> dict[str, float]:
    if values.size == 0:
        return dict.fromkeys((f"{stem}_{s}_{unit}" for s in ("mean", "median", "p90")), NAN)
    return {
        f"{stem}_mean_{unit}": float(values.mean()),
        f"{stem}_median_{unit}": float(np.median(values)),
        f"{stem}_p90_{unit}": float(np.quantile(values, 0.9)),
    }


def _mean(values: npt.NDArray[np.generic]) -> float:
    return float(values.mean()) if values.size else NAN


def _local_date_expr(column: str, zone: str) -> pl.Expr:
    return pl.col(column).dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()


def _local_date(moments: pl.Series, zone: str) -> pl.Series:
    return moments.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()


def _within(column: str, period: Period) -> pl.Expr:
    return (pl.col(column) >= period.first) & (pl.col(column) < period.end)
