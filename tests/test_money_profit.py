"""The yearly result: parts by hand, sums that add up, books that must close."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim import ScenarioError
from scenarios.money.ledger_bridge import receivables_bridge, require_reconciled
from scenarios.money.paired_runs import Timing
from scenarios.money.profit import Rates, gains, profit_effect, total
from tests.money_runs import made, random_runs, scaled

RATES = Rates(gross_margin_share=0.25, tax_share=0.19)
STEADY = Timing(60)


def test_each_part_by_hand():
    """Two replications of 73 days, so a year is five times what is measured.

    Sales: 1,000.00 ordered more and 200.00 cancelled more, at a margin of 25 %: 200.00, x 5 =
    1,000.00. Discounts: 119.00 less with 19 % tax is 100.00 net, x 5 = 500.00. Bad debt: 30.00
    less written off, 10.00 less recovered: 20.00, x 5 = 100.00. Labour: 7.00 less, x 5 = 35.00.
    """
    days = 73

    def one_day(amount):
        return np.eye(1, days, 3)[0] * amount

    orders = {"changed": np.zeros(days), "rejected": np.zeros(days)}
    base = made(
        {"invoices": one_day(500_000), "discounts": one_day(11_900), "write_offs": one_day(5_000),
         "recoveries": one_day(2_000)},
        costs={"order.labour": 50.0},
        more={**orders, "ordered": one_day(0), "cancelled": one_day(0)},
    )  # fmt: skip
    changed = made(
        {"invoices": one_day(500_000), "discounts": one_day(0), "write_offs": one_day(2_000),
         "recoveries": one_day(1_000)},
        costs={"order.labour": 43.0},
        more={**orders, "ordered": one_day(100_000), "cancelled": one_day(20_000)},
    )  # fmt: skip
    parts = gains([base] * 2, [changed] * 2, RATES, Timing(days))
    expected = {
        "sales_margin": 1_000.0, "credit_memos": 0, "discounts": 500.0, "bad_debt": 100.0,
        "fees": 0, "labour": 35.0, "transaction": 0, "inventory": 0, "financing": 0,
    }  # fmt: skip
    assert {key: pytest.approx(list(value)) for key, value in parts.items()} == {
        key: [value, value] for key, value in expected.items()
    }
    effect = profit_effect(parts, Timing(days), 0.95)
    assert effect.total.mean == pytest.approx(1_635.0)
    assert effect.per == "year"


def test_without_orders_sales_are_what_was_invoiced_net_of_tax():
    """1,190.00 more invoiced is 1,000.00 net and 250.00 of margin in 365 days."""
    flat = np.zeros(365)
    more = flat.copy()
    more[5] = 119_000
    parts = gains(
        [made({"invoices": flat})] * 2, [made({"invoices": more})] * 2, RATES, Timing(365)
    )
    assert parts["sales_margin"] == pytest.approx([250.0, 250.0])


@given(st.integers(0, 10_000))
def test_identical_scenarios_give_exactly_nothing(seed):
    """Not nearly: no rounding may leave a difference between equal runs."""
    runs = random_runs(seed, 3, 30)
    parts = gains(runs, runs, RATES, Timing(30))
    assert all(not value.any() for value in parts.values())
    effect = profit_effect(parts, Timing(30), 0.95)
    assert (effect.total.mean, effect.total.low, effect.total.high) == (0, 0, 0)


@given(st.integers(0, 10_000))
def test_parts_add_up_and_scale_with_money(seed):
    """Their sum is the total in each replication, and all of it follows the currency's size."""
    base, changed = random_runs(seed, 3, 30), random_runs(seed + 1, 3, 30)
    parts = gains(base, changed, RATES, Timing(30))
    effect = profit_effect(parts, Timing(30), 0.95)
    assert sum(amount.value.mean for amount in effect.amounts) == pytest.approx(
        effect.total.mean, abs=1e-6
    )
    large = gains(
        [scaled(run, 100) for run in base], [scaled(run, 100) for run in changed], RATES, Timing(30)
    )
    np.testing.assert_allclose(total(large), 100 * total(parts), rtol=1e-9, atol=1e-6)


def test_a_change_that_goes_live_is_annualised_over_the_days_it_was_in_force():
    """30 of 60 days in force: 100.00 less labour in the window is 100 x 365 / 30 a year."""
    flat = {"invoices": np.zeros(60)}
    base, changed = (
        made(flat, costs={"order.labour": 500.0}),
        made(flat, costs={"order.labour": 400.0}),
    )
    parts = gains([base] * 2, [changed] * 2, RATES, Timing(60, from_day=30))
    assert parts["labour"] == pytest.approx([100 * 365 / 30] * 2)


def test_a_change_that_ends_is_not_annualised():
    """A strike of ten days costs what it costs, once."""
    flat = {"invoices": np.zeros(60)}
    timing = Timing(60, from_day=10, until_day=20)
    parts = gains([made(flat)] * 2, [made(flat, costs={"order.labour": 70.0})] * 2, RATES, timing)
    assert parts["labour"] == pytest.approx([-70.0] * 2)
    assert profit_effect(parts, timing, 0.95).per == "measured days"


@given(st.integers(0, 10_000))
def test_the_bridge_explains_the_difference_of_the_closing_receivables(seed):
    """To the cent, whatever the flows."""
    base, changed = random_runs(seed, 3, 20), random_runs(seed + 1, 3, 20)
    parts, closing = receivables_bridge(base, changed, 0.95)
    expected = np.mean(
        [b.receivables[-1] - a.receivables[-1] for a, b in zip(base, changed, strict=True)]
    )
    assert closing.mean == pytest.approx(expected)
    assert sum(part.value.mean for part in parts) == pytest.approx(closing.mean)


@pytest.mark.parametrize(
    "column", ["closing_minor", "closing_cash_minor", "closing_unapplied_minor", "opening_minor"]
)
def test_books_that_do_not_close_are_refused(column):
    """One cent on one day is enough."""
    run = random_runs(1, 1)[0]
    damaged = run.flows[column].copy()
    damaged[0 if column == "opening_minor" else 7] += 1
    broken = dataclasses.replace(run, flows={**run.flows, column: damaged})
    require_reconciled([run, run])
    with pytest.raises(ScenarioError, match=r"move by|first measured day"):
        require_reconciled([run, broken])


@pytest.mark.parametrize(
    ("base", "changed", "message"),
    [
        (2, 3, "same number"),
        (1, 1, "2 or more"),
    ],
)
def test_runs_that_are_not_pairs_are_refused(base, changed, message):
    """A paired difference needs as many of both, and an interval at least two."""
    runs = random_runs(1, 3)
    with pytest.raises(ScenarioError, match=message):
        gains(runs[:base], runs[:changed], RATES, STEADY)


def test_runs_without_books_are_refused():
    """Replications of an older version carry no flows."""
    runs = [dataclasses.replace(run, flows={}) for run in random_runs(1, 2)]
    with pytest.raises(ScenarioError, match="run them again"):
        gains(runs, runs, RATES, STEADY)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"from_day": 60}, "nothing of it can be measured"),
        ({"from_day": 20, "until_day": 20}, "before any measured day"),
        ({"until_day": 0}, "before any measured day"),
    ],
)
def test_a_change_outside_the_measured_days_is_refused(arguments, message):
    """There would be nothing to annualise."""
    with pytest.raises(ScenarioError, match=message):
        Timing(60, **arguments)
