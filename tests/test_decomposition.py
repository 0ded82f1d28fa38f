"""Which setting moved the result: worked out by hand, sums that hold, and what terms leave."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ideal import ideal
from noisy_functions import NoisyFunction

from o2c_sim import ScenarioError, Window, load_company, simulate
from scenarios.decomposition import decompose, decomposition_lines, settings_of
from scenarios.experiment import measured_period, summarise
from scenarios.scenario import apply, load_scenario
from scenarios.scenario_file import ScenarioFile
from scenarios.search.evaluation import CompanyEvaluation, company_runs
from scenarios.terms_bound import bound_lines, terms_bound

RUNS = range(4)


def parts_of(found):
    """Return part to (alone, last, Shapley)."""
    return {c.part: (c.first_in.mean, c.last_out.mean, c.shapley.mean) for c in found.contributions}


def evaluation(function, **noise):
    """Return a toy evaluation of a function of the set of settings of a point."""
    return NoisyFunction(lambda point: (function(set(point)),), **noise)


def test_effects_that_add_up_are_the_same_whichever_way_one_looks():
    """3, -2 and 0.5 by themselves: alone, last and on average; noise that all share cancels."""
    worth = {"a": 3.0, "b": -2.0, "c": 0.5}
    toy = evaluation(lambda on: 10 + sum(worth[name] for name in on), common=5)
    (found,) = decompose(toy, {"a": 1, "b": "daily", "c": 2}, RUNS)
    assert found.exact
    assert found.points == 8
    assert found.change.mean == pytest.approx(1.5)
    for part, effects in parts_of(found).items():
        assert effects == pytest.approx((worth[part],) * 3)
    assert [c.part for c in found.contributions] == ["a", "b", "c"], "the largest first"
    assert found.contributions[0].shapley.high == pytest.approx(3.0), "luck is shared by all"


def test_what_only_two_do_together_is_halved():
    """The glove game: a left and a right glove are worth 1; alone, neither is worth anything."""
    (found,) = decompose(evaluation(lambda on: float({"left", "right"} <= on)), GLOVES, RUNS)
    assert parts_of(found) == {
        "left": pytest.approx((0, 1, 0.5)),
        "right": pytest.approx((0, 1, 0.5)),
    }


GLOVES = {"left": 1, "right": 1}


def test_one_left_glove_and_two_right_ones():
    """The textbook's case: 2/3 for the one that is scarce, 1/6 for each of the others."""
    toy = evaluation(lambda on: float("left" in on and bool(on & {"right", "right too"})))
    (found,) = decompose(toy, {**GLOVES, "right too": 1}, RUNS)
    shapley = {part: effects[2] for part, effects in parts_of(found).items()}
    assert shapley == pytest.approx({"left": 2 / 3, "right": 1 / 6, "right too": 1 / 6})


tables = st.integers(2, 5).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.floats(-9, 9), min_size=2**n, max_size=2**n))
)


@given(table=tables)
def test_exact_effects_are_the_mean_over_all_orders(table):
    """Against a second way of working it out, and in sum the whole, for any responses."""
    count, values = table
    names = [f"p{i}" for i in range(count)]

    def worth(on):
        return values[sum(1 << names.index(name) for name in on)]

    (found,) = decompose(evaluation(worth), dict.fromkeys(names, 1), range(2))
    shapley = {part: effects[2] for part, effects in parts_of(found).items()}
    orders = list(permutations(names))
    for name in names:
        steps = []
        for order in orders:
            before = set(order[: order.index(name)])
            steps.append(worth(before | {name}) - worth(before))
        assert shapley[name] == pytest.approx(np.mean(steps), abs=1e-9)
    assert sum(shapley.values()) == pytest.approx(found.change.mean, abs=1e-9)


def test_sampled_orders_sum_to_the_whole_and_their_intervals_cover():
    """Nine parts, of which two work together: few orders, and the truth inside most intervals."""
    names = [f"p{i}" for i in range(9)]
    worth = {name: float(i) for i, name in enumerate(names)}

    def function(on):
        return sum(worth[name] for name in on) + 6.0 * ("p0" in on and "p1" in on)

    truth = {**worth, "p0": 3.0, "p1": 4.0}
    inside, asked = 0, 0
    for seed in range(40):
        toy = evaluation(function, common=4, own=0.5, seed=seed)
        (found,) = decompose(toy, dict.fromkeys(names, 1), range(8), seed=seed)
        assert not found.exact
        assert toy.runs == 8 * found.points < 8 * 2**9 / 3
        total = sum(c.shapley.mean for c in found.contributions)
        assert total == pytest.approx(found.change.mean)
        inside += sum(c.shapley.low <= truth[c.part] <= c.shapley.high for c in found.contributions)
        asked += 9
    assert inside / asked > 0.94


def test_a_group_is_one_part():
    """Three levers as one program and another one: four combinations."""
    toy = evaluation(lambda on: len(on) + 2.0 * ("a" in on and "d" in on))
    settings = {"a": 1, "b": 2, "c": 3, "d": 4}
    (found,) = decompose(toy, settings, RUNS, groups={"program": ("a", "b", "c")})
    assert found.points == 4
    assert parts_of(found) == {"program": (3, 5, 4), "d": (1, 3, 2)}
    assert found.contributions[0].settings == ("a", "b", "c")


