"""Scenario files: what ships, what extends what, and every mistake named with its line."""

import json
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim import ModelError, ScenarioError, load_company
from scenarios.inheritance import MAX_DEPTH, read_scenario
from scenarios.levers import LEVERS
from scenarios.scenario import load_scenario, load_scenarios, rebased, scenario_names
from scenarios.scenario_file import Cost, Phase, ScenarioFile

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
        assert scenario.baseline.name in ("Reference distributor", "Poor distributor")
        assert scenario.model != scenario.baseline or scenario.steps
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
        ("auto_match_pct", "auto_mach_pct", "x.yaml:6: unknown lever"),
        ("auto_match_pct", "auto_mach_pct", "did you mean 'auto_match_pct'?"),
        ("auto_match_pct: 90", "auto_match_pct: 900", "x.yaml:6: auto_match_pct: 900"),
        ("auto_match_pct: 90", "auto_match_pct: 900", "0 to 100 %"),
        ("auto_match_pct: 90", "auto_match_pct: .nan", "x.yaml:6: auto_match_pct: nan is out"),
        ("auto_match_pct: 90", "auto_match_pct: '90'", "x.yaml:6: auto_match_pct: '90' is out"),
        ("auto_match_pct: 90", "order_desk_headcount: 1.5", "not a whole number of people"),
        ("write_off.after_days: 3", "write_off.after_days: -3", "x.yaml:8: write_off.after_days"),
        ("write_off.after_days: 3", "write_off.after_days: .inf", "x.yaml:8: write_off.after_days"),
        ("write_off.after_days: 3", "write_off.after_days: !!x y", "x.yaml:8: write_off.after_d"),
        ("levers:", "evidence: 3\nlevers:", "x.yaml:5: evidence"),
        ("levers:", "cost: {one_off: -1}\nlevers:", "x.yaml:5: cost.one_off"),
        ("levers:", "cost: {one_of: 1}\nlevers:", "did you mean 'one_off'?"),
        ("levers:", "cost: {life_years: 0}\nlevers:", "greater than 0"),
        ("levers:", "cost: {per_year: .nan}\nlevers:", "x.yaml:5: cost.per_year"),
        ("levers:", "volume_response_pct: -100\nlevers:", "x.yaml:5: volume_response_pct"),
        ("levers:", "volume_response_pct: true\nlevers:", "x.yaml:5: volume_response_pct"),
        ("levers:", "combine: each\nlevers:", "x.yaml:5: combine: there is no grid"),
        ("extends: distributor", "extends: distributer", "did you mean 'distributor'?"),
        ("extends: distributor", "extends: distributer", "x.yaml:4: extends"),
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
    """Nothing at all is set: it would be compared with itself."""
    text = GOOD[: GOOD.index("levers:")]
    with pytest.raises(ScenarioError, match="changes nothing"):
        load_scenario(write(text))


def test_a_wrong_override_has_its_line(write):
    """It is the model that refuses; the place is the scenario."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write(GOOD.replace("write_off.after_days", "write_off.after_day")))
    assert caught.value.problems[0].where.endswith("x.yaml:8")
    assert "did you mean 'write_off.after_days'?" in str(caught.value)


def test_every_problem_at_once(write):
    """Of the schema, of levers, of phases and of the grid, each with its line."""
    text = """\
schema_version: 1
name: bad
titel: Bad
extends: distributor
levers:
  auto_match_pct: 101
  dunning_run: hourly
phases:
  - from_day: 30
    until_day: 20
    levers: {postal_days: 900}
  - from_day: 10
    ramp_up: quick
grid:
  call_after_days: [0]
"""
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write(text))
    lines = [int(p.where.rpartition(":")[2]) for p in caught.value.problems if ":" in p.where]
    assert sorted(set(lines)) == [3, 6, 7, 10, 11, 13, 15]
    assert lines == sorted(lines), "in the order of the file"
    assert any("title is missing" in p.message for p in caught.value.problems)


def test_two_settings_that_do_not_fit_together_have_their_lines(write):
    """A lever that the company has no room for, and one that an override undoes."""
    both = "e_invoice_pct: 90\n  portal_invoice_pct: 60"
    with pytest.raises(ScenarioError, match=r"x\.yaml:7: portal_invoice_pct.*does not fit"):
        load_scenario(write(GOOD.replace("auto_match_pct: 90", both)))
    both = "exception_rate_pct: 5\n  price_exceptions_pct: 10"
    with pytest.raises(ScenarioError, match=r"x\.yaml:6: exception_rate_pct.*undone"):
        load_scenario(write(GOOD.replace("auto_match_pct: 90", both)))
    undone = "cash_application.auto_match_share: 0.5"
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write(GOOD.replace("write_off.after_days: 3", undone)))
    assert "auto_match_pct: 90.0 is undone by an override, which leaves 50" in str(caught.value)
    assert caught.value.problems[0].where.endswith("x.yaml:6")
    assert "x.yaml:8" in caught.value.problems[0].allowed


CHILD = """\
schema_version: 1
name: child
title: More of it
extends: x.yaml
levers:
  auto_match_pct: 95
  dunning_run: daily
