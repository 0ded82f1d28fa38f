"""Customers and segments: who is in which, what it overrides, and what that leaves alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ideal import ideal

from o2c_sim import ModelError, override
from o2c_sim.engine import Streams
from o2c_sim.model.section import PAYMENT_METHODS
from o2c_sim.process.customers import create_customers

KEY = {"share": 0.1, "volume_factor": 9, "payment_terms_days": 60}
SHOP = {"share": 0.5, "payment_method_shares": {"check": 1}, "bundling_share": 1}


def customers(model, **segments):
    """Return the customers of a model with some segments."""
    changed = override(model, {"customers.segments": segments}, "test")
    return create_customers(changed, Streams(1, 0))


@pytest.fixture(scope="module")
def wide(distributor):
    """Return an ideal company of 4,000 customers who pay by wire in 30 days."""
    return ideal(distributor, {"customers.count": 4_000, "customers.volume_sigma": 0})


def test_a_segment_overrides_what_it_states_and_nothing_else(wide):
    """Each group has its share of the customers, its own terms and methods, and orders as said."""
    drawn = customers(wide, key=KEY, shop=SHOP)
    groups = [[c for c in drawn if c.segment == number] for number in (0, 1, 2)]
    assert [len(group) / 4_000 for group in groups] == pytest.approx([0.4, 0.1, 0.5], abs=0.03)
    none, key, shop = groups
    assert {c.terms_days for c in key} == {60}
    assert {c.terms_days for c in none + shop} == {30}
    assert {PAYMENT_METHODS[c.method] for c in shop} == {"check"}
    assert {PAYMENT_METHODS[c.method] for c in none + key} == {"wire"}
    assert [c.bundles_payments for c in shop] == [True] * len(shop)
    assert not any(c.bundles_payments for c in none + key)
    assert key[0].weight == pytest.approx(9 * shop[0].weight)
    assert sum(c.weight for c in drawn) == pytest.approx(1)


def test_a_segment_leaves_the_draws_of_all_others_alone(distributor):
    """Who is in no segment has the same habits with and without one."""
    plain, grouped = customers(distributor), customers(distributor, key=KEY)
    outside = [c.number for c in grouped if not c.segment]
    assert 0 < len(outside) < len(grouped)
    for number in outside:
        for name in ("terms_days", "habit_days", "pay_weekday", "method", "dispute_propensity"):
            assert getattr(grouped[number], name) == getattr(plain[number], name)


@given(share=st.floats(0, 1), more=st.floats(0, 1))
def test_a_larger_share_only_adds_members(distributor, share, more):
    """Of a single segment: members stay, so that a comparison pairs them."""
    small, large = sorted((share, more))
    members = [
        {c.number for c in customers(distributor, key={"share": s}) if c.segment}
        for s in (small, large)
    ]
    assert members[0] <= members[1]


def test_who_pays_by_card_or_before_delivery_owes_at_once(wide):
    """Their invoices are due on the day they are made."""
    model = override(
        wide,
        {
            "customers.payment_method_shares": {"card": 0.5, "wire": 0.5},
            "customers.payment_float_days": {"card": 1, "wire": 0},
            "customers.prepayment_share": 0.5,
        },
        "test",
    )
    drawn = create_customers(model, Streams(1, 0))
    card = PAYMENT_METHODS.index("card")
    assert {c.terms_days for c in drawn if c.prepays or c.method == card} == {0}
    assert {c.terms_days for c in drawn if not (c.prepays or c.method == card)} == {30}
    assert np.mean([c.terms_days == 0 for c in drawn]) == pytest.approx(0.75, abs=0.03)


def test_the_largest_customers_dominate(distributor):
    """As it ships: a few customers place a large part of the orders, as in real ledgers."""
    weights = sorted((c.weight for c in create_customers(distributor, Streams(1, 0))), reverse=True)
    assert sum(weights[:60]) > 0.5
    assert 0.02 < weights[0] < 0.26


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("count", 10**9, "1000000"),
        ("volume_sigma", 1_000, "10"),
        ("credit_limit_days", 1e300, "a cap"),
        ("credit_limit_days", {"distribution": "lognormal", "median": 5, "sigma": 99}, "a cap"),
    ],
)
def test_what_no_computer_can_hold_is_refused(distributor, name, value, allowed):
    """Instead of running out of numbers or of memory later."""
    with pytest.raises(ModelError, match=f"{name}.*{allowed}"):
        override(distributor, {f"customers.{name}": value}, "test")


@pytest.mark.parametrize(
    ("segments", "said"),
    [
        ({"key": {"share": 0.6}, "shop": {"share": 0.5}}, "sum to 1.1"),
        ({"key": {"share": -0.1}}, "greater than or equal to 0"),
        ({"key": {"volume_factor": 2}}, "share"),
        ({"key": {"share": 0.1, "colour": "red"}}, "colour"),
        ({"key": {"share": 0.1, "payment_terms_days": -3}}, "key: .*floor of 0"),
        ({"key": {"share": 0.1, "payment_method_shares": {"ach": 0.4}}}, "key: .*sum to 0.4"),
        ({"key": {"share": 0.1, "short_payment_share": 0.99}}, "key: .*together at most 1"),
    ],
)
def test_segments_that_make_no_sense_are_refused(distributor, segments, said):
    """With the segment's name and what is wrong."""
    with pytest.raises(ModelError, match=said):
        override(
            distributor,
            {"customers.segments": segments, "customers.partial_payment_share": 0.02},
            "test",
        )
