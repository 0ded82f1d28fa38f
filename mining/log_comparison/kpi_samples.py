"""What order-to-cash KPIs are means, shares or quantiles of: one value per order or document.

The formulas stay in :mod:`mining.kpis`; here are the values below them, so that a KPI of two logs
can be compared with an interval. A test holds that the statistic of these values is the KPI.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.business_time import business_hours
from mining.cash_kpis import invoice_spans, money_in_hand, still_open
from mining.delivery_kpis import to_be_billed
from mining.kpi_definition import CREDIT_HOLD
from mining.kpi_definitions_orders import CHANGES, DETOURS
from mining.measures import Flags, Period
from mining.object_events import ObjectEvents
from mining.order_facts import facts_of_orders, order_facts
from mining.order_kpis import open_orders
from mining.receivables import invoice_facts, invoices
from o2c_sim import vocabulary as v

_MICROSECONDS_PER_DAY = 86.4e9
_SPREAD = ("mean", "median", "p90")


@dataclass(frozen=True, slots=True)
class KpiSample:
    """The values that one or more KPIs are statistics of.

    Parameters
    ----------
    statistics
        KPI key to ``mean``, ``median`` or ``p90``; a share is a mean of zeros and ones.
    unit
        What a value is of: the case type, ``invoice`` or ``delivery``.
    objects, values
        The order or document (object number) and its value; what is unknown is left out.
    ended
        Whether a case has ended; the value of an open one is its time so far. None if all have.
    """

    statistics: dict[str, str]
    unit: str
    objects: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    ended: npt.NDArray[np.bool_] | None = None


def kpi_samples(view: ObjectEvents, case_type: str, period: Period) -> list[KpiSample]:
    """Return the values below the KPIs of orders, invoices and deliveries.

    Parameters
    ----------
    view
        A log in the reference vocabulary.
    case_type
        What stands for the order.
    period
        The measured period.

    Returns
    -------
    list of KpiSample
        One by one in a fixed order; KPIs that are no statistic of single cases (balances, DSO,
        costs) have none.
    """
    found: list[KpiSample] = []
    if case_type in view.log.object_types:
        found += _of_orders(view, case_type, period)
    if v.DELIVERY in view.log.object_types:
        found += _of_deliveries(view, period)
    if v.INVOICE in view.log.object_types:
        found += _of_invoices(view, period)
    return found


def _of_orders(view: ObjectEvents, case_type: str, period: Period) -> Iterator[KpiSample]:
    zone = view.log.zone
    facts = facts_of_orders(view, case_type)
    within = view.within(period, facts.received)
    facts, rows = facts.where(within), order_facts(view, case_type).filter(pl.Series(within))
    confirmed = rows.filter(pl.col("confirmed").is_not_null())
    shipped = rows.filter(pl.col("goods_issued").is_not_null())

    def sample(statistics: dict[str, str], of: pl.DataFrame, values: pl.Series) -> KpiSample:
        return _sample(statistics, case_type, of["order"], values)

    def hit(activities: tuple[str, ...], of: pl.DataFrame) -> pl.Series:
        return pl.Series(_happened(view, case_type, of["order"], *activities))

    def durations(stem: str, unit: str, to: str) -> KpiSample:
        waiting = rows.filter(pl.Series(open_orders(facts, stem)))
        waiting = waiting.with_columns(pl.lit(view.log.events["time"].max()).alias(to))
        return _with_open(stem, unit, case_type, "order", (rows, waiting), "received", to, zone)

    yield durations("order_processing", "hours", "confirmed")
    yield durations("order_cycle", "days", "goods_issued")
    yield durations("order_to_cash", "days", "cleared")
    yield sample({"invoice_lag_mean_days": "mean"}, rows, _days(rows, "goods_issued", "sent"))
    yield sample({"touchless_share": "mean"}, confirmed, ~confirmed["touched"])
    yield sample({"first_time_right_share": "mean"}, rows, ~hit(DETOURS, rows))
    yield sample({"credit_hold_share": "mean"}, rows, hit(CREDIT_HOLD, rows))
    yield sample({"order_change_share": "mean"}, confirmed, hit(CHANGES, confirmed))
    yield sample({"cancellation_share": "mean"}, rows, hit((v.CANCEL_ORDER,), rows))
    yield sample({"return_share": "mean"}, shipped, hit((v.AUTHORISE_RETURN,), shipped))
    unsettled = ~rows["settled"] & rows["cancelled"].is_null()
    yield sample({"open_share": "mean"}, rows, unsettled)


def _of_deliveries(view: ObjectEvents, period: Period) -> Iterator[KpiSample]:
    issued = view.spans(v.DELIVERY, v.POST_GOODS_ISSUE).filter(period.holds("first", view.log.zone))
    billed = view.spans(v.DELIVERY, v.CREATE_INVOICE)
    both = issued.join(billed, on="case", suffix="_billed").sort("case")
    unbilled = issued.join(billed, on="case", how="anti")
    wanted = to_be_billed(view)[view.places(v.DELIVERY, unbilled["case"])]
    waiting = unbilled.filter(pl.Series(wanted)).with_columns(
        pl.lit(view.log.events["time"].max()).alias("first_billed")
    )
    yield _with_open(
        "billing_lag", "days", v.DELIVERY, "case", (both, waiting), "first", "first_billed"
    )


def _of_invoices(view: ObjectEvents, period: Period) -> Iterator[KpiSample]:
    facts = invoice_facts(view)
    within = view.within(period, facts.issued)
    issued, facts = invoices(view).filter(pl.Series(within)), facts.where(within)
    spans = invoice_spans(view, period).sort("invoice")

    def sample(statistics: dict[str, str], values: pl.Series) -> KpiSample:
        return _sample(statistics, v.INVOICE, spans["invoice"], values)

    end = view.log.events["time"].max()
    is_open = still_open(view, facts)
    waiting = issued.filter(pl.Series(is_open)).with_columns(pl.lit(end).alias("end"))
    cleared = issued.filter(pl.col("cleared").is_not_null())
    yield _with_open(
        "invoice_to_cash",
        "days",
        v.INVOICE,
        "invoice",
        (cleared.with_columns(pl.col("cleared").alias("end")), waiting),
        "issued",
        "end",
    )
    yield sample({"invoice_to_payment_mean_days": "mean"}, spans["to_payment_days"])
    yield _payments(cleared, waiting, money_in_hand(view, facts.where(is_open)))
    yield sample({"payment_terms_mean_days": "mean"}, spans["terms_days"])
    yield sample({"days_late_mean_days": "mean"}, spans["late_days"])
    yield sample({"days_late_paid_mean_days": "mean"}, spans["paid_late_days"])
    yield sample({"late_share": "mean"}, spans["late_days"] > 0)
    for key, activity in (
        ("dispute_share", v.OPEN_DISPUTE),
        ("invoice_rejection_share", v.REJECT_INVOICE),
    ):
        hit = pl.Series(_happened(view, v.INVOICE, issued["invoice"], activity))
        yield _sample({key: "mean"}, v.INVOICE, issued["invoice"], hit)


def _happened(view: ObjectEvents, kind: str, objects: pl.Series, *activities: str) -> Flags:
    """Return of some objects whether one of some activities happened to them."""
    return view.happened(kind, *activities)[view.places(kind, objects)]


def _payments(cleared: pl.DataFrame, waiting: pl.DataFrame, received: Flags) -> KpiSample:
    """Return the times to the receipt of money, which may wait to be applied."""
    in_hand = waiting.filter(pl.Series(received))
    paid = pl.concat([cleared, in_hand.drop("end")]).with_columns(pl.col("paid").alias("end"))
    unpaid = waiting.filter(pl.Series(~received))
    found = _with_open(
        "invoice_to_payment", "days", v.INVOICE, "invoice", (paid, unpaid), "issued", "end"
    )
    quantiles = {key: name for key, name in found.statistics.items() if name != "mean"}
    return replace(found, statistics=quantiles)


def _with_open(
    stem: str,
    unit: str,
    kind: str,
    name: str,
    rows: tuple[pl.DataFrame, pl.DataFrame],
    start: str,
    end: str,
    zone: str = "",
) -> KpiSample:
    """Return the durations of cases that have ended, and those so far of open ones."""
    parts = []
    for part in rows:
        if unit == "hours":
            hours = pl.Series(business_hours(part[start], part[end], zone), dtype=pl.Float64)
            parts.append(_sample({}, kind, part[name], hours.fill_nan(None)))
        else:
            parts.append(_sample({}, kind, part[name], _days(part, start, end)))
    ended, waiting = parts
    sizes = ended.values.size, waiting.values.size
    return KpiSample(
        _spread(stem, unit),
        kind,
        np.concatenate([ended.objects, waiting.objects]),
        np.concatenate([ended.values, waiting.values]),
        np.repeat([True, False], sizes) if waiting.values.size else None,
    )


def _sample(
    statistics: dict[str, str], unit: str, objects: pl.Series, values: pl.Series
) -> KpiSample:
    known = values.is_not_null()
    return KpiSample(
        statistics,
        unit,
        objects.filter(known).cast(pl.Int64).to_numpy(),
        values.filter(known).cast(pl.Float64).to_numpy(),
    )


def _spread(stem: str, unit: str) -> dict[str, str]:
    return {f"{stem}_{name}_{unit}": name for name in _SPREAD}


def _days(rows: pl.DataFrame, start: str, end: str) -> pl.Series:
    return (rows[end] - rows[start]).dt.total_microseconds() / _MICROSECONDS_PER_DAY
