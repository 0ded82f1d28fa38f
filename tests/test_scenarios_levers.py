"""Levers change what they say, nothing else, and read back what was set."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim import ModelError, ScenarioError, override, parameters
from scenarios.levers import LEVERS, changes

# Lever to the parameters that it may touch.
TOUCHES = {
    "electronic_orders_pct": {"demand.channel_shares"},
    "email_auto_capture_pct": {"capture.email_auto_capture_share"},
    "exception_rate_pct": {"capture.exception_share"},
    "credit_auto_release_pct": {"credit.auto_release_share"},
    "weekly_invoicing_pct": {"customers.weekly_invoice_share"},
    "e_invoice_pct": {"customers.invoice_channel_shares"},
    "dunning_grace_days": {"dunning.levels"},
    "call_after_days": {"collections.call_after_days"},
    "collections_worklist": {"collections.worklist"},
    "dispute_rate_pct": {"disputes.share"},
    "dispute_days": {"disputes.investigation_days"},
    "collections_headcount": {"staff.collections.headcount"},
    "disputes_headcount": {"staff.disputes.headcount"},
    "dunning_run": {"dunning.run"},
    "auto_match_pct": {"cash_application.auto_match_share"},
    "demand_change_pct": {"demand.orders_per_week"},
    "order_desk_headcount": {"staff.order_desk.headcount"},
    "credit_headcount": {"staff.credit.headcount"},
    "warehouse_headcount": {"staff.warehouse.headcount"},
    "cash_application_headcount": {"staff.cash_application.headcount"},
}


def values(lever):
    """Return a strategy for a lever's allowed values, its ends included."""
    if lever.choices:
        return st.sampled_from(lever.choices)
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
@given(data=st.data())
def test_a_lever_moves_only_its_own_parameters(distributor, name, data):
    """Within its range the model stays valid, only its parameters change, and it reads back."""
    lever = LEVERS[name]
    value = data.draw(values(lever))
    changed = override(distributor, changes(distributor, {name: value}, "x.yaml"), "test")
    before, after = values_of(distributor), values_of(changed)
    assert {path for path in before if before[path] != after[path]} <= TOUCHES[name]
    if name == "demand_change_pct":
        assert after["demand.orders_per_week"] == pytest.approx(250 * (1 + value / 100))
        assert lever.read(changed) == 0, "a change is relative to the company it is read in"
    elif lever.choices:
        assert lever.read(changed) == value
    else:
        assert lever.read(changed) == pytest.approx(value, abs=1e-6)


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
