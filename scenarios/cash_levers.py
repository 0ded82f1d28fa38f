"""Levers from the invoice to the cash: billing, disputes, reminders, payment, matching."""

from __future__ import annotations

import numpy as np

from o2c_sim import CompanyModel
from o2c_sim.model.section import WEEKDAYS
from scenarios.lever import (
    Changes,
    Lever,
    choice,
    dump,
    number,
    percentage,
    share,
    value_at,
    with_mean,
    word,
)
from scenarios.population import each_distribution, mean_mix, mean_share, set_mix, set_share

_NONE = "no published effect was found"
_TRANSFERS = ("check", "ach", "wire")


def _first_reminder(model: CompanyModel, value: float) -> Changes:
    """Move the first reminder; later levels keep their distance from it."""
    levels = model.dunning.levels.value
    shift = value - levels[0].overdue_days
    return {
        "dunning.levels": [
            {"overdue_days": level.overdue_days + shift, "hazard_ratio": level.hazard_ratio}
            for level in levels
        ]
    }


def _dunning_run(model: CompanyModel, value: str) -> Changes:
    run = model.dunning.run.value
    days = list(WEEKDAYS[:5]) if value == "daily" else ["mon"]
    return {"dunning.run": {"days": days, "times": list(run.times)}}


def _dispute_days(model: CompanyModel, value: float) -> Changes:
    """Scale the time of all investigations so that the general one gets a new median."""
    factor = value / _median_dispute_days(model)
    changes: Changes = {
        "disputes.investigation_days": dump(model.disputes.investigation_days.value.scaled(factor))
    }
    reasons = model.disputes.reasons.value
    if any(reason.investigation_days is not None for reason in reasons.values()):
        changes["disputes.reasons"] = {
            name: reason.model_dump(by_alias=True, exclude_none=True)
            | (
                {"investigation_days": dump(reason.investigation_days.scaled(factor))}
                if reason.investigation_days is not None
                else {}
            )
            for name, reason in reasons.items()
        }
    return changes


def _median_dispute_days(model: CompanyModel) -> float:
    median = model.disputes.investigation_days.value.quantile(np.array([0.5]))[0]
    return round(float(median), 9)


def _customers(name: str, label: str, field: str, evidence: str) -> Lever:
    """Return a lever on a share of all customers, segments included."""
    return percentage(
        name,
        label,
        evidence,
        read=lambda model: mean_share(model, field),
        write=lambda model, value: set_share(model, field, value),
    )


def _mixture(
    name: str, label: str, field: str, raised: str, lowered: tuple[str, ...], evidence: str
) -> Lever:
    """Return a lever that raises one way of doing it at the cost of some others."""
    return percentage(
        name,
        label,
        evidence,
        read=lambda model: mean_mix(model, field, (raised,)),
        write=lambda model, value: set_mix(model, field, (raised,), lowered, value),
    )


