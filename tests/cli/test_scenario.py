"""``o2c scenario``: list, show, new and validate, as text and as JSON."""

import pytest
from command_line import Outcome, refused, refused_as_json
from ruamel.yaml import YAML
from typer.testing import CliRunner

from reports.cli.scenario import scenario
from scenarios.inheritance import read_scenario
from scenarios.levers import LEVERS
from scenarios.library_entry import GRADES
from scenarios.scenario import load_scenario, scenario_names
from scenarios.scenario_file import Cost, Phase, ScenarioFile

MINE = """\
schema_version: 1
name: mine
title: My change
description: A week at a time.
evidence: a guess
extends: case_b
levers:
  auto_match_pct: 95
phases:
  - name: strike
    from_day: -30
    until_day: 10
    levers: {postal_days: 12}
cost: {one_off: 50000, per_year: 1200}
"""
GRID = "grid:\n  recall_days: [5, 10]\n  call_after_days: [20, 30]\n"


def o2c(*args: object) -> Outcome:
    """Run ``o2c scenario`` in this process."""
    result = CliRunner().invoke(scenario, [str(arg) for arg in args], prog_name="o2c scenario")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def mine(here):
    """Write a scenario into the working folder."""
    (here / "mine.yaml").write_text(MINE)
    return "mine.yaml"


def test_list_names_what_ships():
    """Every scenario with its title and the company."""
    outcome = o2c("list")
    assert outcome.code == 0
    for name in scenario_names():
        (line,) = (row for row in outcome.out.splitlines() if name in row.split())
        assert read_scenario(name).file.title.split()[0] in line
        assert "distributor" in line
    listed = {row["name"]: row for row in o2c("list", "--json").document["result"]["scenarios"]}
    assert listed["case_a"]["id"] == "A0"
    assert all(row["grade"] in GRADES for row in listed.values())


def test_list_shows_a_folder_as_well(here, mine):
    """Its scenarios, what they extend, and which of them are not valid; companies are left out."""
    (here / "bad.yaml").write_text("schema_version: 1\ntitle: x\nlevers: {}\n")
    (here / "company.yaml").write_text("schema_version: 1\nname: x\nextends: distributor\n")
    (here / "notes.txt").write_text("levers:\n")
    outcome = o2c("list", here)
    assert outcome.code == 0
    assert "case_b > distributor" in outcome.out
    assert "bad.yaml: not valid" in outcome.out
    assert "company.yaml" not in outcome.out
    found = {
        row["file"]: row for row in o2c("list", here, "--json").document["result"]["scenarios"]
    }
    assert found[str(here / mine)]["extends"] == ["case_b", "distributor"]
    assert found[str(here / mine)]["phases"] == 1
    assert not found[str(here / "bad.yaml")]["valid"]
    refused(o2c("list", here / mine), 2, "is not a folder")
    refused(o2c("list", here / "nothing"), 2, "is not a folder")


def test_show_tells_what_when_and_at_what_cost(mine):
    """Levers before and after with source, phases, cost, and the paths of the model."""
    out = " ".join(o2c("show", mine).out.split())
    for text in (
        "My change (mine)",
        "Reference distributor (distributor)",
        "evidence: a guess",
        "auto_match_pct 74 95",
        "from day -30 until day 10",
        "cost: 50,000 USD on day 0, 1,200 USD a year for 5 years, discounted at 8 % a year",
        "cash_application.auto_match_share 0.74 0.95",
        "billing.delivery_days.paper",
        "strike: over on day 10, then as before",
    ):
        assert text in out


def test_show_tells_what_the_library_knows():
    """The published effect with its source and grade, and what falls short."""
    out = " ".join(o2c("show", "case_b").out.split())
    for text in ("library: B0", "published effect: collection cycle -30 %", "not modelled:"):
        assert text in out
    assert o2c("show", "case_b", "--json").document["result"]["library"]["id"] == "B0"