cost:
  per_year: 7
"""


def test_what_a_scenario_extends_comes_first_and_its_own_settings_win(write):
    """Lever by lever, override by override, cost by cost; the company is that of the parent."""
    cost = "cost: {one_off: 5, per_year: 3}\nvolume_response_pct: 2\n"
    write(GOOD + cost)
    child = load_scenario(write(CHILD, "child.yaml"))
    assert child.file.levers == {"auto_match_pct": 95, "dunning_run": "daily"}
    assert child.file.overrides == {"write_off.after_days": 3}
    assert (child.file.cost.one_off, child.file.cost.per_year) == (5, 7)
    assert child.file.volume_response_pct == 2
    assert (child.name, child.title, child.file.extends) == ("child", "More of it", "distributor")
    assert read_scenario(child.places.whole).chain == ("x.yaml", "distributor")


def test_a_scenario_that_ships_can_be_extended(write):
    """By its name; all its levers are there."""
    child = load_scenario(write(CHILD.replace("extends: x.yaml", "extends: case_b")))
    parent = load_scenario("case_b")
    assert child.file.levers == {**parent.file.levers, "auto_match_pct": 95}
    assert child.baseline == parent.baseline


def test_a_problem_of_what_is_extended_names_that_file(write):
    """The line is that of the file in which the mistake stands."""
    write(GOOD.replace("auto_match_pct: 90", "auto_match_pct: 900"))
    path = write(CHILD, "child.yaml")
    with pytest.raises(ScenarioError, match=r"x\.yaml:6: auto_match_pct"):
        load_scenario(path)
    write(GOOD.replace("write_off.after_days: 3", "write_off.after_days: -3"))
    with pytest.raises(ScenarioError, match=r"x\.yaml:8: write_off\.after_days"):
        load_scenario(path)


def test_a_circle_and_a_chain_without_end_are_refused(write):
    """With the files in it, at the line that closes it."""
    write(GOOD.replace("extends: distributor", "extends: child.yaml"))
    path = write(CHILD, "child.yaml")
    with pytest.raises(ScenarioError, match=r"circle: child\.yaml -> x\.yaml -> child\.yaml"):
        load_scenario(path)
    with pytest.raises(ScenarioError, match=r"circle: me\.yaml -> me\.yaml"):
        load_scenario(write(CHILD.replace("x.yaml", "me.yaml"), "me.yaml"))
    for number in range(MAX_DEPTH + 1):
        extends = "distributor" if number == 0 else f"s{number - 1}.yaml"
        path = write(CHILD.replace("x.yaml", extends), f"s{number}.yaml")
        if number == MAX_DEPTH - 1:
            assert load_scenario(path).file.extends == "distributor"
    with pytest.raises(ScenarioError, match=r"s1\.yaml:4: .*more than 10 deep"):
        load_scenario(path)


def test_another_company_need_not_exist_in_the_file(write):
    """What the scenario names is then not looked at."""
    path = write(GOOD.replace("extends: distributor", "extends: not-here.yaml"))
    assert load_scenario(path, extends="distributor").baseline == load_company("distributor")


def test_the_volume_response_multiplies_the_demand(write, distributor):
    """On top of a lever and of an override: 250 orders x 1.2 x 0.9."""
    orders = distributor.demand.orders_per_week.value
    text = GOOD.replace("auto_match_pct: 90", "demand_change_pct: 20") + "volume_response_pct: -10"
    scenario = load_scenario(write(text))
    assert scenario.model.demand.orders_per_week.value == pytest.approx(orders * 1.2 * 0.9)
    shown = {s.lever: (s.before, s.after, s.source) for s in scenario.settings}
    assert shown["volume_response_pct"] == ("0", "-10", "assumed")
    text = GOOD.replace("write_off.after_days: 3", "demand.orders_per_week: 100")
    scenario = load_scenario(write(text + "volume_response_pct: 50"))
    assert scenario.model.demand.orders_per_week.value == pytest.approx(150)


def test_the_cost_is_kept_and_changes_nothing(write):
    """It is for the business case; defaults are stated."""
    plain = load_scenario(write(GOOD))
    priced = load_scenario(write(GOOD + "cost: {one_off: 1000}\n"))
    assert plain.file.cost is None
    assert priced.model == plain.model
    cost = priced.file.cost
    assert (cost.one_off, cost.one_off_day, cost.per_year) == (1000, 0, 0)
    assert (cost.life_years, cost.discount_rate_pct_per_year) == (5, 8)


def test_a_scenario_on_another_company_reports_its_own_lines(write, distributor):
    """What the other company does not allow is still said with the scenario's line."""
    from o2c_sim import override

    scenario = load_scenario(write(GOOD.replace("auto_match_pct: 90", "e_invoice_pct: 20")))
    cards = {"card": 0.9, "check": 0.1}
    other = override(distributor, {"customers.payment_method_shares": cards}, "test")
    assert rebased(scenario, other).model.customers.payment_method_shares.value == cards
    debit = load_scenario(write(GOOD.replace("auto_match_pct: 90", "direct_debit_pct: 50")))
    with pytest.raises(ScenarioError, match=r"x\.yaml:6: direct_debit_pct.*does not fit"):
        rebased(debit, other)


