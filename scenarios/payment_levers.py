"""Levers on how customers pay: terms, discounts, methods, remittance advice, matching."""

from __future__ import annotations

from o2c_sim import CompanyModel
from scenarios.lever import Changes, Lever, share, value_at, with_mean
from scenarios.population import each_distribution
from scenarios.share_levers import customers, mixture

_NONE = "no published effect was found"
_TRANSFERS = ("check", "ach", "wire")


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


# In the order in which they apply: of two that share a mixture, the wider one first.
PAYMENT_LEVERS = (
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
    customers(
        "discount_offered_pct",
        "Customers offered a discount for early payment",
        "discount_offered_share",
        "DSO 15 to 20 days lower on those who take it (clearreceivables, vendor); 2/10 net 30 is "
        "36.7 % a year",
    ),
    customers(
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
    share(
        "dynamic_discount_pct",
        "Customers who pay early for a discount by the day",
        "customers.dynamic_discount_share",
        f"{_NONE}; who takes it does not depend on the rate here",
    ),
    share(
        "dynamic_discount_rate_pct",
        "Discount by the day, for a year",
        "customers.dynamic_discount_rate_per_year",
        f"{_NONE}; 2/10 net 30 is 36.7 % a year",
        high=50,
    ),
    customers(
        "prepayment_pct",
        "Customers who pay before delivery",
        "prepayment_share",
        _NONE,
    ),
    mixture(
        "card_pct",
        "Customers who pay by card",
        "payment_method_shares",
        "card",
        _TRANSFERS,
        "DSO 7 days lower at a rental firm, with other changes (Billtrust, vendor); fee 2.5 to "
        "3.0 %",
    ),
    share(
        "card_fee_pct",
        "Card fee, less what a surcharge brings in",
        "customers.card_fee_share",
        "fee 2.5 to 3.0 %, surcharge 3 % (Billtrust, vendor); who leaves the card because of a "
        "surcharge is not modelled",
        high=10,
    ),
    mixture(
        "direct_debit_pct",
        "Customers who pay by direct debit",
        "payment_method_shares",
        "direct_debit",
        _TRANSFERS,
        "drawn on the due date, 1 to 2 % returned; no published effect was found",
    ),
    mixture(
        "check_pct",
        "Customers who pay by check",
        "payment_method_shares",
        "check",
        ("ach", "wire"),
        "26 % of payments between businesses (AFP survey 2025); float 3 to 5 days against 1 to 2",
    ),
    customers(
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
