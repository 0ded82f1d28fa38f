"""Many scenarios beside one baseline: the same figures as one by one, in one table."""

import math

import numpy as np
import polars as pl
import pytest
from small_company import WINDOW, small

from o2c_sim import ScenarioError
from scenarios.differences import MAIN, Controls, differences
from scenarios.experiment import run_replications
from scenarios.request import Request, answer
from scenarios.scenario import apply, load_scenario
from scenarios.scenario_file import ScenarioFile
from scenarios.stopping import Precision
from scenarios.sweep import sweep

KEY = "order_processing_mean_hours"


def scenario(name, **levers):
    """Return a scenario of the small company."""
    file = ScenarioFile(
        schema_version=1, name=name, title=name, extends="distributor", levers=levers
    )
    return apply(file, small(), name)


@pytest.fixture(scope="module")
def two():
    """Two scenarios."""
    return [scenario("errors", order_errors_pct=20), scenario("surge", demand_change_pct=30)]


@pytest.fixture(scope="module")
def found(two):
    """Return a sweep over both."""
    return sweep(small(), two, Request(replications=3, window=WINDOW, workers=1))


@pytest.mark.slow
def test_a_sweep_gives_what_each_scenario_gives_alone(two, found):
    """Means and intervals depend on nothing but the scenario and the baseline."""
    runs = run_replications(
        [small(), two[1].model], seed=1, replications=3, window=WINDOW, workers=1
    )
    deltas = np.array([b.kpis[KEY] - a.kpis[KEY] for a, b in zip(*runs, strict=True)])
    row = found.of(KEY)["surge"]
    assert row.difference.mean == pytest.approx(deltas.mean())
    assert row.difference.standard_deviation == pytest.approx(deltas.std(ddof=1))
    assert set(found.of(KEY)) == {"errors", "surge"}


def test_tables_hold_every_scenario_and_kpi(found):
    """Long: one row a scenario and KPI; wide: one row a scenario with its settings."""
    long = found.long()
    assert long.height == sum(len(rows) for rows in found.differences.values())
    chosen = (pl.col("scenario") == "errors") & (pl.col("metric") == KEY)
    row = long.row(by_predicate=chosen, named=True)
    assert row["difference"] == pytest.approx(row["value"] - row["baseline"])
    wide = found.wide([KEY])
    assert wide["scenario"].to_list() == ["errors", "surge"]
    assert wide["order_errors_pct"].to_list() == ["20", None]
    assert wide["demand_change_pct"].to_list() == [None, "30"]
    assert wide[KEY][1] == found.of(KEY)["surge"].scenario.mean


@pytest.mark.slow
def test_the_corrected_verdict_knows_how_many_scenarios_there_are(two):
    """Holm's correction is over all scenarios: a p-value can only grow with their number."""
    request = Request(replications=4, window=WINDOW, workers=1)
    alone = sweep(small(), two[1:], request).of(KEY)["surge"]
    among = sweep(small(), two, request).of(KEY)["surge"]
    assert among.adjusted_p >= alone.adjusted_p
    assert among.difference == alone.difference


@pytest.mark.slow
def test_replications_go_on_until_the_goal_is_met_whatever_the_workers(two):
    """The number depends on the goal and the values alone; a budget ends it."""
    wanted = {KEY: Precision(0.25, relative=True)}
    runs = [
        answer(
            small(),
            two[:1],
            Request(replications=5, window=WINDOW, workers=workers, goals=wanted, budget=40),
        )
        for workers in (1, 2)
    ]
    numbers = [len(one.baseline) for one in runs]
    assert numbers[0] == numbers[1] > 5
    assert runs[0].decision.reached[KEY] or numbers[0] == 40
    assert [r.kpis[KEY] for r in runs[0].baseline] == [r.kpis[KEY] for r in runs[1].baseline]
    short = Request(replications=2, window=WINDOW, workers=1, goals=wanted, budget=6)
    stopped = answer(small(), two[:1], short)
    assert len(stopped.baseline) == 6
    assert stopped.decision.done


