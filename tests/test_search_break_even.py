"""Break-even: known roots are found, and the interval holds them as often as it says."""

import numpy as np
import pytest
from noisy_functions import NoisyFunction

from o2c_sim import ScenarioError, load_company
from scenarios.scenario import load_scenario
from scenarios.search.break_even import find_break_even
from scenarios.search.crossing import crossing
from scenarios.search.factor import Factor
from scenarios.search.line import Line, beyond, factor_line, scenario_line
from scenarios.search.target import Target, read_target
from scenarios.search.watch import relative_pct


def line(start=0.0, end=1.0, whole=False):
    """Return a line along ``x``; its start is the company as it is."""
    return Line("x", "", start, end, whole, lambda v: {} if v == start else {"x": v})


def search(function, target, *, seed=0, own=0.5, common=2.0, start=0.0, along=None, **how):
    """Find the break-even of a noisy function of ``x``."""
    along = along or line(start)
    evaluate = NoisyFunction(
        lambda point: function(point.get("x", along.start)), own=own, common=common, seed=seed
    )
    return find_break_even(evaluate, along, target, **how), evaluate


SMOOTH = {
    "straight, -40 %": (lambda x: 10 - 6 * x, Target("relative", -0.4), 2 / 3),
    "curved, -3": (lambda x: 10 - 6 * x * x, Target("change", -3), 0.5**0.5),
    "curved, -40 %": (lambda x: 10 * np.exp(-x), Target("relative", -0.4), -np.log(0.6)),
    "rising, = 11": (lambda x: 9 + 5 * x, Target("level", 11), 0.4),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SMOOTH)
def test_the_interval_covers_the_root(name):
    """Of 100 searches, the 95 % interval holds the root in 90 to 100 % (binomial limits of 95)."""
    function, target, root = SMOOTH[name]
    found = [search(function, target, seed=seed)[0] for seed in range(100)]
    assert {one.status for one in found} == {"reached"}
    covered = np.mean([one.low <= root <= one.high for one in found])
    assert 0.90 <= covered <= 0.995
    assert np.mean([one.value for one in found]) == pytest.approx(root, abs=0.02)


