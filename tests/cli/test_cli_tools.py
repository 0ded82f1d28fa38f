"""``o2c schema``, ``validate`` and ``doctor``."""

import json

import pytest
from command_line import o2c, refused, refused_as_json

from mining.kpis import DEFINITIONS
from reports.cli import doctor
from scenarios.levers import LEVERS


@pytest.mark.parametrize("kind", ["company", "scenario"])
def test_a_schema_is_json_schema(kind):
    """The bare output is the schema itself, to be saved; --json wraps it as all documents are."""
    bare = json.loads(o2c("schema", kind).out)
    assert bare["type"] == "object"
    assert bare["additionalProperties"] is False
    document = o2c("schema", kind, "--json").document
    assert (document["format"], document["result"]) == ("o2c/1", {kind: bare})


def test_every_lever_and_kpi_is_listed():
    """The lists name each lever and each KPI with its meaning."""
    levers = o2c("schema", "levers", "--json").document["result"]["levers"]
    assert [row["name"] for row in levers] == list(LEVERS)
    kpis = o2c("schema", "kpis", "--json").document["result"]["kpis"]
    assert [row["name"] for row in kpis] == list(DEFINITIONS)
    text = o2c("schema", "kpis").out
    assert "dso_simple_days: DSO (simple)" in text
    assert "\n  formula: receivables at the end of the period" in text


def test_an_unknown_kind_is_refused():
    """The message lists what there is."""
    refused(o2c("schema", "lever"), 2, "'levers'")


def test_shipped_files_are_valid():
    """The reference company and both cases pass."""
    files = o2c("validate", "distributor", "case_a", "case_b", "--json").document
    found = files["result"]["files"]
    assert [item["kind"] for item in found] == ["company", "scenario", "scenario"]
    assert o2c("validate", "distributor", "-q").out == ""


def test_all_faults_of_all_files_at_once(here):
    """Two broken files: every problem is there, each with file and line."""
    text = (
        "schema_version: 1\nname: x\ntitel: X\nextends: distributor\nlevers: {e_invoice_pct: 5}\n"
    )
    (here / "scenario.yaml").write_text(text)
    (here / "company.yaml").write_text("name: [\n")
    problems = refused_as_json(
        o2c("validate", "scenario.yaml", "company.yaml", "nowhere", "--json"), 2, "model"
    )
    places = [problem["where"] for problem in problems]
    assert "scenario.yaml:3" in places
    assert any(place.startswith("company.yaml:") for place in places)
    assert "nowhere" in places
    said = {problem["where"]: problem["suggestion"] for problem in problems}
    assert said["scenario.yaml:3"] == "did you mean 'title'?"


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe\x00", b"- a\n- b\n", b"\x00" * 99])
def test_what_is_no_model_is_refused(content, here):
    """Empty files, prose, bytes and lists end with 2 and the file's name."""
    (here / "x.yaml").write_bytes(content)
    refused(o2c("validate", "x.yaml"), 2, "x.yaml")


def test_the_doctor_finds_nothing_wrong():
    """In this environment every check passes; each has a status and a detail."""
    outcome = o2c("doctor", "--json")
    checks = outcome.document["result"]["checks"]
    assert all(set(check) == {"check", "status", "detail", "fix"} for check in checks)
    assert {check["status"] for check in checks} <= {"OK", "WARN"}
    assert outcome.code == 0
    assert {"python", "pm4py import", "map layout", "sample run"} <= {c["check"] for c in checks}


def test_the_doctor_names_the_fix(monkeypatch):
    """A package that the toolkit needs and does not find: FAIL, exit 1, the line to type."""
    monkeypatch.setattr(doctor, "_PACKAGES", {"no-such-package": "", "no-such-extra": "mining"})
    outcome = o2c("doctor")
    assert outcome.code == 1
    assert "FAIL  no-such-package" in outcome.out
    assert "->  pip install 'o2c-toolkit[mining]'" in outcome.out
    assert "FAIL  no-such-package" in o2c("doctor", "-q").out


@pytest.mark.parametrize(
    ("build", "plainly"),
    [
        ({"CONFIG_ARGS": "'--enable-shared'", "PGO_PROF_USE_FLAG": "-fprofile-use"}, True),
        ({"CONFIG_ARGS": "'--enable-optimizations'", "PGO_PROF_USE_FLAG": "-fprofile-use"}, False),
        ({"CONFIG_ARGS": "'--prefix=/usr'", "PGO_PROF_USE_FLAG": ""}, False),
        ({"CONFIG_ARGS": None}, False),
    ],
)
def test_the_doctor_says_if_the_interpreter_was_built_without_optimisation(
    monkeypatch, build, plainly
):
    """Built from source as it comes, as one should, by Debian, on Windows."""
    monkeypatch.setattr(doctor.sysconfig, "get_config_vars", lambda: build)
    name, status, detail, fix = doctor._python()
    assert (name, status) == ("python", "OK")
    assert ("without profile-guided optimisation" in detail, bool(fix)) == (plainly, plainly)


def said_of_the_simulator():
    """Return what the doctor says of it."""
    checks = o2c("doctor", "--json").document["result"]["checks"]
    return next(check for check in checks if check["check"] == "simulator")


def test_the_doctor_says_how_the_simulator_runs(monkeypatch, tmp_path):
    """Switched off, not compiled, damaged, compiled."""
    monkeypatch.setattr(doctor, "_PACKAGES", {})
    for slow in ("_import_pm4py", "_layout", "_sample_run"):
        monkeypatch.setattr(doctor, slow, lambda: "")
    assert "O2C_NOT_COMPILED" in said_of_the_simulator()["detail"]
    monkeypatch.delenv("O2C_NOT_COMPILED")
    monkeypatch.setattr("o2c_sim.compiled.folder", lambda: tmp_path / "copy")
    assert said_of_the_simulator()["fix"] == "make compile"
    with monkeypatch.context() as installed:
        installed.setattr("o2c_sim.compiled.SOURCES", tmp_path / "o2c_sim")
        assert said_of_the_simulator()["fix"] == "python -m o2c_sim.compilation"
    (tmp_path / "copy").mkdir()
    assert said_of_the_simulator()["status"] == "WARN"
    monkeypatch.setattr("o2c_sim.compiled.in_use", lambda: True)
    assert said_of_the_simulator()["detail"] == "runs compiled"
