"""Present value and payback: worked out by hand to the cent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim import ScenarioError
from scenarios.money.investment import investment, payback
from scenarios.money.paired_runs import Timing
from scenarios.money.profit import FINANCING
from scenarios.money.results import Cost

STEADY = Timing(180)
KEYS = ("sales_margin", "labour", FINANCING)


def parts(labour, financing=0.0, replications=4):
    """Return gains that are the same in every replication."""
    values = (0.0, labour, financing)
    return {key: np.full(replications, value) for key, value in zip(KEYS, values, strict=True)}


def made(labour, cost, *, cash=0.0, financing=0.0, timing=STEADY, cash_day=0.0):
    """Return the investment of a change whose effect does not vary."""
    return investment(
        parts(labour, financing), np.full(4, cash), cash_day, cost, timing, confidence=0.95
    )


def test_present_value_by_hand():
    """100,000 now for 40,000 a year less 5,000 a year, 3 years at 10 %.

    35,000 / 1.1 + 35,000 / 1.21 + 35,000 / 1.331 = 31,818.18 + 28,925.62 + 26,296.02 =
    87,039.82; less 100,000 is -12,960.18.
    """
    found = made(40_000, Cost(100_000, 0, 5_000, 3, 10))
    assert found.npv.mean == pytest.approx(-12_960.18, abs=0.005)
    assert found.net_per_year.mean == pytest.approx(35_000)


def test_cash_freed_is_given_back_at_the_end():
    """300,000 freed at once and given back after 2 years at 5 %: 300,000 x (1 - 1/1.1025).

    That is 27,891.16; 10,000 spent one year from now cost 9,523.81. Financing is left out: it
    is what the cash is worth, told another way.
    """
    cost = Cost(10_000, 365, 0, 2, 5)
    found = made(0, cost, cash=300_000, financing=15_000)
    assert found.npv.mean == pytest.approx(27_891.16 - 9_523.81, abs=0.01)
    assert {amount.key for amount in found.npv_amounts}.isdisjoint({FINANCING})
    assert found.net_per_year.mean == pytest.approx(15_000)


def test_cash_that_comes_later_is_worth_less():
    """Freed a year after the start of a life of 2 years: 1/1.05 - 1/1.1025 of 300,000."""
    found = made(0, Cost(0, 0, 0, 2, 5), cash=300_000, cash_day=365)
    assert found.npv.mean == pytest.approx(300_000 * (1 / 1.05 - 1 / 1.1025), abs=0.01)


def test_a_broken_year_counts_in_part():
    """One and a half years of 1,000 at 8 %: 1,000/1.08 + 500/1.08^1.5 = 925.93 + 445.49."""
    found = made(1_000, Cost(0, 0, 0, 1.5, 8))
    assert found.npv.mean == pytest.approx(925.926 + 445.487, abs=0.005)


def test_effects_of_a_go_live_begin_with_it():
    """73 days after the start the only year ends on day 438: 1,000 / 1.1^1.2 = 891.93."""
    found = made(1_000, Cost(0, 0, 0, 1, 10), timing=Timing(180, from_day=73))
    assert found.npv.mean == pytest.approx(1_000 / 1.1**1.2)
    assert found.npv.mean == pytest.approx(891.93, abs=0.005)


def test_a_change_that_ends_is_worth_what_was_measured():
    """Nothing is discounted or repeated, and its cash is given back at once.

    73 of 365 days in force at 5,000 a year cost 1,000.
    """
    timing = Timing(180, from_day=10, until_day=83)
    found = made(4_000, Cost(500, 0, 5_000, 5, 8), cash=90_000, timing=timing)
    assert found.npv.mean == pytest.approx(4_000 - 1_000 - 500)


@given(
    st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0, 1e5), st.integers(1, 12),
    st.floats(0, 1e6),
)  # fmt: skip
def test_at_a_rate_of_nothing_the_present_value_is_the_plain_sum(gain, once, yearly, life, cash):
    """Cash freed and given back cancels out."""
    found = made(gain, Cost(once, 100, yearly, life, 0), cash=cash)
    assert found.npv.mean == pytest.approx(life * (gain - yearly) - once, abs=1e-4)


@given(st.lists(st.floats(-1e5, 1e5), min_size=3, max_size=6), st.floats(0.1, 15))
def test_the_parts_of_the_present_value_add_up(gains, rate):
    """In the mean, as in every replication."""
    values = np.array(gains)
    found = investment(
        {"labour": values, "sales_margin": values[::-1].copy(), FINANCING: values},
        10 * values, 30.0, Cost(5_000, 0, 100, 4, rate), STEADY, 0.95,
    )  # fmt: skip
    summed = sum(amount.value.mean for amount in found.npv_amounts)
    assert summed == pytest.approx(found.npv.mean, abs=1e-5)
    scaled = investment(
        {"labour": 100 * values, "sales_margin": 100 * values[::-1], FINANCING: 100 * values},
        1_000 * values, 30.0, Cost(500_000, 0, 10_000, 4, rate), STEADY, 0.95,
    )  # fmt: skip
    assert scaled.npv.mean == pytest.approx(100 * found.npv.mean, abs=1e-3)
    assert scaled.payback == found.payback


def test_payback_by_hand():
    """120,000 against 100,000 a year is 14.4 months, without any spread."""
    found = made(100_000, Cost(120_000, 0, 0, 5, 8))
    assert (found.payback.months, found.payback.earliest, found.payback.latest) == (14.4,) * 3


def test_payback_interval_is_where_the_limits_of_the_mean_pay_back():
    """Effects of 80,000, 100,000 and 120,000: mean 100,000, half-width 4.303 x 20,000/sqrt(3).

    The limits 50,317 and 149,683 pay 60,000 back after 14.31 and 4.81 months; tenths are rounded
    up.
    """
    effect = np.array([80_000.0, 100_000.0, 120_000.0])
    found = payback(np.full(3, -60_000.0), effect, 5, 0.95)
    assert (found.months, found.earliest, found.latest) == (7.2, 4.9, 14.4)


def test_payback_may_never_come():
    """At the mean effect, or at the limit of its interval, or at either."""
    spent = np.full(3, -100_000.0)
    wide = payback(spent, np.array([0.0, 50_000.0, 100_000.0]), 5, 0.95)
    assert wide.months == 24.0
    assert wide.latest is None
    assert wide.earliest is not None
    lost = payback(spent, np.array([-2.0, -1.0, -3.0]), 5, 0.95)
    assert (lost.months, lost.earliest, lost.latest) == (None, None, None)
    late = payback(spent, np.full(3, 19_000.0), 5, 0.95)
    assert late.months is None


def test_cash_freed_pays_back_only_where_it_is_asked_for():
    """50,000 of cash at once pay 40,000 of cost; the effect alone takes 48 months."""
    found = made(10_000, Cost(40_000, 0, 0, 5, 8), cash=50_000)
    assert found.payback.months == 48.0
    assert found.payback_with_cash.months == 0.0


def test_cash_that_the_running_cost_eats_up_has_not_paid_back():
    """50,000 at once less 20,000 a year is a loss after two and a half years of five."""
    found = made(0, Cost(1_000, 0, 20_000, 5, 8), cash=50_000)
    assert found.payback_with_cash.months is None


def test_free_of_charge_pays_back_at_once_unless_it_may_do_harm():
    """Without a cost, an effect that may be negative is no payback for sure."""
    nothing = np.zeros(3)
    good = payback(nothing, np.array([10.0, 11.0, 12.0]), 5, 0.95)
    assert (good.months, good.latest) == (0.0, 0.0)
    unsure = payback(nothing, np.array([-10.0, 11.0, 12.0]), 5, 0.95)
    assert (unsure.months, unsure.latest) == (0.0, None)


@pytest.mark.parametrize(
    ("cost", "where"),
    [
        (Cost(life_years=0), "life_years"),
        (Cost(discount_rate_pct_per_year=-100), "discount_rate_pct_per_year"),
        (Cost(one_off=float("nan")), "one_off"),
    ],
)
def test_costs_without_sense_are_refused(cost, where):
    """With what is allowed."""
    with pytest.raises(ScenarioError, match=where):
        made(1, cost)


def test_intervals_of_the_present_value_cover_it():
    """500 studies of 10 replications: 92 to 98 of 100 intervals hold the true value.

    The effect is normal with mean 10,000 a year: the true present value over 2 years at 0 % is
    20,000 less 5,000.
    """
    rng = np.random.Generator(np.random.Philox(5))
    hits = 0
    for _ in range(500):
        gain = rng.normal(10_000, 3_000, 10)
        found = investment(
            {"labour": gain, FINANCING: np.zeros(10)}, np.zeros(10), 0, Cost(5_000, 0, 0, 2, 0),
            STEADY, 0.95,
        )  # fmt: skip
        hits += found.npv.low <= 15_000 <= found.npv.high
    assert 0.92 <= hits / 500 <= 0.98


def test_payback_intervals_cover_the_true_payback():
    """500 studies: an effect of 10,000 a year pays 15,000 back after 18 months."""
    rng = np.random.Generator(np.random.Philox(6))
    hits = 0
    for _ in range(500):
        found = payback(np.full(10, -15_000.0), rng.normal(10_000, 3_000, 10), 10, 0.95)
        latest = found.latest if found.latest is not None else 1e9
        hits += found.earliest is not None and found.earliest <= 18.05 and latest >= 18.0
    assert 0.92 <= hits / 500 <= 0.98


def test_a_change_that_ends_earns_once_and_not_every_year():
    """100 earned in 60 days never pays 300 back; 400 do, on the 45th of the 60 days."""
    timing = Timing(180, 30, 90)
    assert made(100, Cost(300, 30, 0, 5, 0), timing=timing).payback.months is None
    found = made(400, Cost(300, 30, 0, 5, 0), timing=timing)
    assert found.payback.months == pytest.approx(45 / 365 * 12, abs=0.1)


def test_only_a_change_without_an_end_has_a_yearly_effect():
    """The last measured day, or one after it, is an end like any other."""
    for until in (179, 180, 190):
        timing = Timing(180, 100, until)
        assert not timing.stays
        assert timing.per_year == 1
        assert timing.days_in_force == min(until, 180) - 100
    assert Timing(180, 100).per_year == pytest.approx(365 / 80)


def test_cash_pays_back_from_the_day_on_which_it_is_in():
    """400 of cash on day 120 pay 300 of cost: 120 / 365 x 12 = 3.95 months."""
    found = made(0, Cost(300, 0, 0, 5, 0), cash=400, cash_day=120)
    assert found.payback_with_cash.months == 4.0
    assert found.payback.months is None


def test_a_cost_that_is_paid_later_has_to_be_earned_from_then():
    """1,200 a year, 600 paid: at once 6 months; on day 730 it takes what came before it."""
    assert made(1_200, Cost(600, 0, 0, 5, 0)).payback.months == 6.0
    assert made(1_200, Cost(600, 730, 0, 5, 0)).payback.months == 0.0
    assert made(1_200, Cost(3_000, 730, 0, 5, 0)).payback.months == 30.0


@pytest.mark.parametrize(("life", "months"), [(0.7, 8.4), (4.1, 49.2)])
def test_the_last_tenth_of_a_month_of_the_life_counts(life, months):
    """0.7 years are 8.4 months, whatever 0.7 x 120 is in binary."""
    found = payback(np.full(3, -life * 1_000), np.full(3, 1_000.0), life, 0.95)
    assert found.months == pytest.approx(months)