LEAP = Target("change", -3)
TABLE = {
    "straight, -40 %, noise 0.1": (lambda x: 10 - 6 * x, Target("relative", -0.4), 2 / 3, 0.1),
    "straight, -40 %, noise 0.5": (lambda x: 10 - 6 * x, Target("relative", -0.4), 2 / 3, 0.5),
    "straight, -40 %, noise 2": (lambda x: 10 - 6 * x, Target("relative", -0.4), 2 / 3, 2),
    "exponential, -40 %": (lambda x: 10 * np.exp(-x), Target("relative", -0.4), -np.log(0.6), 0.5),
    "quadratic, -3": (lambda x: 10 - 6 * x * x, Target("change", -3), 0.5**0.5, 1),
    "straight, = 11": (lambda x: 9 + 5 * x, Target("level", 11), 0.4, 0.5),
    "straight, near the end": (lambda x: 10 - 6 * x, Target("change", -5.7), 0.95, 1),
    "a leap": (lambda x: 10 - 6 * (x > 0.43), LEAP, 0.43, 1),
    "whole numbers": (lambda x: 10 - 6 * x, Target("change", -3.3), 0.6, 1),
    "a plateau": (lambda x: 10 - 6 * (x > 0.43), Target("change", -5.9), 0.43, 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLE)
def test_the_coverage_of_the_documentation(name, capsys):
    """Of 300 searches, 90 % or more hold the root; a plateau near the target is a known limit.

    Whole numbers are tenths of the range: the first that reaches the target is the sixth.
    """
    function, target, root, own = TABLE[name]
    along = line()
    if name == "whole numbers":
        function, root, along = (lambda n: 10 - 0.6 * n), 6, line(0, 10, whole=True)
    found = [search(function, target, seed=s, own=own, along=along)[0] for s in range(300)]
    reached = [one for one in found if one.status == "reached"]
    covered = np.mean([one.low <= root <= one.high for one in reached])
    width = np.mean([one.high - one.low for one in reached]) / 2
    with capsys.disabled():
        print(f"\n{name}: {len(reached)} reached, {covered:.1%} cover, half-width {width:.4f}")
    assert covered >= (0.8 if name == "a plateau" else 0.9)


def test_more_runs_narrow_the_interval():
    """Four times the budget gives about half of the width."""
    widths = []
    for budget in (200, 800):
        found = [
            search(*SMOOTH["straight, -40 %"][:2], seed=s, max_runs=budget, precision=0.005)[0]
            for s in range(20)
        ]
        widths.append(np.mean([one.high - one.low for one in found]))
    assert 0.3 < widths[1] / widths[0] < 0.7


def test_the_budget_holds():
    """No search makes more runs than it may, and the count is that of the runs made."""
    for budget in (60, 61, 100, 333):
        for seed in range(5):
            found, evaluate = search(
                *SMOOTH["straight, -40 %"][:2], seed=seed, max_runs=budget, precision=0.001
            )
            assert evaluate.runs == found.runs <= budget
            along = line(0, 10, whole=True)
            found, evaluate = search(
                lambda n: 10 - 0.6 * n, Target("change", -3.3), own=2, along=along, seed=seed,
                max_runs=budget,
            )  # fmt: skip
            assert evaluate.runs == found.runs <= budget


def test_without_noise_the_root_is_found_to_the_precision():
    """Nothing but the wanted width limits the interval."""
    function, target, root = SMOOTH["curved, -3"]
    found, _ = search(function, target, own=0, common=0, precision=0.001, max_runs=1_000)
    assert found.low <= root <= found.high
    assert found.high - found.low <= 0.002
    assert not found.warnings


def test_whole_numbers_give_the_first_that_reaches_the_target():
    """10 - 0.6 n falls by 3.3 from n = 6 on; intervals of whole numbers cover that."""
    along = line(0, 10, whole=True)
    found = [
        search(lambda n: 10 - 0.6 * n, Target("change", -3.3), own=1, along=along, seed=s)[0]
        for s in range(60)
    ]
    assert all(one.value == int(one.value) for one in found)
    assert np.mean([one.low <= 6 <= one.high for one in found]) >= 0.9
    assert np.mean([one.value == 6 for one in found]) > 0.7
    exact, _ = search(lambda n: 10 - 0.6 * n, Target("change", -3.3), own=0, along=along)
    assert (exact.value, exact.low, exact.high) == (6, 6, 6)


def test_a_falling_line_is_searched_from_its_start():
    """Exceptions from 12 down to 2: 40 % less time at 5."""
    along = line(12, 2)
    found, _ = search(lambda x: 3 + x, Target("change", -7), own=0.1, along=along)
    assert found.low <= 5 <= found.high
    assert found.low < found.high


def test_a_jump_is_said_and_bracketed():
    """The response leaps at 0.43 from 10 to 4; no place in between has any other value."""
    for seed in range(10):
        found, _ = search(lambda x: 10 - 6 * (x > 0.43), Target("change", -3), own=1, seed=seed)
        assert found.jump
        assert found.low <= 0.43 <= found.high
        assert found.high - found.low < 0.05


def test_a_target_out_of_reach_is_said_with_the_most_that_is():
    """A response that falls by 30 % at most does not fall by 40 %; the interval of the most holds.

    Of 20 intervals at 95 %, fewer than 16 hold by chance once in 2,500 times.
    """
    held = 0
    for seed in range(20):
        found, _ = search(lambda x: 10 - 3 * x, Target("relative", -0.4), seed=seed, own=0.3)
        assert found.status == "not_reachable"
        assert np.isnan([found.value, found.low, found.high]).all()
        assert found.best.value == 1.0
        held += found.best.change_pct.low < -30 < found.best.change_pct.high
    assert held >= 16


def test_a_flat_response_reaches_nothing():
    """A lever that moves nothing is found out, whatever the noise."""
    assert all(
        search(lambda x: 10, Target("relative", -0.1), seed=s, own=0.3)[0].status == "not_reachable"
        for s in range(20)
    )


def test_what_cannot_be_told_is_not_told():
    """A response that ends exactly at the target is neither reached nor out of reach."""
    found = [
        search(lambda x: 10 - 4 * x, Target("change", -4), seed=s, own=1, max_runs=100)[0]
        for s in range(30)
    ]
    wrong = [one for one in found if one.status == "not_reachable"]
    assert len(wrong) <= 4
    for one in found:
        assert one.status != "reached" or one.high == 1


def test_already_reached():
    """A level that the company has passed today is there at the start."""
    along = Line("x", "", 2.0, 3.0, False, lambda v: {"x": v})
    evaluate = NoisyFunction(lambda point: 10 - 2 * point.get("x", 0), own=0.1)
    found = find_break_even(evaluate, along, Target("change", -1))
    assert found.status == "already"


def test_a_response_that_turns_round_is_warned_of():
    """Down and up again: the first of two crossings is given, and both facts are said."""
    found, _ = search(lambda x: 10 - 24 * x * (1 - x), Target("change", -3), own=0.2)
    assert any("monotone" in text for text in found.warnings)
    assert any("more than once" in text for text in found.warnings)
    assert found.low <= 0.5 - 0.125**0.5 <= found.high


def test_the_crossing_of_two_nodes_is_fiellers():
    """Inverting the t test between two nodes by hand gives the same limits."""
    rng = np.random.default_rng(1)
    margins = np.array([-1 + 0.1 * rng.standard_normal(12), 1 + 0.1 * rng.standard_normal(12)])
    found = crossing([0.0, 1.0], margins, 0.95)
    t = 2.2009851600916384  # Student's t, 97.5 %, 11 degrees of freedom
    places = np.linspace(0, 1, 100_001)[:, None]
    between = (1 - places) * margins[0] + places * margins[1]
    half = t * between.std(axis=1, ddof=1) / 12**0.5
    inside = places[np.abs(between.mean(axis=1)) <= half]
    assert found.low == pytest.approx(inside.min(), abs=1e-3)
    assert found.high == pytest.approx(inside.max(), abs=1e-3)
    assert found.position == pytest.approx(-margins[0].mean() / (margins[1] - margins[0]).mean())


def test_a_relative_change_has_fiellers_interval():
    """The interval of a ratio of means covers it; a naive one would forget today's own noise."""
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(600):
        today = 10 + 2 * rng.standard_normal(12)
        found = relative_pct(0.6 * today + 0.5 * rng.standard_normal(12), today, 0.95)
        covered += found.low <= -40 <= found.high
    assert 0.925 <= covered / 600 <= 0.975


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("-40 %", Target("relative", -0.4)),
        ("+5%", Target("relative", 0.05)),
        ("-2.5", Target("change", -2.5)),
        ("= 3.0", Target("level", 3.0)),
        ("=-3", Target("level", -3.0)),
    ],
)
def test_targets(text, target):
    """A sign is a change, a percent sign a relative one, an equals sign a level."""
    assert read_target(text) == target
    assert read_target(str(target)) == target


