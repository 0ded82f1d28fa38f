"""Levers change what they say, nothing else, and read back what was set."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from o2c_sim import ModelError, ScenarioError, override, parameters
from o2c_sim.model.section import ROLES
from scenarios.levers import LEVERS, changes

EXCEPTIONS = {"capture.exception_share", "capture.exception_kinds"}
SEGMENTS = {"customers.segments"}
# Lever to the parameters that it may touch.
TOUCHES = {
    "electronic_orders_pct": {"demand.channel_shares"},
    "email_auto_capture_pct": {"capture.email_auto_capture_share"},
    "order_errors_pct": {"capture.manual_error_share"},
    "exception_rate_pct": {"capture.exception_share"},
    "master_data_exceptions_pct": EXCEPTIONS,
    "price_exceptions_pct": EXCEPTIONS,
    "credit_auto_release_pct": {"credit.auto_release_share"},
    "credit_limit_change_pct": {"customers.credit_limit_days"},
    "credit_overdue_days": {"credit.overdue_tolerance_days"},
    "credit_insured_pct": {"credit.insured_share"},
    "insurance_premium_pct": {"credit.insurance_premium_share"},
    "safety_stock_days": {"inventory.safety_stock_days"},
    "stock_allocation": {"inventory.allocation"},
    "stock_errors_pct": {"fulfilment.short_pick_share"},
    "complete_delivery_pct": {"fulfilment.complete_delivery_share"},
    "consolidated_delivery_pct": {"fulfilment.consolidation_share"},
    "pick_priority": {"fulfilment.pick_priority"},
    "damage_pct": {"fulfilment.damage_share"},
    "weekly_invoicing_pct": {"customers.weekly_invoice_share"},
    "monthly_invoicing_pct": {"customers.monthly_invoice_share"},
    "collective_invoice_pct": {"customers.collective_invoice_share"},
    "invoice_at": {"billing.trigger"},
    "billing_block_pct": {"billing.block_share"},
    "invoice_errors_pct": {"billing.error_share"},
    "e_invoice_pct": {"customers.invoice_channel_shares"},
    "portal_invoice_pct": {"customers.invoice_channel_shares"},
    "e_invoice_rejection_pct": {"billing.rejection_share"},
    "dunning_grace_days": {"dunning.levels"},
    "dunning_run": {"dunning.run"},
    "call_after_days": {"collections.call_after_days"},
    "recall_days": {"collections.recall_days"},
    "collections_worklist": {"collections.worklist"},
    "reminder_effect": {"dunning.levels"},
    "call_effect": {"collections.hazard_ratio"},
    "call_minutes": {"collections.touch_minutes"},
    "dispute_rate_pct": {"disputes.share"},
    "dispute_days": {"disputes.investigation_days", "disputes.reasons"},
    "automatic_credit_value": {"disputes.automatic_credit_value"},
    "small_balance_value": {"write_off.small_balance_value"},
    "write_off_after_days": {"write_off.after_days"},
    "payment_terms_days": {"customers.payment_terms_days"},
    "discount_offered_pct": SEGMENTS | {"customers.discount_offered_share"},
    "discount_taken_pct": SEGMENTS | {"customers.discount_taken_share"},
    "discount_rate_pct": {"customers.discount_rate"},
    "dynamic_discount_pct": {"customers.dynamic_discount_share"},
    "dynamic_discount_rate_pct": {"customers.dynamic_discount_rate_per_year"},
    "prepayment_pct": SEGMENTS | {"customers.prepayment_share"},
    "card_pct": {"customers.payment_method_shares"},
    "card_fee_pct": {"customers.card_fee_share"},
    "direct_debit_pct": {"customers.payment_method_shares"},
    "check_pct": {"customers.payment_method_shares"},
    "good_remittance_pct": SEGMENTS | {"customers.good_remittance_share"},
    "auto_match_pct": {"cash_application.auto_match_share"},
    "unidentified_pct": {"cash_application.unidentified_share"},
    **{f"{role}_headcount": {f"staff.{role}.headcount"} for role in ROLES},
    "cross_training": {f"staff.{role}.helps" for role in ROLES},
    "absence_pct": {f"staff.{role}.absence_share" for role in ROLES},
    "demand_change_pct": {"demand.orders_per_week"},
    "lateness_change_days": SEGMENTS | {"customers.lateness_effect_days"},
    "default_change_pct": {"customers.default_share", "customers.insolvencies_per_year"},
    "supplier_lead_change_pct": {"inventory.supplier_lead_days"},
    "key_customer_insolvency": {"customers.largest_fails_after_days"},
    "outage_hours": {"systems.outages"},
    "postal_days": {"billing.delivery_days", "customers.payment_float_days"},
}

# Levers that share a mixture with others: percent that the distributor leaves.
ROOM = {
    "master_data_exceptions_pct": 90,
    "price_exceptions_pct": 91,
    "portal_invoice_pct": 70,
    "card_pct": 93,
    "direct_debit_pct": 97,
    "check_pct": 90,
}


def values(lever):
    """Return a strategy for a lever's allowed values, its ends included."""
    if lever.choices:
        return st.sampled_from(lever.choices)
    if lever.name in ROOM:
        return st.floats(lever.low, ROOM[lever.name])
    if lever.unit == "people":
        return st.integers(int(lever.low), int(lever.high))
    return st.sampled_from([lever.low, lever.high]) | st.floats(lever.low, lever.high)


