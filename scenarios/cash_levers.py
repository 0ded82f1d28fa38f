"""Levers on what the company does for its money: invoices, reminders, calls, disputes."""

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
    share,
    with_mean,
    word,
)
from scenarios.share_levers import mixture

_NONE = "no published effect was found"


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


def _reminder_effect(model: CompanyModel, value: float) -> Changes:
    """Set the first reminder's effect; later levels keep theirs in proportion, within limits."""
    levels = model.dunning.levels.value
    factor = value / levels[0].hazard_ratio
    ratios = [value, *(min(max(level.hazard_ratio * factor, 1), 100) for level in levels[1:])]
    return {
        "dunning.levels": [
            {"overdue_days": level.overdue_days, "hazard_ratio": ratio}
            for level, ratio in zip(levels, ratios, strict=True)
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
    mixture(
        "e_invoice_pct",
        "Customers with e-invoices",
        "invoice_channel_shares",
        "e_invoice",
        ("paper", "pdf", "portal"),
        "IBM receivables sample: electronic settled 6.5 days earlier within customer (SE 0.4, "
        "n = 91); here postal delay and rejections are modelled, not that effect",
    ),
    mixture(
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
    Lever(
        "reminder_effect",
        "How much faster a customer pays after the first reminder",
        "times",
        1,
        20,
        (),
        "no hazard is published: the weakest numbers here; what would it have to be?",
        read=lambda model: model.dunning.levels.value[0].hazard_ratio,
        write=_reminder_effect,
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
    number(
        "call_effect",
        "How much faster a customer pays after a call without a promise",
        "collections.hazard_ratio",
        "times",
        "no hazard is published; see reminder_effect",
        low=1,
        high=20,
    ),
    Lever(
        "call_minutes",
        "A collector's work on one call, mean",
        "minutes",
        0.5,
        120,
        (),
        "cost per contact 67 % lower at digital leaders (Hackett, quoted by Billtrust, vendor)",
        read=lambda model: model.collections.touch_minutes.value.mean(),
        write=lambda model, value: {
            "collections.touch_minutes": dump(
                with_mean(model.collections.touch_minutes.value, value)
            )
        },
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
)