@pytest.mark.parametrize("text", ["3.0", "40 %", "", "-", "= 3 %", "-0", "-4x", "--4", "+-4"])
def test_what_is_no_target_is_refused(text):
    """A bare number could mean a level or a change, so it is asked for again."""
    with pytest.raises(ScenarioError, match="target"):
        read_target(text)


def test_requests_that_make_no_sense():
    """Every fault at once."""
    along = line(1, 1)
    with pytest.raises(ScenarioError) as caught:
        search(
            lambda x: x, Target("change", 1), along=along, replications=2, precision=0, max_runs=3
        )
    assert len(caught.value.problems) == 4


def test_a_scenario_scales_from_today_to_what_it_says():
    """Half of case A is half of the way of every lever; 0 % is the company as it is."""
    scenario = load_scenario("case_a")
    levers = scenario.file.levers
    along = scenario_line("case_a", scenario.baseline, levers, {})
    now = {name: along.point(1e-9)[name] for name in levers}
    assert along.point(0) == {}
    assert along.point(100) == levers
    for name, value in along.point(50).items():
        assert value == pytest.approx((now[name] + levers[name]) / 2)


def test_beyond_a_scenario_levers_stop_at_their_allowed_ends():
    """Twice case A would be 2 % of exceptions; ten times is 0 %, not less."""
    scenario = load_scenario("case_a")
    model = scenario.baseline
    evaluate = NoisyFunction(lambda point: 0.0)
    farther = beyond(
        scenario_line("case_a", model, scenario.file.levers, {}),
        evaluate, scenario.file.levers, model,
    )  # fmt: skip
    assert farther.start == 100 < farther.end <= 500
    end = farther.point(farther.end)
    assert end["exception_rate_pct"] == 0
    assert all(0 <= value <= 100 for value in end.values())
    limited = NoisyFunction(
        lambda point: 0.0,
        refuse=lambda point: "too much" if point["exception_rate_pct"] < 4 else "",
    )
    farther = beyond(farther, limited, scenario.file.levers, model)
    assert farther.point(farther.end)["exception_rate_pct"] >= 4


