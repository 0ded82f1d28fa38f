"""Scenario files: what ships, what extends what, and every mistake named."""

import pytest

from o2c_sim import ModelError, ScenarioError, load_company
from scenarios.scenario import load_scenario, scenario_names

GOOD = """\
schema_version: 1
name: quick
title: Quicker matching
extends: distributor
levers:
  auto_match_pct: 90
overrides:
  write_off.after_days: 3
"""


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a scenario file and returns its path."""

    def write(text, name="x.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_what_ships(distributor):
    """Cases A and B load, change the distributor, and say what they change from and to."""
    assert set(scenario_names()) >= {"case_a", "case_b"}
    for name in scenario_names():
        scenario = load_scenario(name)
        assert scenario.name == name
        assert scenario.title
        assert scenario.baseline == distributor
        assert scenario.model != distributor
        assert all(s.before != s.after and s.label and s.source for s in scenario.settings)
    settings = {s.lever: (s.before, s.after) for s in load_scenario("case_b").settings}
    assert settings["e_invoice_pct"] == ("30", "90")
    assert settings["dunning_run"] == ("weekly", "daily")


def test_levers_then_overrides(write):
    """Both apply; what is set directly is shown by its path."""
    scenario = load_scenario(write(GOOD))
    assert scenario.model.cash_application.auto_match_share.value == 0.9
    assert scenario.model.write_off.after_days.value == 3
    assert [s.lever for s in scenario.settings] == ["auto_match_pct", "write_off.after_days"]
    assert scenario.model.write_off.after_days.source == "scenario quick"


def test_a_scenario_may_extend_a_file_beside_it(write, distributor):
    """``extends: own.yaml`` is looked for beside the scenario, wherever the reader stands."""
    from importlib import resources

    text = (resources.files("o2c_sim.model.reference") / "distributor.yaml").read_text("utf-8")
    write(text.replace("Reference distributor", "Our company"), "own.yaml")
    scenario = load_scenario(write(GOOD.replace("extends: distributor", "extends: own.yaml")))
    assert scenario.baseline.name == "Our company"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("auto_match_pct", "auto_mach_pct", "did you mean 'auto_match_pct'?"),
        ("auto_match_pct: 90", "auto_match_pct: 900", "0 to 100 %"),
        ("title: Quicker matching\n", "", "title is missing"),
        ("levers:", "lever:", "did you mean 'levers'?"),
        ("schema_version: 1", "schema_version: 9", "should be 1"),
        ("name: quick", "name: ../quick", "should match pattern"),
        ("auto_match_pct: 90", "auto_match_pct: [1]", "x.yaml:6"),
        ("auto_match_pct: 90", "auto_match_pct: true", "x.yaml:6"),
        ("levers:", "name: again\nlevers:", 'found duplicate key "name"'),
        (GOOD, "", "the file is empty"),
    ],
)
def test_mistakes_are_scenario_errors(write, old, new, message):
    """With the line and a suggestion, as for a model."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write(GOOD.replace(old, new)))
    assert message in str(caught.value)
    assert "x.yaml" in str(caught.value)


def test_a_scenario_that_changes_nothing_is_refused(write):
    """Neither levers nor overrides: it would be compared with itself."""
    text = GOOD[: GOOD.index("levers:")]
    with pytest.raises(ScenarioError, match="changes nothing"):
        load_scenario(write(text))


def test_a_wrong_override_names_the_scenario(write):
    """It is the model that refuses; the place is the scenario."""
    with pytest.raises(ModelError) as caught:
        load_scenario(write(GOOD.replace("write_off.after_days", "write_off.after_day")))
    assert caught.value.problems[0].where == "scenario quick"
    assert "did you mean 'write_off.after_days'?" in str(caught.value)


def test_an_unknown_scenario_is_named_with_those_there_are():
    """With a suggestion."""
    with pytest.raises(ScenarioError, match="did you mean 'case_a'"):
        load_scenario("case-a")


def test_another_company_can_be_named(write, distributor):
    """As the command line does; an unknown one is a model error."""
    assert load_scenario("case_a", extends="distributor").baseline == load_company("distributor")
    with pytest.raises(ModelError):
        load_scenario("case_a", extends="nobody")
