"""Grids and combinations: which scenarios come of them, under which names, and what is refused."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim import ScenarioError, load_company, parameters
from scenarios.combination import combine_scenarios
from scenarios.grid import expanded, points
from scenarios.scenario import apply, load_scenario, load_scenarios
from scenarios.scenario_file import Places, ScenarioFile, WrittenScenario

COMPANY = load_company("distributor")
HEAD = "schema_version: 1\nname: sweep\ntitle: Sweep\nextends: distributor\n"
GRID = "grid:\n  auto_match_pct: [65, 85]\n  dunning_run: [daily, weekly]\n"


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a scenario file and returns its path."""

    def write(text, name="x.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def scenario(name, **keys):
    """Return a scenario of the distributor."""
    file = ScenarioFile(schema_version=1, name=name, title=name, extends="distributor", **keys)
    return apply(file, COMPANY, f"{name}.yaml")


def test_every_combination(write):
    """Two by two, the last key fastest; names and titles tell the values."""
    found = load_scenarios(write(HEAD + GRID))
    assert [one.name for one in found] == [
        "sweep [auto_match_pct=65, dunning_run=daily]",
        "sweep [auto_match_pct=65, dunning_run=weekly]",
        "sweep [auto_match_pct=85, dunning_run=daily]",
        "sweep [auto_match_pct=85, dunning_run=weekly]",
    ]
    assert found[0].title == "Sweep: auto_match_pct 65, dunning_run daily"
    assert found[2].file.levers == {"auto_match_pct": 85, "dunning_run": "daily"}
    assert found[2].model.cash_application.auto_match_share.value == 0.85
    assert all(not one.file.grid for one in found)


def test_one_at_a_time(write):
    """Each value alone, all else as the file says; a grid wins over the file's own value."""
    text = HEAD + "levers: {auto_match_pct: 80, call_after_days: 20}\ncombine: each\n" + GRID
    found = load_scenarios(write(text))
    base = {"auto_match_pct": 80, "call_after_days": 20}
    assert [one.file.levers for one in found] == [
        {**base, "auto_match_pct": 65},
        {**base, "auto_match_pct": 85},
        {**base, "dunning_run": "daily"},
        {**base, "dunning_run": "weekly"},
    ]


def test_paths_and_whole_values(write):
    """A path of the model can be varied as well; what is no single value is named by its place."""
    text = HEAD + (
        "grid:\n  write_off.after_days: [90, 120.5]\n"
        "  dunning.run:\n    - {days: [mon], times: ['12:00']}\n"
        "    - {days: [tue], times: ['12:00']}\n"
    )
    found = load_scenarios(write(text))
    assert [one.name for one in found] == [
        "sweep [write_off.after_days=90, dunning.run=#1]",
        "sweep [write_off.after_days=90, dunning.run=#2]",
        "sweep [write_off.after_days=120.5, dunning.run=#1]",
        "sweep [write_off.after_days=120.5, dunning.run=#2]",
    ]
    assert found[3].model.write_off.after_days.value == 120.5
    assert found[3].model.dunning.run.value.days == ("tue",)


def test_a_file_without_a_grid_is_one_scenario():
    """Loaded either way it is the same."""
    assert load_scenarios("case_b") == (load_scenario("case_b"),)


def test_one_scenario_is_not_made_of_a_grid(write):
    """Who wants one is told of those who take many."""
    with pytest.raises(ScenarioError, match=r"x\.yaml:5: the file is a grid"):
        load_scenario(write(HEAD + GRID))
    write(HEAD + GRID)
    child = HEAD.replace("distributor", "x.yaml") + "levers: {auto_match_pct: 80}\n"
    with pytest.raises(ScenarioError, match=r"c\.yaml:4: .*'x\.yaml' is a grid"):
        load_scenarios(write(child, "c.yaml"))


SIZES = st.dictionaries(
    st.sampled_from(["auto_match_pct", "call_after_days", "dispute_days", "e_invoice_pct"]),
    st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True),
    min_size=1,
)


@given(SIZES, st.sampled_from(["all", "each"]))
def test_as_many_as_the_sizes_say_and_no_two_alike(grid, combine):
    """The product of the sizes, or their sum; all names and settings differ."""
    keys = {"schema_version": 1, "name": "x", "title": "X", "extends": "distributor"}
    file = ScenarioFile(**keys, grid=grid, combine=combine)
    found = [one.file for one in expanded(WrittenScenario(file, Places("x.yaml", {})))]
    sizes = [len(values) for values in grid.values()]
    product = len(list(itertools.product(*grid.values())))
    assert len(found) == (product if combine == "all" else sum(sizes)) == len(list(points(file)))
    assert len({one.name for one in found}) == len(found)
    assert len({tuple(sorted(one.levers.items())) for one in found}) == len(found)


