"""What customers take off: cash discounts, dynamic discounts, deductions."""

import polars as pl
import pytest
from by_invoice import days_after, settled, total
from run_checks import activity_name

from o2c_sim import vocabulary as v

DISCOUNT = {
    "customers.discount_offered_share": 1,
    "customers.discount_taken_share": 1,
    "customers.unearned_discount_share": 0,
}


def test_an_early_payment_earns_the_discount(distributor):
    """2/10 net 30: all pay on day 10, or the Friday before a weekend, and 2 % less."""
    run, events = settled(distributor, DISCOUNT)
    days = set(days_after(events, v.RECEIVE_PAYMENT, "issued"))
    # Paid at noon of day 8, 9 or 10, on the statement of the next working day.
    assert days == {11, 12, 13}
    allowed = events.filter(pl.col("name") == v.ALLOW_DISCOUNT)
    assert allowed.height == events.filter(pl.col("name") == v.CLEAR_INVOICE).height > 500
    assert ((allowed["cents"] - 0.02 * allowed["billed"]).abs() <= 0.5).all()
    paid = events.filter(pl.col("name") == v.CLEAR_INVOICE)
    assert total(run, v.ALLOW_DISCOUNT) + total(run, v.CLEAR_INVOICE) == paid["billed"].sum()


@pytest.mark.parametrize("rule", ["allow", "claim"])
def test_an_unearned_discount_is_allowed_or_claimed_back(distributor, rule):
    """Taken on the due day: either it is allowed all the same, or the rest is paid later."""
    run, events = settled(
        distributor,
        DISCOUNT
        | {
            "customers.unearned_discount_share": 1,
            "customers.rest_days": 7,
            "cash_application.unearned_discounts": rule,
        },
    )
    first = events.filter(pl.col("name") == v.RECEIVE_PAYMENT).group_by("case").first()
    assert (first["cents"] < first["billed"]).all()
    assert days_after(first, v.RECEIVE_PAYMENT, "due").is_between(1, 5).all()
    allowed = run.log.events.filter(activity_name == v.ALLOW_DISCOUNT).height
    again = run.log.events.filter(activity_name == v.APPLY_PAYMENT).height
    assert (allowed > 300, again > 300) == ((True, False) if rule == "allow" else (False, True))


DYNAMIC = {
    "customers.dynamic_discount_share": 1,
    "customers.dynamic_discount_rate_per_year": 0.365,
    "customers.dynamic_discount_days": 7,
}


def test_a_dynamic_discount_pays_for_each_day_saved(distributor):
    """36.5 % a year are 0.1 % a day: paid on day 7 of 28, each invoice costs 2.1 % of it."""
    changes = DYNAMIC | {"customers.payment_terms_days": 28, "customers.discount_offered_share": 0}
    _, events = settled(distributor, changes)
    # Paid at noon of day 7, a weekday as that of the invoice; on the next working day's statement.
    assert set(days_after(events, v.RECEIVE_PAYMENT, "issued")) == {8, 10}
    allowed = events.filter(pl.col("name") == v.ALLOW_DISCOUNT)
    assert allowed.height == events.filter(pl.col("name") == v.CLEAR_INVOICE).height > 500
    assert ((allowed["cents"] - 0.021 * allowed["billed"]).abs() <= 0.5).all()


@pytest.mark.parametrize(
    "changes",
    [
        DYNAMIC | {"customers.dynamic_discount_share": 0},
        DYNAMIC | {"customers.dynamic_discount_days": 21},
        DYNAMIC | {"customers.payment_method_shares": {"direct_debit": 1}},
    ],
    ids=["nobody takes it", "approved on the due date", "drawn on the due date"],
)
def test_no_dynamic_discount_without_a_day_saved(distributor, changes):
    """Nobody pays sooner and nobody takes a cent off."""
    terms = {"customers.payment_terms_days": 21}
    method = {k: w for k, w in changes.items() if k == "customers.payment_method_shares"}
    run, events = settled(distributor, changes | terms, days=60)
    _, usual = settled(distributor, method | terms, days=60)
    assert total(run, v.ALLOW_DISCOUNT) == 0
    assert events.drop("event").equals(usual.drop("event"))


def test_more_takers_of_a_dynamic_discount_leave_the_others_alone(distributor):
    """Common random numbers: who takes it at 30 % takes it at 60 %, by the same days."""
    changes = DYNAMIC | {"customers.payment_terms_days": 28}
    paid = [
        settled(distributor, changes | {"customers.dynamic_discount_share": share}, days=90)[1]
        .filter(pl.col("name") == v.ALLOW_DISCOUNT)
        .select("case", "time", "cents")
        for share in (0.3, 0.6)
    ]
    assert 100 < paid[0].height < 0.8 * paid[1].height
    assert paid[0].join(paid[1], on=["case", "time", "cents"], how="anti").height == 0


def test_a_deduction_is_disputed_at_once(distributor):
    """Every invoice is paid a tenth short: the rest is disputed as the payment is posted."""
    _, events = settled(
        distributor,
        {
            "customers.short_payment_share": 1,
            "customers.short_payment_fraction": 0.1,
            "disputes.investigation_days": 0,
        },
    )
    part = events.filter(pl.col("name") == v.APPLY_PAYMENT).group_by("case").first()
    opened = events.filter(pl.col("name") == v.OPEN_DISPUTE).group_by("case").first()
    assert part.height > 500
    assert ((part["cents"] - 0.9 * part["billed"]).abs() <= 0.5).all()
    both = part.join(opened, on="case", suffix="_opened")
    assert both.height == part.height
    assert (both["time"] == both["time_opened"]).all()
