"""Factors and designs: what may vary, and which points are run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim import ScenarioError, load_company
from scenarios.levers import LEVERS
from scenarios.search.designs import (
    full_factorial,
    latin_hypercube,
    one_at_a_time,
    points_at,
    positions_of,
)
from scenarios.search.factor import Factor, read_factors, scenario_factors

RANGE = Factor("a", 2.0, 4.0)
WHOLE = Factor("n", 3, 6, whole=True)
WORDS = Factor("w", choices=("one", "two", "three"))


@pytest.fixture(scope="module")
def company():
    """Return a company that ships."""
    return load_company("distributor")


def test_a_position_becomes_a_value():
    """The ends are the ends; four whole numbers and three words share the way equally."""
    assert [RANGE.at(u) for u in (0, 0.25, 1)] == [2.0, 2.5, 4.0]
    assert [WHOLE.at(u) for u in (0, 0.24, 0.26, 0.99, 1)] == [3, 3, 4, 6, 6]
    assert [WORDS.at(u) for u in (0, 0.34, 1)] == ["one", "two", "three"]
    assert (RANGE.count, WHOLE.count, WORDS.count) == (0, 4, 3)


def test_levels_are_spaced_evenly_and_differ():
    """Ranges have as many as wanted; whole numbers no more than there are; words all."""
    assert RANGE.levels(3) == (2.0, 3.0, 4.0)
    assert WHOLE.levels(2) == (3, 6)
    assert WHOLE.levels(9) == (3, 4, 5, 6)
    assert WORDS.levels(2) == ("one", "two", "three")


def test_factors_as_a_user_writes_them(company):
    """Levers and parameters, ranges and lists, with what the company has today."""
    found = read_factors(
        [
            "auto_match_pct=45:95",
            "dunning_run",
            "order_desk_headcount=4|5|6",
            "cash_application.touch_minutes = 2:8",
        ],
        company,
    )
    assert [(f.low, f.high) for f in (found[0], found[3])] == [(45, 95), (2, 8)]
    assert found[0].label == "Payments matched without a person, if one invoice and well described"
    assert found[1].choices == ("weekly", "daily")
    assert (found[1].now, found[2].choices, found[2].whole) == ("weekly", (4, 5, 6), True)
    assert found[3].now == company.cash_application.touch_minutes.value.value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("auto_match_pct", "has no range"),
        ("auto_match_pct=", "has no range"),
        ("auto_match_pct=95:45", "LOW:HIGH with LOW below HIGH"),
        ("auto_match_pct=45:145", "0 to 100 %"),
        ("auto_match_pct=45:x", "0 to 100 %"),
        ("auto_match_pct=45:1e999", "0 to 100 %"),
        ("auto_match_pct=45|45", "each value once"),
        ("order_desk_headcount=2:3.5", "whole numbers"),
        ("dunning_run=hourly|daily", "weekly | daily"),
        ("dunning_run=daily", "weekly | daily"),
        ("auto_matches_pct=1:2", "did you mean 'auto_match_pct'"),
        ("dunning.levels=1:2", "neither a number nor a word"),
    ],
)
def test_what_is_no_factor_is_refused(company, text, said):
    """Each with what would be right; none is guessed."""
    with pytest.raises(ScenarioError, match="factor") as caught:
        read_factors([text], company)
    assert said in str(caught.value)


def test_all_faults_at_once(company):
    """Two wrong factors and one named twice are three problems."""
    texts = ["auto_match_pct", "nonsense=1:2", "absence_pct=1:2", "absence_pct=3:4"]
    with pytest.raises(ScenarioError) as caught:
        read_factors(texts, company)
    assert len(caught.value.problems) == 3
    with pytest.raises(ScenarioError, match="no factor"):
        read_factors([], company)


def test_the_levers_of_a_scenario_vary_from_today_to_the_scenario(company):
    """Exceptions fall from today's share to 7 %; what the scenario leaves alone is no factor."""
    same = LEVERS["auto_match_pct"].read(company)
    (found,) = scenario_factors({"exception_rate_pct": 7.0, "auto_match_pct": same}, company)
    assert (found.low, found.high) == (7.0, found.now)
    assert found.now > 7
    with pytest.raises(ScenarioError, match="no lever to vary"):
        scenario_factors({"exception_rate_pct": found.now}, company)


def test_a_latin_hypercube_meets_each_part_of_each_range_once():
    """Of 8 points, one in each eighth of every range; the same seed gives the same points."""
    factors = (RANGE, Factor("b", 0, 1), Factor("c", -1, 1))
    points = latin_hypercube(factors, 8, seed=3)
    eighths = np.floor(8 * positions_of(factors, points)).astype(int)
    assert [sorted(column) for column in eighths.T] == [list(range(8))] * 3
    assert points == latin_hypercube(factors, 8, seed=3)
    assert points != latin_hypercube(factors, 8, seed=4)


@given(number=st.integers(4, 40), seed=st.integers(0, 99))
def test_listed_values_are_met_about_equally_often(number, seed):
    """Of n points, each of four whole numbers gets n/4, give or take less than two."""
    points = latin_hypercube((WHOLE,), number, seed)
    counts = np.bincount([point["n"] for point in points], minlength=7)[3:]
    assert abs(counts - number / 4).max() < 2


def test_a_full_factorial_has_every_combination():
    """Two levels of a range, four numbers, three words: 24 different points."""
    points = full_factorial((RANGE, WHOLE, WORDS), 4)
    assert len(points) == len({repr(point) for point in points}) == 4 * 4 * 3
    with pytest.raises(ScenarioError, match="Latin hypercube"):
        full_factorial([Factor(str(i), 0, 1) for i in range(20)], 3)


def test_one_at_a_time_moves_one_factor_in_each_point():
    """Both ends of a range, each word; nothing else."""
    points = one_at_a_time((RANGE, WORDS))
    assert points == [{"a": 2.0}, {"a": 4.0}, {"w": "one"}, {"w": "two"}, {"w": "three"}]


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_positions_and_values_agree(position):
    """A range keeps its position; listed values come back to one that has the same value."""
    factors = (RANGE, WHOLE, WORDS)
    (point,) = points_at(factors, np.array([position]))
    back = positions_of(factors, [point])
    assert back[0, 0] == pytest.approx(position[0], abs=1e-9)
    assert points_at(factors, np.clip(back, 0, 1)) == [point]