def test_show_as_json(mine):
    """Numbers as numbers, every path, every day."""
    (found,) = o2c("show", mine, "--json").document["result"]["scenarios"]
    assert found["cost"] == Cost(one_off=50_000, per_year=1_200).model_dump()
    assert found["phases"][0]["until_day"] == 10
    assert [dated["day"] for dated in found["changes"]] == [None, -30, 10]
    paths = {change["path"]: change for change in found["changes"][0]["changes"]}
    assert paths["cash_application.auto_match_share"]["after"] == "0.95"
    settings = {setting["lever"]: setting for setting in found["settings"]}
    assert all(setting["source"] for setting in settings.values())


def test_show_of_every_scenario_that_ships():
    """Nothing fails; what is said fits the screen."""
    for name in ("case_a", "outage", "e_invoice_mandate", "slowdown"):
        outcome = o2c("show", name)
        assert outcome.code == 0
        assert max(map(len, outcome.out.splitlines())) <= 100


def test_show_on_another_company(mine):
    """Before and after are that company's."""
    (found,) = o2c("show", mine, "--company", "manufacturer", "--json").document["result"][
        "scenarios"
    ]
    assert found["company"] == load_scenario("case_a", extends="manufacturer").baseline.name
    refused(o2c("show", mine, "--company", "nobody"), 2, "nobody")


@pytest.mark.slow
def test_show_a_grid(here):
    """How many there are, and their names; with --json each in full."""
    (here / "grid.yaml").write_text(MINE + GRID)
    outcome = o2c("show", "grid.yaml")
    assert outcome.out.startswith("4 scenarios on Reference distributor")
    assert "mine [recall_days=5, call_after_days=20]" in outcome.out
    assert len(o2c("show", "grid.yaml", "--json").document["result"]["scenarios"]) == 4


def test_a_new_file_is_valid_and_complete(here):
    """It loads at once; every key and every lever stands in it, once, explained."""
    outcome = o2c("new", "first.yaml")
    assert outcome.code == 0
    assert "o2c scenario validate first.yaml" in outcome.out
    text = (here / "first.yaml").read_text()
    assert max(map(len, text.splitlines())) <= 100
    assert load_scenario("first.yaml").name == "first"
    lines = [line.strip().lstrip("# ") for line in text.splitlines()]
    for lever in LEVERS:
        assert sum(line.startswith(f"{lever}: ") for line in lines) >= 1, lever
    for model in (ScenarioFile, Phase, Cost):
        for key in model.model_fields:
            assert any(line.startswith(f"{key}:") for line in lines), key


@pytest.mark.parametrize("section", ["overrides", "phases", "cost", "grid", "volume_response_pct"])
def test_an_example_in_a_new_file_works_once_its_signs_are_taken_away(here, section):
    """What stands behind the signs of comment is right as it is."""
    o2c("new", "first.yaml")
    lines = (here / "first.yaml").read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"# {section}:"))
    end = next((n for n in range(start + 1, len(lines)) if not lines[n].startswith("#   ")), None)
    lines[start:end] = [line.removeprefix("# ") for line in lines[start:end]]
    (here / "second.yaml").write_text("\n".join(lines) + "\n")
    assert (
        getattr(read_scenario("second.yaml").file, section)
        != ScenarioFile.model_fields[section].get_default()
        or section == "volume_response_pct"
    )
    assert o2c("validate", "second.yaml").code == 0