def values_of(model):
    """Return path to value of every parameter."""
    return {path: parameter.value for path, parameter in parameters(model)}


def test_every_lever_is_listed_here():
    """A new lever needs a word on what it may touch."""
    assert TOUCHES.keys() == LEVERS.keys()


@pytest.mark.parametrize("name", LEVERS)
@settings(max_examples=10)
@given(data=st.data())
def test_a_lever_moves_only_its_own_parameters(distributor, name, data):
    """Within its range the model stays valid, only its parameters change, and it reads back."""
    lever = LEVERS[name]
    value = data.draw(values(lever))
    changed = override(distributor, changes(distributor, {name: value}, "x.yaml"), "test")
    before, after = values_of(distributor), values_of(changed)
    assert {path for path in before if before[path] != after[path]} <= TOUCHES[name]
    if lever.relative:
        assert lever.read(changed) == 0, "a change is relative to the company it is read in"
    elif lever.choices:
        assert lever.read(changed) == value
    else:
        assert lever.read(changed) == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize("name", LEVERS)
def test_setting_a_lever_to_what_it_is_changes_nothing(distributor, name):
    """What is read can be written, and the company stays as it was."""
    lever = LEVERS[name]
    changed = override(
        distributor, changes(distributor, {name: lever.read(distributor)}, "x.yaml"), "test"
    )
    before, after = values_of(distributor), values_of(changed)
    for path in TOUCHES[name]:
        if isinstance(before[path], dict):
            assert after[path] == pytest.approx(before[path])
        else:
            assert after[path] == before[path]


def test_electronic_orders_keep_the_proportions(distributor):
    """EDI to portal as 35 to 15, e-mail to phone as 40 to 10; at 100 % nobody types."""
    shares = changes(distributor, {"electronic_orders_pct": 80}, "x")["demand.channel_shares"]
    assert shares == pytest.approx({"edi": 0.56, "portal": 0.24, "email": 0.16, "phone": 0.04})
    all_electronic = changes(distributor, {"electronic_orders_pct": 100}, "x")
    assert all_electronic["demand.channel_shares"] == pytest.approx(
        {"edi": 0.7, "portal": 0.3, "email": 0, "phone": 0}
    )


def test_a_group_without_any_share_is_filled_evenly(distributor):
    """A company with no electronic order at all gets EDI and portal half and half."""
    by_mail = override(distributor, {"demand.channel_shares": {"email": 1}}, "test")
    shares = changes(by_mail, {"electronic_orders_pct": 60}, "x")["demand.channel_shares"]
    assert shares == pytest.approx({"edi": 0.3, "portal": 0.3, "email": 0.4, "phone": 0})


def test_all_mistakes_at_once():
    """Unknown, out of range, no choice, half a person, no number, NaN: six problems."""
    settings = {
        "auto_mach_pct": 3,
        "e_invoice_pct": 101,
        "dunning_run": "dayly",
        "credit_headcount": 1.5,
        "auto_match_pct": "most",
        "exception_rate_pct": math.nan,
    }
    with pytest.raises(ScenarioError) as caught:
        changes(None, settings, "x.yaml")
    text = str(caught.value)
    assert len(caught.value.problems) == 6
    assert all(problem.where == "x.yaml" for problem in caught.value.problems)
    for part in (
        "did you mean 'auto_match_pct'?",
        "e_invoice_pct: 101 is out of range",
        "0 to 100 %",
        "'dayly' is not a choice",
        "weekly or daily",
        "did you mean 'daily'?",
        "1.5 is not a whole number of people",
        "'most' is out of range",
        "nan is out of range",
    ):
        assert part in text


