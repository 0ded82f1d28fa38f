"""``o2c init``: a company file that can be edited, and is right before it is."""

import re
import shlex

import pytest
from command_line import o2c, refused, refused_as_json
from ruamel.yaml import YAML

from o2c_sim import load_company
from o2c_sim.model import fingerprint, parameters, reference_names
from o2c_sim.model.explanation import explanations
from o2c_sim.model.template import REPLACE_FIRST


@pytest.mark.parametrize("name", reference_names())
def test_the_file_is_the_template(name, here):
    """It is valid, and its content is the reference company's to the last value."""
    outcome = o2c("init", "--template", name, "own.yaml")
    assert outcome.code == 0, outcome
    assert o2c("validate", "own.yaml").code == 0
    assert fingerprint(load_company("own.yaml")) == fingerprint(load_company(name))
    assert [path.name for path in here.iterdir()] == ["own.yaml"]


def test_every_key_is_explained_above_it(here):
    """Each parameter's meaning is a comment in the file; roles share theirs."""
    o2c("init", "own.yaml")
    text = (here / "own.yaml").read_text("utf-8")
    comments = " ".join(line.strip(" #") for line in text.splitlines() if "# " in line)
    stated = YAML(typ="safe", pure=True).load(text)
    for item in explanations(load_company("distributor")):
        if item.path.split(".")[0] in stated and item.given and item.kind == "parameter":
            assert item.meaning[1:] in comments, item.path
    assert comments.count("Loaded cost of one person") == 1
    assert max(map(len, (line for line in text.splitlines() if line.strip()[:1] == "#"))) <= 100


def test_the_header_says_what_to_replace_first(here):
    """What it names exists, and the commands in it run."""
    o2c("init", "my company.yaml")
    text = (here / "my company.yaml").read_text("utf-8")
    model = load_company("my company.yaml")
    known = {path for path, _ in parameters(model)} | set(type(model).model_fields)
    named = [path for paths in REPLACE_FIRST.values() for path in paths if " " not in path]
    assert set(named) <= known
    header = text.partition("schema_version")[0]
    assert all(path in header for path in named)
    commands = re.findall(r"^#   (o2c .+?)(?:   *| > )[\w ]", header, re.MULTILINE)
    verbs = [shlex.split(command)[1] for command in commands]
    assert verbs == ["explain", "validate", "simulate", "schema"]
    for command in (commands[0], commands[1], commands[3]):
        assert o2c(*shlex.split(command)[1:]).code == 0, command


def test_what_comes_next_is_said(here):
    """The message names the file, counts the guesses and shows the next commands."""
    outcome = o2c("init", "own.yaml")
    assert outcome.out.startswith("own.yaml: the template distributor with ")
    assert "  o2c validate own.yaml\n" in outcome.out
    assert outcome.err == ""
    assert o2c("init", "own.yaml", "--force", "--quiet").out == ""
    document = o2c("init", "own.yaml", "--force", "--json").document
    counted = document["result"].pop("parameters")
    assert document["result"] == {"file": "own.yaml", "template": "distributor"}
    assert sum(counted.values()) == sum(1 for _ in parameters(load_company("own.yaml")))


def test_nothing_is_overwritten_unasked(here):
    """An existing file stays as it is, unless --force is given."""
    (here / "company.yaml").write_text("mine")
    refused(o2c("init"), 2, "company.yaml: already exists", "--force")
    assert (here / "company.yaml").read_text() == "mine"
    assert o2c("init", "--force").code == 0
    assert load_company("company.yaml").name == "Reference distributor"
    assert [path.name for path in here.iterdir()] == ["company.yaml"]


def test_the_templates_are_listed(here):
    """Each with its description, and nothing is written."""
    text = o2c("init", "--list").out
    rows = o2c("init", "--list", "--json").document["result"]["templates"]
    assert tuple(row["name"] for row in rows) == reference_names()
    assert all(f"{row['name']}: {row['description'][:30]}" in text for row in rows)
    assert list(here.iterdir()) == []


def test_an_unknown_template_is_refused(here):
    """The message lists the templates and has the nearest; nothing is written."""
    refused(o2c("init", "-t", "distributr"), 2, "'distributr'", "did you mean 'distributor'?")
    (problem,) = refused_as_json(o2c("init", "-t", "qqq", "--json"), 2, "usage")
    assert problem["allowed"] == ", ".join(reference_names())
    assert list(here.iterdir()) == []


def test_names_that_no_file_can_have(here):
    """A template's name would hide the file; a folder is no file; a file is no folder."""
    refused(o2c("init", "distributor"), 2, "o2c init --template distributor")
    (here / "folder").mkdir()
    refused(o2c("init", "folder"), 2, "is a folder")
    refused(o2c("init", "folder", "--force"), 2, "is a folder")
    (here / "file").write_text("")
    refused(o2c("init", "file/own.yaml"), 2, "is not a folder")


def test_a_name_cannot_break_out_of_the_header(here):
    """A line break in a file's name stays inside its comment."""
    assert o2c("init", "a\nname: x.yaml").code == 0
    assert load_company("a\nname: x.yaml").name == "Reference distributor"


def test_folders_on_the_way_are_made(here):
    """The file may be named in a folder that does not exist yet."""
    assert o2c("init", "models/2026/own.yaml").code == 0
    assert load_company(here / "models/2026/own.yaml").currency == "USD"