@pytest.mark.parametrize(
    ("settings", "more", "message"),
    [
        ({"a": 1}, {}, "1 parts"),
        (GLOVES, {"pairs": 1}, "1 pairs of orders"),
        (GLOVES, {"groups": {"g": ("left", "lefd")}}, "groups name lefd"),
        (GLOVES, {"groups": {"g": ("left",), "h": ("left",)}}, "a setting twice"),
    ],
)
def test_what_cannot_be_taken_apart(settings, more, message):
    """One part, one order, groups of what is not there."""
    with pytest.raises(ScenarioError, match=message):
        decompose(evaluation(len), settings, RUNS, **more)


def test_settings_that_need_each_other_are_told():
    """Before anything runs."""
    toy = evaluation(len, refuse=lambda point: "no room" if set(point) == {"left"} else "")
    with pytest.raises(ScenarioError, match=r"no room.*\n.*into one group"):
        decompose(toy, GLOVES, RUNS)
    assert toy.runs == 0


def test_settings_of_scenarios():
    """Levers, overrides and the volume response; what changes in time cannot be taken apart."""
    assert settings_of(load_scenario("case_a"))["exception_rate_pct"] == 7
    assert settings_of(load_scenario("dunning_automation"))["dunning.minimum_value"] == 0
    assert settings_of(load_scenario("longer_terms"))["demand_change_pct"] == 3
    with pytest.raises(ScenarioError, match="changes in time"):
        settings_of(load_scenario("flu_season"))


def test_lines_for_people():
    """Label and unit of the KPI, each part with its share, and what was run."""
    toy = NoisyFunction(
        lambda point: (50.0 - 3 * ("auto_match_pct" in point) - ("dispute_days" in point),),
        ("invoice_to_cash_mean_days",),
    )
    (found,) = decompose(toy, {"dispute_days": 4, "auto_match_pct": 90}, RUNS)
    lines = decomposition_lines(found, terms_bound([KPIS, KPIS]))
    assert lines[0] == "Collection cycle (invoice to cash), mean: 50 -> 46 days (-8.0 %)"
    assert lines[2].split() == ["auto_match_pct", "75", "%", "-3", "-3", "to", "-3", "-3", "-3"]
    assert "all 4 combinations" in lines[4]
    assert lines[-1].startswith("At most -25 % (invoice to cash) and -40 % (order to cash)")


def test_no_shares_of_what_may_be_nothing():
    """A change that noise may be has no parts in percent."""
    toy = evaluation(lambda on: 0.01 * len(on), own=5)
    (found,) = decompose(toy, GLOVES, RUNS)
    assert found.change.low < 0 < found.change.high
    assert all(line.split()[1] == "-" for line in decomposition_lines(found)[2:4])


KPIS = {
    "invoice_to_cash_mean_days": 40.0,
    "order_to_cash_mean_days": 50.0,
    "terms_share": 0.75,
}


def test_the_bound_by_hand():
    """30 of 40 days lie within terms: 30 days are left, a quarter less, or 40 % of all 50."""
    bound = terms_bound([KPIS, KPIS])
    assert bound.shortest.mean == 30
    assert bound.cycle_pct.mean == -25
    assert bound.all_pct.mean == pytest.approx(-40)
    assert "30.0 days would be left of the 40.0" in bound_lines(bound)[1]


def test_a_company_that_does_everything_right_has_little_left(distributor):
    """All pay on the due date: weekends and the bank statement are all that the bound takes off."""
    window = Window(10, 30, 60)
    model = ideal(distributor, {"customers.payment_terms_days": 28})
    run = simulate(model, window=window)
    kpis = summarise(run, measured_period(model, window), with_map=False).kpis
    bound = terms_bound([kpis, kpis])
    assert bound.shortest.mean == pytest.approx(28, abs=1e-6)
    # Of five due dates a Friday's is cleared on Monday, three days later, the others on the next.
    assert 28 < bound.invoice_to_cash.mean < 28 + 7 / 5 + 1
    assert -8 < bound.cycle_pct.mean < -2


@pytest.mark.slow
def test_a_decomposition_of_real_runs_sums_up(distributor):
    """Two levers of a small company: the parts are the whole, and the larger one is the change."""
    from o2c_sim import override

    small = override(distributor, {"customers.count": 60, "demand.orders_per_week": 40}, "test")
    evaluate = CompanyEvaluation(
        small,
        ("order_to_cash_mean_days",),
        company_runs(seed=1, window=Window(20, 20, 60), workers=1),
    )
    settings = {"payment_terms_days": 20, "auto_match_pct": 90}
    (found,) = decompose(evaluate, settings, range(2))
    effects = {c.part: c.shapley.mean for c in found.contributions}
    assert sum(effects.values()) == pytest.approx(found.change.mean)
    assert effects["payment_terms_days"] < -5 < effects["auto_match_pct"] < 0
    assert evaluate.runs == 8


def test_a_volume_response_beside_another_change_of_demand_is_refused():
    """Both multiply the orders, so neither has a share of its own."""
    file = ScenarioFile(
        schema_version=1, name="both", title="Both", extends="distributor",
        levers={"demand_change_pct": 10, "auto_match_pct": 90}, volume_response_pct=-20,
    )  # fmt: skip
    with pytest.raises(ScenarioError, match="cannot be told apart"):
        settings_of(apply(file, load_company("distributor"), "both"))