def test_a_new_file_from_another_says_the_same(here, mine):
    """Under its own name: levers, phases, cost; what was inherited is written out."""
    assert o2c("new", "next.yaml", "--from", mine).code == 0
    one, other = load_scenario(mine), load_scenario("next.yaml")
    assert other.name == "next"
    assert (other.title, other.description) == (one.title, one.description)
    assert other.file.levers == one.file.levers
    assert other.file.phases == one.file.phases
    assert other.file.cost == one.file.cost
    assert other.file.evidence == "a guess"
    (here / "grid.yaml").write_text(MINE + "combine: each\n" + GRID)
    assert o2c("new", "next.yaml", "--from", "grid.yaml", "--force").code == 0
    copy = read_scenario("next.yaml").file
    assert (copy.combine, copy.grid) == ("each", read_scenario("grid.yaml").file.grid)
    for name in ("case_b", "slowdown", "outage", "case_a_poor"):
        assert o2c("new", "copy.yaml", "--from", name, "--force").code == 0
        copy, original = read_scenario("copy.yaml").file, read_scenario(name).file
        keys = ("levers", "overrides", "phases", "cost", "volume_response_pct", "extends")
        assert all(getattr(copy, key) == getattr(original, key) for key in keys), name


def test_a_new_file_on_a_company_of_ones_own(here):
    """The company is named as it is found from the new file."""
    (here / "sub").mkdir()
    (here / "own.yaml").write_text("schema_version: 1\nname: Own\nextends: distributor\n")
    assert o2c("new", "sub/first.yaml", "--company", "own.yaml").code == 0
    assert YAML(typ="safe").load(here / "sub" / "first.yaml")["extends"] == "../own.yaml"
    assert load_scenario("sub/first.yaml").baseline.name == "Own"


def test_a_new_file_replaces_nothing_without_force(here, mine):
    """Nor the file it begins from, nor a name that ships; a fault leaves nothing behind."""
    refused(o2c("new", mine), 2, "already exists")
    assert (here / mine).read_text() == MINE
    refused(o2c("new", mine, "--from", mine, "--force"), 2, "is read")
    refused(o2c("new", "case_a"), 2, "is the name of a scenario that ships")
    refused(o2c("new", "x.yaml", "--from", "nothing"), 2, "nothing")
    refused(o2c("new", "x.yaml", "--company", "nobody"), 2, "nobody")
    assert sorted(path.name for path in here.iterdir()) == ["mine.yaml"]
    assert o2c("new", mine, "--force").code == 0
    assert o2c("new", "sub/x.yaml", "--json").document["result"]["extends"] == "distributor"


@pytest.mark.parametrize("name", ["-9.yaml", "a'b\nc.yaml", "ü ö.yaml", "$(x).yaml"])
def test_a_new_file_of_any_name_is_valid(here, name):
    """The name in the file is one that the schema allows."""
    assert o2c("new", "--", name).code == 0
    assert load_scenario(name).file.levers == {"auto_match_pct": 85}


def test_validate_says_what_is_valid_and_every_problem_of_every_file(here, mine):
    """Exit code 2 and lines of all files, or a line for each valid one."""
    outcome = o2c("validate", mine, "case_a")
    assert outcome.code == 0
    assert "1 phase, a warm-up of at least 30 days needed" in outcome.out
    assert "case_a: valid" in outcome.out
    document = o2c("validate", mine, "--json").document
    assert document["command"] == "scenario validate"
    assert document["result"]["files"][0]["warm_up_days"] == 30
    (here / "bad.yaml").write_text(MINE.replace("95", "195"))
    (here / "worse.yaml").write_text(MINE.replace("until_day: 10", "until_day: -40"))
    refused(o2c("validate", "bad.yaml", mine, "worse.yaml"), 2, "bad.yaml:8", "worse.yaml:12")
    problems = refused_as_json(o2c("validate", "bad.yaml", "--json"), 2, "scenario")
    assert problems[0]["where"] == "bad.yaml:8"
    assert problems[0]["allowed"] == "0 to 100 %"


def test_quiet_says_nothing(mine):
    """Exit code 0 is the answer."""
    for words in (("list",), ("show", mine), ("validate", mine), ("new", "x.yaml")):
        outcome = o2c(*words, "--quiet")
        assert (outcome.code, outcome.out) == (0, "")