def test_people_and_words_of_a_scaled_scenario():
    """People stay whole; a word is the scenario's at every scale above nothing."""
    model = load_company("distributor")
    along = scenario_line("s", model, {"order_desk_headcount": 9, "dunning_run": "daily"}, {})
    half = along.point(50)
    assert isinstance(half["order_desk_headcount"], int)
    assert along.point(1)["dunning_run"] == "daily"


def test_a_line_along_a_factor_begins_at_todays_end():
    """Exceptions are searched downwards, matching upwards; words have no line."""
    down = factor_line(Factor("exception_rate_pct", 2, 12, now=12.0))
    up = factor_line(Factor("auto_match_pct", 45, 95, now=47.0))
    assert (down.start, down.end, up.start, up.end) == (12, 2, 45, 95)
    assert down.point(4.5) == {"exception_rate_pct": 4.5}
    with pytest.raises(ScenarioError, match="range of numbers"):
        factor_line(Factor("dunning_run", choices=("weekly", "daily")))


def test_a_line_on_top_of_a_scenario_keeps_its_other_settings():
    """The factor is searched; what else the scenario sets holds at every point."""
    others = {"dunning_run": "daily", "auto_match_pct": 85.0}
    line = factor_line(Factor("auto_match_pct", 45, 95, now=47.0), others)
    assert line.point(60.0) == {"dunning_run": "daily", "auto_match_pct": 60.0}
    assert others["auto_match_pct"] == 85.0


def test_a_start_that_seems_to_reach_the_target_is_not_taken_for_it():
    """The line begins elsewhere than today: 3 lower, or by no more than noise, or 4 lower."""
    along = Line("x", "", 0.0, 1.0, False, lambda v: {"x": v})

    def statuses(fall, own, seeds):
        return [
            find_break_even(
                NoisyFunction(lambda p: 10.0 - fall if "x" in p else 10.0, own=own, seed=seed),
                along,
                Target("change", -3),
                max_runs=40,
                replications=3,
            ).status
            for seed in seeds
        ]

    assert set(statuses(4, 0.1, range(5))) == {"already"}
    assert set(statuses(2, 0.1, range(5))) == {"not_reachable"}
    # By the mean alone it would be half of them.
    assert statuses(3, 3.0, range(60)).count("already") <= 6
