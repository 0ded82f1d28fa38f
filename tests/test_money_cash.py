"""Cash freed and when; cash-flow-at-risk against what theory says of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.money.cash_flow_at_risk import ENOUGH, cash_flow_at_risk
from scenarios.money.cash_freed import cash_freed, freed, reached
from scenarios.money.paired_runs import Timing
from tests.money_runs import made, random_runs, scaled

DAYS = 180


def tied(levels, mean=0.0):
    """Return a run that ties up so much at the end of each day, currency."""
    levels = np.asarray(levels, dtype=np.float64)
    flat = {"invoices": np.zeros(len(levels))}
    return made(flat, tied_up=mean, more={"tied_up": np.round(levels * 100)})


def test_a_steady_change_frees_the_fall_of_the_mean():
    """Two pairs: 1,000 less 900 and 1,100 less 980, so 110 on average; no "when"."""
    base = [tied(np.full(DAYS, 1_000), 1_000), tied(np.full(DAYS, 1_100), 1_100)]
    changed = [tied(np.full(DAYS, 900), 900), tied(np.full(DAYS, 980), 980)]
    found = cash_freed(base, changed, Timing(DAYS), 0.95)
    assert found.amount.mean == pytest.approx(110)
    assert found.path.mean == pytest.approx(np.full(DAYS, 110))
    assert found.path_of == "cash tied up"
    assert found.half is None
    assert "go-live" in found.note


def test_a_ramp_is_half_in_at_its_half():
    """From day 20 the path rises evenly for 50 days to 500: half of it is in 25 days later.

    The path, day d of the change being 1 first, is 10 d. The week around each day has its mean, so
    the mean reaches 250 on day 25 and 450 on day 45. Nothing varies, so the intervals are points.
    """
    day = np.arange(DAYS)
    path = np.clip(10.0 * (day - 19), 0, 500)
    base, changed = [tied(np.full(DAYS, 5_000.0))] * 3, [tied(5_000.0 - path)] * 3
    timing = Timing(DAYS, from_day=20)
    found = cash_freed(base, changed, timing, 0.95)
    assert found.amount.mean == pytest.approx(500)
    assert (found.half.day, found.half.earliest, found.half.latest) == (25, 25, 25)
    assert found.ninety.day == 45
    assert freed(base, changed, timing) == pytest.approx([500] * 3)


def test_cash_tied_up_is_half_in_as_well():
    """A change for the worse has its day, too."""
    path = -np.clip(10.0 * (np.arange(DAYS) - 19), 0, 500)[None, :].repeat(3, axis=0)
    assert reached(path, 0.5, Timing(DAYS, from_day=20), 0.95).day == 25


def test_the_interval_of_the_day_covers_it():
    """300 studies of 10 replications, ramps whose slope and level vary: 92 of 100 or more.

    Mean slope 10 a day to mean level 500 after day 50; the true half day is 25.
    """
    rng = np.random.Generator(np.random.Philox(3))
    day, hits = np.arange(1, 161), 0
    for _ in range(300):
        level = rng.normal(500, 60, (10, 1))
        path = np.minimum(10.0 * day, 500) + (level - 500) * np.minimum(day / 50, 1)
        path = path + rng.normal(0, 30, path.shape)
        found = reached(path, 0.5, Timing(160, from_day=0), 0.95)
        hits += found.earliest <= 25 <= found.latest
    assert hits / 300 >= 0.92


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        (Timing(DAYS, from_day=10, until_day=40), "tied up again"),
        (Timing(DAYS, from_day=130), "too few to tell"),
        (Timing(DAYS, from_day=10), "cannot be told|told from zero"),
    ],
)
def test_when_is_not_said_where_it_cannot_be(timing, words):
    """A change that ends, that has just begun, or that frees nothing has no such day."""
    rng = np.random.Generator(np.random.Philox(8))
    base = [tied(rng.normal(5_000, 100, DAYS)) for _ in range(4)]
    changed = [tied(rng.normal(5_000, 100, DAYS)) for _ in range(4)]
    found = cash_freed(base, changed, timing, 0.99999)
    assert found.half is None
    assert any(word in found.note for word in words.split("|"))


def test_without_orders_the_path_follows_the_books():
    """Receivables less unapplied cash, as the cost of financing does."""
    base, changed = random_runs(1), random_runs(2)
    found = cash_freed(base, changed, Timing(60), 0.95)
    assert found.path_of == "receivables less unapplied cash"
    last = [
        (a.flows["closing_minor"] - a.flows["closing_unapplied_minor"]
         - b.flows["closing_minor"] + b.flows["closing_unapplied_minor"])[-1] / 100
        for a, b in zip(base, changed, strict=True)
    ]  # fmt: skip
    assert found.path.mean[-1] == pytest.approx(np.mean(last))


def test_identical_scenarios_free_nothing():
    """Exactly."""
    runs = random_runs(4)
    found = cash_freed(runs, runs, Timing(60), 0.95)
    assert found.amount.mean == found.receivables.mean == 0
    assert not found.path.mean.any()


def receiving(daily):
    """Return a run whose bank gains so much each day, currency."""
    cents = np.round(np.asarray(daily) * 100)
    return made({"receipts": np.maximum(cents, 0), "refunds": np.maximum(-cents, 0)})


def normal_runs(rng, replications, mean=1_000.0, sd=100.0, days=DAYS):
    """Return runs whose daily receipts are independent and normal."""
    return [receiving(rng.normal(mean, sd, days)) for _ in range(replications)]


def test_cash_flow_at_risk_of_normal_receipts_is_what_theory_says():
    """Thirty days have mean 30,000 and sd 100 sqrt(30) = 547.7: 1.645 x 547.7 = 901 at risk.

    With 400 replications of 6 periods, 2,400 values, the 5 % quantile is known to about 4 %.
    """
    runs = normal_runs(np.random.Generator(np.random.Philox(11)), 400)
    (found,) = cash_flow_at_risk(runs, runs, Timing(DAYS), 0.95, horizons_days=[30])
    assert found.baseline.mean == pytest.approx(901, rel=0.08)
    assert found.baseline_mean.mean == pytest.approx(30_000, rel=0.002)
    assert found.baseline.low <= 901 <= found.baseline.high
    assert found.periods == 6
    assert not found.note


def test_a_season_is_no_risk():
    """Receipts that fall from period to period, but surely, put nothing at risk."""
    certain = [receiving(np.linspace(2_000, 1_000, DAYS))] * 5
    for found in cash_flow_at_risk(certain, certain, Timing(DAYS), 0.95):
        assert found.baseline.mean == pytest.approx(0, abs=1e-6)


def test_half_the_spread_is_half_the_risk():
    """The same luck at half the size, told from zero with 60 replications."""
    rng = np.random.Generator(np.random.Philox(12))
    luck = rng.normal(0, 200, (60, DAYS))
    base = [receiving(1_000 + row) for row in luck]
    calm = [receiving(1_000 + row / 2) for row in luck]
    (found,) = cash_flow_at_risk(base, calm, Timing(DAYS), 0.95, horizons_days=[30])
    assert found.scenario.mean == pytest.approx(found.baseline.mean / 2, rel=0.001)
    assert found.difference.high < 0


@given(st.integers(0, 1_000), st.integers(2, 50))
def test_risk_scales_with_money_and_is_the_same_each_time(seed, factor):
    """Twice the amounts are twice the risk, and the resampling has no luck of its own."""
    base, changed = random_runs(seed, 4, 30), random_runs(seed + 1, 4, 30)
    one = cash_flow_at_risk(base, changed, Timing(30), 0.9, horizons_days=[15])
    again = cash_flow_at_risk(base, changed, Timing(30), 0.9, horizons_days=[15])
    large = cash_flow_at_risk(
        [scaled(run, factor) for run in base],
        [scaled(run, factor) for run in changed],
        Timing(30), 0.9, horizons_days=[15],
    )  # fmt: skip
    assert one == again
    assert large[0].difference.low == pytest.approx(factor * one[0].difference.low)
    assert large[0].scenario.mean == pytest.approx(factor * one[0].scenario.mean)


def test_few_replications_and_short_windows_are_said():
    """A horizon longer than what is measured is left out; fewer than 40 replications are few."""
    runs = normal_runs(np.random.Generator(np.random.Philox(13)), ENOUGH - 1, days=70)
    found = cash_flow_at_risk(runs, runs, Timing(70), 0.95)
    assert [risk.horizon_days for risk in found] == [30, 60]
    assert all(f"{ENOUGH} or more" in risk.note for risk in found)
    assert all(risk.difference.low == risk.difference.high == 0 for risk in found)


@pytest.mark.slow
@pytest.mark.parametrize(("replications", "horizon"), [(20, 30), (40, 30), (20, 90), (40, 90)])
def test_how_often_the_interval_of_the_risk_covers_it(replications, horizon):
    """400 studies each; the figures stand in docs/money.md."""
    hits = 0
    for study in range(400):
        runs = normal_runs(np.random.Generator(np.random.Philox(1_000 + study)), replications)
        (found,) = cash_flow_at_risk(runs, runs, Timing(DAYS), 0.95, horizons_days=[horizon])
        hits += found.baseline.low <= 1.6449 * 100 * np.sqrt(horizon) <= found.baseline.high
    print(f"{replications} replications, {horizon} days: {hits / 400:.1%} covered")
    assert hits / 400 >= (0.90 if replications >= ENOUGH else 0.80)
