"""What each KPI means: formula, population, unit and source, beside the number wherever it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mining.business_time import DESCRIPTION
from o2c_sim import vocabulary as v


@dataclass(frozen=True, slots=True)
class KpiDefinition:
    """What a KPI means.

    Parameters
    ----------
    key
        Identifier, for example ``order_to_cash_mean_days``.
    label
        Name for people.
    unit
        ``days``, ``hours``, ``share`` (0 to 1), ``currency`` or ``count``.
    formula
        The formula in words.
    population
        Which orders, invoices or days, and what happens to open ones.
    source
        Where the definition comes from.
    better
        ``lower``, ``higher`` or ``neither``.
    needs
        Activities of the reference vocabulary, one of which the log must record; without it the
        KPI would be a number about nothing and is left out.
    """

    key: str
    label: str
    unit: str
    formula: str
    population: str
    source: str
    better: str
    needs: tuple[str, ...] = ()


_ORDERS = "orders received in the period; those that have not got so far are left out and counted"
_INVOICES = "invoices issued in the period and cleared; open and written-off ones are left out"
CREDIT_HOLD = (v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT)
_TRADE = "common usage in the trade; no standard opened"
_CRF = "Credit Research Foundation, KPI definitions"


def _spread(
    stem: str, unit: str, label: str, formula: str, population: str, source: str, needs: str
) -> list[KpiDefinition]:
    return [
        KpiDefinition(
            f"{stem}_{statistic}_{unit}",
            f"{label}, {word}",
            unit,
            formula,
            population,
            source,
            "lower",
            (needs,),
        )
        for statistic, word in (("mean", "mean"), ("median", "median"), ("p90", "90th percentile"))
    ]


_ALL = [
    *_spread(
        "order_processing",
        "hours",
        "Order processing time",
        f"order confirmation - order receipt, in business hours ({DESCRIPTION})",
        _ORDERS,
        _TRADE + " (release to warehouse - order receipt)",
        v.CONFIRM_ORDER,
    ),
    *_spread(
        "order_cycle",
        "days",
        "Order cycle time",
        "goods issue - order receipt, calendar days",
        _ORDERS,
        "kpidepot / hopstack: sum of (delivery - placement) / number; here to goods issue",
        v.POST_GOODS_ISSUE,
    ),
    *_spread(
        "invoice_to_cash",
        "days",
        "Collection cycle (invoice to cash)",
        "clearing of the invoice - invoice date, calendar days",
        _INVOICES,
        _TRADE,
        v.CLEAR_INVOICE,
    ),
    *_spread(
        "invoice_to_payment",
        "days",
        "Invoice to payment received",
        "receipt of the customer's money - invoice date, calendar days; the rest of the collection "
        "cycle is cash application",
        _INVOICES,
        _TRADE,
        v.RECEIVE_PAYMENT,
    ),
    *_spread(
        "order_to_cash",
        "days",
        "Order-to-cash cycle time",
        "clearing of the invoice - order receipt, calendar days",
        _ORDERS,
        _TRADE,
        v.CLEAR_INVOICE,
    ),
    KpiDefinition(
        "invoice_lag_mean_days",
        "Invoice lag, mean",
        "days",
        "invoice sent - goods issue, calendar days",
        _ORDERS,
        "APQC measure 100558",
        "lower",
        (v.CREATE_INVOICE,),
    ),
    KpiDefinition(
        "dso_simple_days",
        "DSO (simple)",
        "days",
        "receivables at the end of the period x days / credit sales of the period",
        "all open invoices at the end of the period",
        _CRF,
        "lower",
        (v.CLEAR_INVOICE,),
    ),
    KpiDefinition(
        "dso_countback_days",
        "DSO (countback)",
        "days",
        "days of sales, from the last day backwards, that exhaust the receivables",
        "all open invoices at the end of the period",
        _TRADE + " (exhaustion method)",
        "lower",
        (v.CLEAR_INVOICE,),
    ),
    KpiDefinition(
        "best_possible_dso_days",
        "Best possible DSO",
        "days",
        "receivables not yet due x days / credit sales of the period",
        "open invoices not yet due at the end of the period",
        _CRF,
        "lower",
        (v.CLEAR_INVOICE,),
    ),
    KpiDefinition(
        "payment_terms_mean_days",
        "Payment terms, mean",
        "days",
        "due date - invoice date, calendar days",
        "cleared invoices issued in the period",
        _TRADE,
        "neither",
        (v.CLEAR_INVOICE,),
    ),
    KpiDefinition(
        "terms_share",
        "Within payment terms",
        "share",
        "sum of min(clearing - invoice date, due date - invoice date) / sum of (clearing - invoice "
        "date)",
        "cleared invoices issued in the period",
        "this toolkit",
        "neither",
        (v.CLEAR_INVOICE,),
    ),
    KpiDefinition(
        "days_late_mean_days",
        "Days late at clearing, mean",
        "days",
        "clearing date - due date, calendar days; early counts negative",
        _INVOICES,
        _TRADE,
        "lower",
        (v.CLEAR_INVOICE,),
    ),
    KpiDefinition(
        "days_late_paid_mean_days",
        "Days late at payment, mean",
        "days",
        "date on which the money was received - due date, calendar days; early counts negative",
        _INVOICES,
        _TRADE,
        "lower",
        (v.RECEIVE_PAYMENT,),
    ),
    KpiDefinition(
        "late_share",
        "Invoices cleared late",
        "share",
        "invoices cleared after their due date / invoices cleared",
        _INVOICES,
        _TRADE,
        "lower",
        (v.CLEAR_INVOICE,),
    ),
    KpiDefinition(
        "touchless_share",
        "Touchless order rate",
        "share",
        "orders with no human event from receipt to confirmation / orders confirmed",
        _ORDERS,
        _TRADE + " (here until confirmation: picking is physical work)",
        "higher",
        (v.CONFIRM_ORDER,),
    ),
    KpiDefinition(
        "credit_hold_share",
        "Credit hold rate",
        "share",
        "orders with a credit block set, released or denied / orders",
        "orders received in the period",
        _TRADE,
        "lower",
        CREDIT_HOLD,
    ),
    KpiDefinition(
        "dispute_share",
        "Dispute rate",
        "share",
        "invoices that the customer disputed / invoices",
        "invoices issued in the period",
        _TRADE,
        "lower",
        (v.OPEN_DISPUTE,),
    ),
    KpiDefinition(
        "dispute_resolution_mean_days",
        "Dispute resolution time, mean",
        "days",
        "decision - objection, calendar days",
        "disputed invoices issued in the period; open disputes are left out",
        "APQC (4 days at the top, 30 at the bottom)",
        "lower",
        (v.RESOLVE_DISPUTE,),
    ),
    KpiDefinition(
        "automatic_match_share",
        "Automatic cash match",
        "share",
        "invoices cleared without a person / invoices cleared",
        _INVOICES,
        _TRADE + "; counted by invoice",
        "higher",
        (v.CLEAR_INVOICE,),
    ),
    KpiDefinition(
        "false_dunning_share",
        "Reminded after paying",
        "share",
        "invoices reminded after their payment was received / invoices",
        _INVOICES,
        "this toolkit",
        "lower",
        (v.SEND_DUNNING_LEVEL_1,),
    ),
    KpiDefinition(
        "receivables_mean",
        "Receivables, mean",
        "currency",
        "open receivables at the end of each day, averaged over the period",
        "days of the period",
        _TRADE,
        "lower",
        (v.CLEAR_INVOICE,),
    ),
    KpiDefinition(
        "cash_tied_up_mean",
        "Cash tied up in the cycle",
        "currency",
        "orders received - cancelled - credited - written off - customers' payments received, at "
        "the end of each day, averaged over the period; what it falls by is cash freed, once",
        "days of the period",
        "this toolkit; Little's law ties it to order value a day x time from order to payment",
        "lower",
        (v.RECEIVE_PAYMENT,),
    ),
    KpiDefinition(
        "credited_share",
        "Credit memos",
        "share",
        "amounts credited / credit sales",
        "days of the period",
        _TRADE,
        "lower",
        (v.CREATE_CREDIT_MEMO,),
    ),
    KpiDefinition(
        "bad_debt_share",
        "Bad debt",
        "share",
        "amounts written off / credit sales",
        "days of the period",
        _TRADE,
        "lower",
        (v.WRITE_OFF_INVOICE,),
    ),
    KpiDefinition(
        "open_share",
        "Orders still open",
        "share",
        "orders neither cleared, cancelled nor written off when the log ends / orders",
        "orders received in the period",
        "this toolkit",
        "neither",
        (v.CLEAR_INVOICE,),
    ),
]

DEFINITIONS: Mapping[str, KpiDefinition] = {definition.key: definition for definition in _ALL}