MANY = "grid:\n" + "".join(
    f"  {lever}: {list(range(1, 23))}\n"
    for lever in ("auto_match_pct", "call_after_days", "recall_days")
)
MISTAKES = {
    "unknown lever": ("grid:\n  auto_mach_pct: [1]\n", "x.yaml:6: unknown lever"),
    "no value": ("grid:\n  auto_match_pct: []\n", "x.yaml:6: grid.auto_match_pct"),
    "one value": ("grid:\n  auto_match_pct: 5\n", "x.yaml:6: grid.auto_match_pct"),
    "out of range": (
        "grid:\n  auto_match_pct:\n    - 5\n    - 101\n", "x.yaml:8: auto_match_pct: 101"),
    "not a lever's": ("grid:\n  auto_match_pct:\n    - [5]\n", "x.yaml:7: auto_match_pct"),
    "twice": ("grid:\n  auto_match_pct:\n    - 5\n    - 5.0\n", "x.yaml:8: auto_match_pct: 5.0 st"),
    "unknown path": ("grid:\n  write_off.days: [5]\n", "x.yaml:6: 'write_off.days' is not"),
    "refused value": ("grid:\n  write_off.after_days:\n    - 5\n    - -5\n", "x.yaml:8: write_off"),
    "how": ("combine: some\n" + GRID, "x.yaml:5: combine"),
    "too many": (MANY, "x.yaml:5: grid: 10,648 scenarios"),
    "in a phase too": (
        GRID + "phases:\n  - from_day: 0\n    levers: {auto_match_pct: 90}\n",
        "x.yaml:6: auto_match_pct: a phase sets"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_in_a_grid(write, name):
    """With the line, also of one value in a list."""
    text, said = MISTAKES[name]
    with pytest.raises(ScenarioError) as caught:
        load_scenarios(write(HEAD + text))
    assert said in str(caught.value)


def test_the_limit_of_a_grid_is_said(write):
    """And that one at a time would be allowed."""
    with pytest.raises(ScenarioError, match="at most 10,000") as caught:
        load_scenarios(write(HEAD + MANY))
    assert "combine: each" in str(caught.value)


def test_several_scenarios_at_once():
    """All settings, phases in order, costs added, volume responses multiplied."""
    one = scenario(
        "one",
        levers={"auto_match_pct": 85},
        cost={"one_off": 100, "per_year": 5},
        volume_response_pct=10,
        phases=[{"name": "late", "from_day": 60, "levers": {"postal_days": 9}}],
    )
    two = scenario(
        "two",
        levers={"dunning_run": "daily"},
        overrides={"write_off.after_days": 90},
        cost={"one_off": 11},
        volume_response_pct=-10,
        phases=[{"from_day": 30, "levers": {"recall_days": 5}}],
    )
    both = combine_scenarios([one, two])
    assert both.name == "one + two"
    assert both.file.levers == {"auto_match_pct": 85, "dunning_run": "daily"}
    assert both.file.overrides == {"write_off.after_days": 90}
    assert [p.name for p in both.file.phases] == [None, "one: late"]
    assert (both.file.cost.one_off, both.file.cost.per_year) == (111, 5)
    assert both.file.volume_response_pct == pytest.approx(-1)
    assert both.model.demand.orders_per_week.value == pytest.approx(250 * 0.99)
    assert [step.day for step in both.steps] == [30, 60]
    assert combine_scenarios([one]) == one


def test_the_order_of_combining_does_not_matter():
    """The same company either way, but for the name in the provenance."""
    parts = [load_scenario(name) for name in ("daily_billing", "direct_debit", "cross_training")]
    models = [
        {path: p.value for path, p in parameters(combine_scenarios(order).model)}
        for order in (parts, parts[::-1])
    ]
    assert models[0] == models[1]


CONFLICTS = {
    "two values": ({"levers": {"auto_match_pct": 80}}, {"levers": {"auto_match_pct": 90}}),
    "two overrides": (
        {"overrides": {"write_off.after_days": 80}}, {"overrides": {"write_off.after_days": 90}}),
    "a lever and its path": (
        {"levers": {"auto_match_pct": 80}},
        {"overrides": {"cash_application.auto_match_share": 0.9}}),
    "all the time and in a phase": (
        {"levers": {"auto_match_pct": 80}},
        {"phases": [{"from_day": 0, "levers": {"auto_match_pct": 90}}]}),
    "in two phases at once": (
        {"phases": [{"from_day": 5, "levers": {"auto_match_pct": 80}}]},
        {"phases": [{"from_day": 0, "levers": {"auto_match_pct": 90}}]}),
    "two lives": (
        {"levers": {"auto_match_pct": 80}, "cost": {"life_years": 3}},
        {"levers": {"recall_days": 5}, "cost": {"life_years": 4}}),
    "a lever that undoes another": (
        {"levers": {"exception_rate_pct": 5}}, {"levers": {"price_exceptions_pct": 10}}),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFLICTS)
def test_what_two_scenarios_set_differently_is_refused(name):
    """In either order; the message names both, or both files."""
    one, two = (
        scenario(n, **keys) for n, keys in zip(("one", "two"), CONFLICTS[name], strict=True)
    )
    for order in ([one, two], [two, one]):
        with pytest.raises(ScenarioError) as caught:
            combine_scenarios(order)
        assert "one" in str(caught.value)
        assert "two" in str(caught.value)


def test_what_two_scenarios_set_alike_is_no_conflict():
    """Both want 85."""
    one = scenario("one", levers={"auto_match_pct": 85})
    two = scenario("two", levers={"auto_match_pct": 85, "recall_days": 5})
    assert combine_scenarios([one, two]).file.levers == two.file.levers


def test_scenarios_of_two_companies_are_not_combined():
    """They have nothing in common."""
    with pytest.raises(ScenarioError, match="changes the company"):
        combine_scenarios(
            [load_scenario("case_a"), load_scenario("case_a", extends="manufacturer")]
        )
    with pytest.raises(ScenarioError, match="nothing to combine"):
        combine_scenarios([])
