"""Every lever moved during a run: the books, the documents and their order stay right."""

import pytest
from changed_runs import MUCH, WINDOW, events_before, small, wrong_with
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from o2c_sim import ModelChange, Window, override, simulate
from scenarios.levers import LEVERS


@pytest.fixture(scope="module")
def company():
    """Return a small distributor."""
    return small()


@pytest.fixture(scope="module")
def unchanged(company):
    """Return a run of it without changes."""
    return simulate(company, seed=3, window=WINDOW)


def other_value(lever, model, end):
    """Return a value at one end of a lever's range, or what a small company can bear of it."""
    if lever.choices:
        return lever.choices[0 if end == "low" else -1]
    value = lever.low if end == "low" else lever.high
    if lever.unit == "people":
        return min(value, 12)
    return min(value, 100) if lever.relative else value


def at_end(model, name, end):
    """Return the model with a lever at an end; None where this company cannot have that."""
    lever = LEVERS[name]
    try:
        return override(model, lever.write(model, other_value(lever, model, end)), "test")
    except ValueError:
        return None


@pytest.mark.parametrize("end", ["low", "high"])
def test_each_lever_in_turn(company, end):
    """A day at one end of each lever, one after the other."""
    models = [model for name in LEVERS if (model := at_end(company, name, end)) is not None]
    changes = [ModelChange(8 + n, model) for n, model in enumerate(models)]
    assert len(models) > 0.9 * len(LEVERS)
    run = simulate(company, seed=5, window=Window(0, 20 + len(models), 0), changes=changes)
    assert wrong_with(run) == []


@pytest.mark.slow
@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize("name", LEVERS)
def test_each_lever_changes_during_a_run_and_back(company, unchanged, name, end):
    """At either end for two weeks: nothing before, nothing wrong."""
    model = at_end(company, name, end)
    if model is None:
        pytest.skip("this company cannot have that")
    run = simulate(
        company,
        seed=3,
        window=WINDOW,
        changes=[ModelChange(13, model), ModelChange(27, company)],
    )
    before = events_before(unchanged, 13)
    assert_frame_equal(events_before(run, 13), before, check_exact=True)
    assert wrong_with(run) == []


@pytest.mark.slow
@settings(max_examples=15)
@given(
    days=st.sets(st.integers(1, 39), min_size=1, max_size=4),
    parts=st.lists(st.sets(st.sampled_from(sorted(MUCH))), min_size=4, max_size=4),
)
def test_any_changes_in_any_order(company, days, parts):
    """Some of the large changes on some days, each in place of the ones before."""
    models = [override(company, {path: MUCH[path] for path in part}, "test") for part in parts]
    changes = [ModelChange(day, model) for day, model in zip(sorted(days), models, strict=False)]
    assert wrong_with(simulate(company, seed=3, window=WINDOW, changes=changes)) == []