def test_the_page_on_scenario_files(write):
    """Every example on it is valid, says what the page says of it, and no key is missing."""
    text = (Path(__file__).parent.parent / "docs" / "scenario-files.md").read_text("utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    found = [load_scenarios(write(block)) for block in blocks]
    assert [len(scenarios) for scenarios in found] == [1, 1, 6]
    assert found[2][0].name == "matching [auto_match_pct=65, dunning_run=weekly]"
    assert f"`{found[2][0].name}`" in text
    each = load_scenarios(write(blocks[2].replace("combine: all", "combine: each")))
    assert len(each) == 5
    for model in (ScenarioFile, Phase, Cost):
        for key in model.model_fields:
            assert f"`{key}`" in text or f"\n    {key}: " in text, key


HOSTILE = {
    "aliases": "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(20)
    ),
    "deep": GOOD + "description: " + "[" * 400,
    "deep override": GOOD.replace(": 3", ": " + "[" * 90 + "]" * 90),
    "itself": GOOD.replace("write_off.after_days: 3", "write_off.after_days: &a [*a]"),
    "object": GOOD.replace(": 3", ": !!python/object/apply:os.system ['true']"),
    "nul": GOOD.replace("quick", "\0"),
    "huge": GOOD.replace("90", "9" * 5_000),
    "exponent": GOOD.replace("90", "1e999"),
    "huge day": GOOD + "phases: [{from_day: 99999999999, levers: {auto_match_pct: 80}}]\n",
    "many phases": GOOD + "phases:\n" + "  - {from_day: 1}\n" * 2_000,
    "many values": GOOD + "grid:\n  call_after_days: [" + "1, " * 10_001 + "1]\n",
    "phases": GOOD + "phases: 3\n",
    "phase": GOOD + "phases: [3, null, []]\n",
    "grid": GOOD + "grid: [a]\n",
    "grid value": GOOD + "grid: {auto_match_pct: {a: b}}\n",
    "keys": GOOD.replace("auto_match_pct", "? [a, b]\n  : 1\n  1"),
    "levers": GOOD.replace("  auto_match_pct: 90", "  - auto_match_pct"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(write, name):
    """Refused with the file's name, quickly and without running anything."""
    with pytest.raises(ScenarioError, match=r"x\.yaml"):
        load_scenarios(write(HOSTILE[name]))


SCALARS = st.one_of(
    st.floats(), st.integers(), st.text(max_size=5), st.booleans(), st.none(),
    st.sampled_from(["daily", "fails", "office"]),
)  # fmt: skip
KEYS = st.one_of(st.sampled_from([*LEVERS][:6]), st.text(max_size=5), st.just("a.b"))
TREES = st.recursive(
    SCALARS,
    lambda t: st.one_of(st.lists(t, max_size=3), st.dictionaries(KEYS, t, max_size=3)),
    max_leaves=6,
)


@given(st.sampled_from(["levers", "overrides", "phases", "cost", "grid", "extends"]), TREES)
def test_anything_in_a_section_is_a_scenario_or_a_scenario_error(section, tree):
    """No content of a section gives any other exception."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.yaml"
        parts = {"extends": "distributor", "levers": {"auto_match_pct": 90}, section: tree}
        written = [f"{key}: {json.dumps(value)}" for key, value in parts.items()]
        path.write_text("\n".join(["schema_version: 1", "name: x", "title: x", *written]))
        try:
            places = [one.places.whole for one in load_scenarios(path)]
        except ScenarioError as error:
            places = [problem.where for problem in error.problems]
        assert places
        assert all("x.yaml" in place for place in places)


def test_an_unknown_scenario_is_named_with_those_there_are():
    """With a suggestion."""
    with pytest.raises(ScenarioError, match="did you mean 'case_a'"):
        load_scenario("case-a")


def test_another_company_can_be_named(write, distributor):
    """As the command line does; an unknown one is a model error."""
    assert load_scenario("case_a", extends="distributor").baseline == load_company("distributor")
    with pytest.raises(ModelError):
        load_scenario("case_a", extends="nobody")