@pytest.mark.slow
def test_going_on_gives_the_replications_that_running_at_once_gives(two):
    """Replication r is the same in whichever lot it is run."""
    in_lots = answer(
        small(),
        two[:1],
        Request(
            replications=2,
            window=WINDOW,
            workers=1,
            goals={KEY: Precision(1e-9)},
            budget=7,
        ),
    )
    at_once = answer(small(), two[:1], Request(replications=7, window=WINDOW, workers=1))
    assert len(in_lots.baseline) == 7
    for one, other in zip(in_lots.scenarios["errors"], at_once.scenarios["errors"], strict=True):
        assert {k: v for k, v in one.kpis.items() if not math.isnan(v)} == {
            k: v for k, v in other.kpis.items() if not math.isnan(v)
        }


class Run:
    """A replication with one KPI."""

    def __init__(self, value):
        self.kpis = {MAIN[0]: value}


def made(rng, n, slope):
    """Return runs of both sides whose difference, 1 on average, goes with a known control."""
    luck = rng.normal(100, 10, n)
    before = rng.normal(50, 1, n)
    after = before + 1 + slope * (luck - 100) + rng.normal(0, 0.1, n)
    return [Run(v) for v in before], {"s": [Run(v) for v in after]}, luck


def test_control_variates_narrow_a_difference_that_goes_with_them_and_keep_its_verdict_right():
    """The p-value belongs to the interval: they agree on what is told from zero."""
    rng = np.random.default_rng(5)
    narrower = wrong = 0
    for _ in range(150):
        before, after, luck = made(rng, 30, 0.2)
        controls = {"days": Controls({"orders": luck}, {"orders": 100.0})}
        plain = differences(after, before, 0.95)["s"][0]
        row = differences(after, before, 0.95, controls)["s"][0]
        assert row.controls == ("orders",)
        narrower += row.difference.high - row.difference.low < 0.2 * (
            plain.difference.high - plain.difference.low
        )
        wrong += not row.difference.low <= 1 <= row.difference.high
        assert row.detected == (not row.difference.low <= 0 <= row.difference.high)
        assert row.detectable < plain.detectable
    assert narrower == 150
    assert wrong / 150 < 0.1


def test_what_does_not_pay_is_not_used():
    """A control that has nothing to do with the difference leaves it as it was."""
    rng = np.random.default_rng(6)
    before, after, luck = made(rng, 30, 0.0)
    controls = {"days": Controls({"orders": luck}, {"orders": 100.0})}
    row = differences(after, before, 0.95, controls)["s"][0]
    assert row.controls == ()
    plain = differences(after, before, 0.95)["s"][0]
    assert row.difference == plain.difference
    assert row.adjusted_p == plain.adjusted_p


def test_the_detectable_difference_is_found_four_times_in_five():
    """With a true difference of that size, the corrected test of one KPI finds it in 80 %."""
    rng = np.random.default_rng(7)
    n, found_it, runs = 12, 0, 600
    size = differences({"s": [Run(v) for v in (-1.0, 1.0) * 6]}, [Run(0.0)] * n, 0.95)["s"][0]
    deviation = size.difference.standard_deviation
    for _ in range(runs):
        after = {"s": [Run(v) for v in rng.normal(size.detectable, deviation, n)]}
        found_it += differences(after, [Run(0.0)] * n, 0.95)["s"][0].detected
    assert 0.75 <= found_it / runs <= 0.85


def test_a_request_that_no_scenario_belongs_to():
    """Names twice, another company."""
    one = scenario("one", order_errors_pct=20)
    with pytest.raises(ScenarioError, match="two scenarios are called 'one'"):
        sweep(small(), [one, one], Request(window=WINDOW))
    with pytest.raises(ScenarioError, match="changes the company"):
        sweep(small(), [load_scenario("case_a")], Request(window=WINDOW))