@pytest.mark.parametrize("value", [0, -1, 10_001, True, None, [3]])
def test_headcounts_that_are_none(value):
    """Nobody, too many, or no number at all."""
    with pytest.raises(ScenarioError):
        changes(None, {"warehouse_headcount": value}, "x.yaml")


def test_a_change_that_the_model_refuses_is_a_model_error(distributor):
    """Nine million orders a week and ten times as many are more than a model may have."""
    busy = override(distributor, {"demand.orders_per_week": 9_000_000}, "test")
    with pytest.raises(ModelError, match="orders_per_week"):
        override(busy, changes(busy, {"demand_change_pct": 900}, "x"), "test")


def test_every_lever_says_what_it_is():
    """A label, evidence or its absence, and a range or choices."""
    for name, lever in LEVERS.items():
        assert lever.name == name
        assert lever.label
        assert lever.evidence
        assert bool(lever.choices) != bool(lever.low < lever.high)


def test_levers_apply_in_one_order(distributor):
    """Card, debit and check share a mixture: all three are reached, in whatever order written."""
    settings = {"check_pct": 10, "direct_debit_pct": 40, "card_pct": 20}
    found = changes(distributor, settings, "x")
    assert found == changes(distributor, dict(reversed(settings.items())), "x")
    shares = found["customers.payment_method_shares"]
    # ACH and wire keep 51 to 13 of the 30 % that are left.
    assert shares == pytest.approx(
        {
            "card": 0.2,
            "direct_debit": 0.4,
            "check": 0.1,
            "ach": 0.3 * 51 / 64,
            "wire": 0.3 * 13 / 64,
        }
    )


def test_a_lever_that_undoes_another_is_refused(distributor):
    """5 % with wrong prices on top of 7 % exceptions in all cannot both hold."""
    settings = {"exception_rate_pct": 7, "price_exceptions_pct": 5}
    with pytest.raises(ScenarioError, match="exception_rate_pct: 7 is undone"):
        changes(distributor, settings, "x")


def test_a_share_of_customers_counts_the_segments(distributor):
    """A rise converts the same part of every segment's others, a fall the same part of each."""
    # 56 % in no segment at 0.7, 4 % key accounts at 1, 40 % small shops at 0.4: 59.2 %.
    assert LEVERS["good_remittance_pct"].read(distributor) == pytest.approx(59.2)
    found = changes(distributor, {"good_remittance_pct": 79.6}, "x")
    # Half of the way from 59.2 to 100: half of everybody's others.
    assert found["customers.good_remittance_share"] == pytest.approx(0.85)
    segments = found["customers.segments"]
    assert segments["small_shop"]["good_remittance_share"] == pytest.approx(0.7)
    assert segments["key_account"]["good_remittance_share"] == 1
    assert segments["small_shop"]["volume_factor"] == 0.4
    halved = changes(distributor, {"good_remittance_pct": 29.6}, "x")
    assert halved["customers.good_remittance_share"] == pytest.approx(0.35)


def test_more_than_is_left_is_refused(distributor):
    """10 % pay by card or direct debit: at most 90 % can pay by check."""
    with pytest.raises(ScenarioError, match="at most 90 % are left"):
        changes(distributor, {"check_pct": 95}, "x")


def test_a_habit_without_location_cannot_be_shifted(distributor):
    """A log-normal habit begins at 0: the error says so, and is no traceback."""
    other = override(
        distributor,
        {
            "customers.lateness_effect_days": {
                "distribution": "lognormal",
                "median": 3,
                "sigma": 1,
                "cap": 60,
            }
        },
        "test",
    )
    with pytest.raises(ScenarioError, match="LogNormal distribution cannot be shifted"):
        changes(other, {"lateness_change_days": 5}, "x")


def test_teams_grow_with_their_role(distributor):
    """Two shifts of 3 and 1 become 6 people as 5 and 1: each keeps one, the rest goes 2 to 0."""
    teams = [{"headcount": 3, "calendar": "warehouse"}, {"headcount": 1, "calendar": "office"}]
    shifts = override(distributor, {"staff.warehouse.headcount": 2}, "test").model_dump(
        by_alias=True
    )
    shifts["staff"]["warehouse"]["headcount"] = 4
    shifts["staff"]["warehouse"]["teams"] = teams
    company = type(distributor).model_validate(shifts)
    found = changes(company, {"warehouse_headcount": 6}, "x")
    assert [team["headcount"] for team in found["staff.warehouse.teams"]] == [5, 1]
    with pytest.raises(ScenarioError, match="2 teams need a person each"):
        changes(company, {"warehouse_headcount": 1}, "x")