# In the order in which they apply: of two that share a mixture, the wider one first.
CASH_LEVERS = (
    share(
        "weekly_invoicing_pct",
        "Customers invoiced weekly instead of daily",
        "customers.weekly_invoice_share",
        "a weekly run adds half a week of waiting on average (arithmetic)",
    ),
    share(
        "monthly_invoicing_pct",
        "Customers invoiced monthly instead of daily",
        "customers.monthly_invoice_share",
        "a monthly run adds half a month of waiting on average (arithmetic)",
    ),
    share(
        "collective_invoice_pct",
        "Customers with one invoice for all deliveries of a run",
        "customers.collective_invoice_share",
        f"{_NONE}; fewer invoices to send, to pay and to match",
    ),
    word(
        "invoice_at",
        "What makes a delivery ready for billing",
        "billing.trigger",
        ("goods_issue", "proof_of_delivery"),
        "the time of transport (arithmetic)",
    ),
    share(
        "billing_block_pct",
        "Deliveries blocked for billing",
        "billing.block_share",
        "SAP log: 0.3 to 0.7 % of the cases",
    ),
    share(
        "invoice_errors_pct",
        "Invoices with an error",
        "billing.error_share",
        "37 % fewer invoice errors at digital leaders (Hackett)",
    ),
    _mixture(
        "e_invoice_pct",
        "Customers with e-invoices",
        "invoice_channel_shares",
        "e_invoice",
        ("paper", "pdf", "portal"),
        "IBM receivables sample: electronic settled 6.5 days earlier within customer (SE 0.4, "
        "n = 91); here postal delay and rejections are modelled, not that effect",
    ),
    _mixture(
        "portal_invoice_pct",
        "Customers whose invoices go to their portal",
        "invoice_channel_shares",
        "portal",
        ("paper", "pdf"),
        f"{_NONE}; a mandate of large customers",
    ),
    share(
        "e_invoice_rejection_pct",
        "E-invoices and portal invoices rejected",
        "billing.rejection_share",
        f"{_NONE}; 3 to 10 % when a mandate begins is a guess",
    ),
    Lever(
        "dunning_grace_days",
        "Days overdue before the first reminder",
        "days",
        1,
        90,
        (),
        "firms that follow up by hand take 67 % longer (PYMNTS, cross-section); no hazard "
        "published",
        read=lambda model: model.dunning.levels.value[0].overdue_days,
        write=_first_reminder,
    ),
    choice(
        "dunning_run",
        "Dunning run",
        ("weekly", "daily"),
        "see dunning_grace_days",
        read=lambda model: "daily" if len(model.dunning.run.value.days) >= 5 else "weekly",
        write=_dunning_run,
    ),
    number(
        "call_after_days",
        "Days overdue before a collector calls",
        "collections.call_after_days",
        "days",
        "slightly over half of a credit department's time is collections (highako, survey); the "
        "effect of a call is assumed",
        low=1,
        high=365,
    ),
    number(
        "recall_days",
        "Days from a call without success to the next",
        "collections.recall_days",
        "days",
        "see call_after_days",
        low=1,
        high=365,
    ),
    word(
        "collections_worklist",
        "Whom collectors call first",
        "collections.worklist",
        ("oldest", "largest", "riskiest"),
        "23 % better prioritisation claimed for automation (PYMNTS, cross-section)",
    ),
    share(
        "dispute_rate_pct",
        "Invoices disputed without a cause that the model knows",
        "disputes.share",
        "a toy model: disputes halved takes 3 % off the collection cycle",
    ),
    Lever(
        "dispute_days",
        "Days to investigate a dispute, median",
        "days",
        0.1,
        180,
        (),
        "30 days at bottom, 4 at top performers (APQC 2009); a toy model: 16 -> 5 days takes 4 % "
        "off the collection cycle",
        read=_median_dispute_days,
        write=_dispute_days,
    ),
    number(
        "automatic_credit_value",
        "Deductions credited at once, up to",
        "disputes.automatic_credit_value",
        "currency",
        f"{_NONE}; less work against money given away",
        low=0,
        high=1e9,
    ),
    number(
        "small_balance_value",
        "Small balances written off, up to",
        "write_off.small_balance_value",
        "currency",
        f"{_NONE}; less work against money given away",
        low=0,
        high=1e9,
    ),
    number(
        "write_off_after_days",
        "Days overdue after which an invoice is given up",
        "write_off.after_days",
        "days",
        f"{_NONE}; usual policies are 90 to 365 days",
        low=1,
        high=3_650,
    ),
    Lever(
        "payment_terms_days",
        "Payment terms, mean",
        "days",
        1,
        365,
        (),
        "DSO follows nearly one to one; a toy model: 30 -> 20 days takes 23 % off the collection "
        "cycle; what it costs in sales is not modelled",
        read=lambda model: model.customers.payment_terms_days.value.mean(),
        write=lambda model, value: _terms(model, value),
    ),
    _customers(
        "discount_offered_pct",
        "Customers offered a discount for early payment",
        "discount_offered_share",
        "DSO 15 to 20 days lower on those who take it (clearreceivables, vendor); 2/10 net 30 is "
        "36.7 % a year",
    ),
    _customers(
        "discount_taken_pct",
        "Of those, customers who take it",
        "discount_taken_share",
        "20 to 30 % is usual; no source was opened",
    ),
    share(
        "discount_rate_pct",
        "Discount for early payment",
        "customers.discount_rate",
        "2/10 net 30 is usual; who takes it does not depend on the rate here",
        high=50,
    ),
    _customers(
        "prepayment_pct",
        "Customers who pay before delivery",
        "prepayment_share",
        _NONE,
    ),
    _mixture(
        "card_pct",
        "Customers who pay by card",
        "payment_method_shares",
        "card",
        _TRANSFERS,
        "DSO 7 days lower at a rental firm, with other changes (Billtrust, vendor); fee 2.5 to "
        "3.0 %",
    ),
    _mixture(
        "direct_debit_pct",
        "Customers who pay by direct debit",
        "payment_method_shares",
        "direct_debit",
        _TRANSFERS,
        "drawn on the due date, 1 to 2 % returned; no published effect was found",
    ),
    _mixture(
        "check_pct",
        "Customers who pay by check",
        "payment_method_shares",
        "check",
        ("ach", "wire"),
        "26 % of payments between businesses (AFP survey 2025); float 3 to 5 days against 1 to 2",
    ),
    _customers(
        "good_remittance_pct",
        "Customers whose payments say what they are for",
        "good_remittance_share",
        f"{_NONE}; acts by way of automatic matching",
    ),
    share(
        "auto_match_pct",
        "Payments matched without a person, if one invoice and well described",
        "cash_application.auto_match_share",
        "95.5 % touchless payments in one case (Billtrust, vendor); cash-application cost -61 % "
        "for digital leaders (Hackett)",
    ),
    share(
        "unidentified_pct",
        "Payments that nobody can place at first",
        "cash_application.unidentified_share",
        "1 to 3 % of receipts is usual; no source was opened",
    ),
)


def _terms(model: CompanyModel, mean: float) -> Changes:
    """Scale all terms, those of segments too, so that the general ones get a new mean."""
    general = value_at(model, "customers.payment_terms_days")
    before = general.mean()
    factor = mean / before if before > 0 else 0.0
    return each_distribution(
        model,
        "payment_terms_days",
        lambda terms: with_mean(terms, mean if terms is general else terms.mean() * factor),
    )
