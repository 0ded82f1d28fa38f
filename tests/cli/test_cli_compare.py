"""``o2c compare`` and ``o2c report``: results, thresholds, what a new company needs."""

import json

import pytest
from command_line import FEW, o2c, refused, refused_as_json
from example_comparison import example_comparison

from reports.cli.compare import parse_condition, result_lines, violations
from scenarios.result_file import FORMAT, read_comparison, to_document, write_comparison

SCENARIO = """\
schema_version: 1
name: own
title: Our own idea
extends: distributor
levers:
  e_invoice_pct: 90
"""


def test_the_folder_and_the_document(comparison_folder):
    """The folder holds result, report and reporting form; --json holds the same comparison."""
    assert {p.name for p in comparison_folder.iterdir()} == {
        "comparison.json",
        "report.html",
        "stress-des.json",
        "stress-des.md",
    }
    outcome = o2c("compare", "case_b", *FEW, "--json", "--fail-if", "late_share<9")
    document = outcome.document
    assert outcome.code == 1
    assert document["result"]["failed"][0].startswith("failed: case_b changes late_share")
    assert (document["format"], document["command"]) == ("o2c/1", "compare")
    assert set(document["result"]) == {"comparison", "failed", "output"}
    shown = document["result"]["comparison"]
    written = json.loads((comparison_folder / "comparison.json").read_text())
    assert shown["format"] == written["format"] == FORMAT
    assert shown["differences"] == written["differences"]
    assert shown["outcomes"] == written["outcomes"]


def test_an_own_scenario_on_an_own_company(here):
    """A scenario file beside a company file: both are found, the result speaks of both."""
    from importlib import resources

    text = (resources.files("o2c_sim.model.reference") / "distributor.yaml").read_text("utf-8")
    (here / "ours.yaml").write_text(text.replace("Reference distributor", "Ours Ltd"))
    (here / "own.yaml").write_text(SCENARIO)
    outcome = o2c("compare", "own.yaml", "--company", "ours.yaml", *FEW)
    assert outcome.code == 0, outcome
    assert outcome.out.startswith("Ours Ltd: ")
    assert "Our own idea (own)" in outcome.out


def test_settings_hold_in_baseline_and_scenario(comparison_folder):
    """``--set`` describes the company, so the baseline changes as well."""
    file = comparison_folder / "comparison.json"
    changed = o2c(
        "compare", "case_b", *FEW, "--json", "--set", "demand.orders_per_week=100"
    ).document["result"]["comparison"]
    assert changed["orders"] < 0.6 * read_comparison(file).orders


def test_a_threshold_decides_the_exit_code():
    """--fail-if: 0 where no condition holds; 1, a line and an entry of the document where one does.

    Case B raises the automatic match from about 47 to about 85 % of the invoices.
    """
    flags = ("--fail-if", "automatic_match_share<-0.5", "--fail-if", "automatic_match_share>0.1")
    assert o2c("compare", "case_b", *FEW, *flags[:2], "-q").code == 0
    held = o2c("compare", "case_b", *FEW, *flags, "-q")
    assert held.code == 1
    (line,) = held.out.splitlines()
    assert line.startswith("failed: case_b changes automatic_match_share by +0.")


def test_a_condition_looks_at_the_mean_difference():
    """DSO of the invented scenario ``billing`` falls by 11 % of 46.2 days: 5.08."""
    comparison = example_comparison()
    assert violations(comparison, ("dso_simple_days", "<", -5)) == [
        "failed: billing changes dso_simple_days by -5.082 (<-5)"
    ]
    assert violations(comparison, ("dso_simple_days", "<", -6)) == []


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("dso_simple_days>1", ("dso_simple_days", ">", 1.0)),
        (" late_share < -0.01 ", ("late_share", "<", -0.01)),
        ("receivables_mean>+2500000", ("receivables_mean", ">", 2_500_000.0)),
    ],
)
def test_conditions(text, condition):
    """Spaces and signs are allowed around the parts of a condition."""
    assert parse_condition(text) == condition


def test_tables_fit_the_terminal(comparison_folder):
    """No line of a comparison's text is wider than 100 characters."""
    comparisons = (
        example_comparison(), read_comparison(comparison_folder / "comparison.json")
    )  # fmt: skip
    for comparison in comparisons:
        text = "\n".join(result_lines(comparison))
        assert max(map(len, text.splitlines())) <= 100


def test_the_text_holds_the_numbers_of_the_comparison():
    """Baseline, scenario, change and verdict of a row are those of the comparison, with units."""
    text = "\n".join(result_lines(example_comparison(), all_kpis=True))
    assert "Rheinwerk Components: 2,003 orders measured over 180 days, 10 replications" in text
    (row,) = [line for line in text.splitlines() if line.startswith("DSO (simple)")][1:2]
    assert " ".join(row.split()) == "DSO (simple) 46.2 d 41.1 d -5.1 d -5.3 to -4.9 better"


def test_terms_longer_than_the_time_to_cash_are_explained(comparison_folder):
    """Early payers make terms exceed the time to cash; no share above 100 % is printed."""
    text = "\n".join(result_lines(read_comparison(comparison_folder / "comparison.json")))
    assert "from invoice to cash" in text
    assert "are 1" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["case_c"], "did you mean"),
        (["nowhere.yaml"], "nowhere.yaml"),
        (["case_a", "case_a"], "two scenarios are called 'case_a'"),
        (["case_a", "--company", "nobody"], "distributor"),
        (["case_a", "--fail-if", "late_share=1"], "KPI>DELTA"),
        (["case_a", "--fail-if", "late_shar>1"], "did you mean 'late_share'?"),
        (["case_a", "--fail-if", "late_share>nan"], "KPI>DELTA"),
        (["case_a", "--confidence", "1"], "--confidence"),
        (["case_a", "-r", "1"], "--replications"),
        (["case_a", "--workers", "0"], "--workers"),
        (["case_a", "--set", "x.y=1"], "'x.y' is not a parameter"),
        ([], "scenarios"),
    ],
)
def test_refusals(arguments, said, here):
    """Wrong requests end with 2 before anything is simulated; nothing is written."""
    refused(o2c("compare", *arguments, "--output", "result"), 2, said)
    assert list(here.iterdir()) == []


def test_faults_of_all_scenarios_are_reported_at_once(here):
    """An unknown lever with its line and a value out of range, each from its own file."""
    (here / "one.yaml").write_text(SCENARIO.replace("e_invoice_pct", "e_invoce_pct"))
    (here / "two.yaml").write_text(SCENARIO.replace("90", "900"))
    problems = refused_as_json(o2c("compare", "one.yaml", "two.yaml", "--json"), 2, "scenario")
    assert "one.yaml" in problems[0]["where"]
    assert problems[0]["suggestion"] == "did you mean 'e_invoice_pct'?"
    assert "two.yaml" in problems[1]["where"]


def test_an_unknown_key_has_its_line(here):
    """``levres:`` stands on line 5 of the scenario, and ``levers`` was meant."""
    (here / "own.yaml").write_text(SCENARIO.replace("levers:", "levres:"))
    refused(o2c("compare", "own.yaml"), 2, "own.yaml:5", "did you mean 'levers'?")


def test_a_report_of_a_comparison(comparison_folder, here):
    """From the folder or the file: the same page, one file, self-contained."""
    for number, source in enumerate((comparison_folder, comparison_folder / "comparison.json")):
        outcome = o2c("report", source, "-o", f"{number}.html")
        assert (outcome.code, outcome.out) == (0, f"report: {number}.html\n")
    assert (here / "0.html").read_bytes() == (here / "1.html").read_bytes()
    assert (here / "0.html").read_text("utf-8") == (comparison_folder / "report.html").read_text(
        "utf-8"
    )


@pytest.mark.slow
def test_a_report_of_a_run_and_of_a_log(run_folder, log_csv, here):
    """A run and a log give a log report; the columns can be named as for mine."""
    document = o2c("report", run_folder, "-o", "run.html", "--json").document
    assert document["result"] == {
        "kind": "log", "output": "run.html", "formats": ["html"], "files": ["run.html"],
    }  # fmt: skip
    assert "USD" in (here / "run.html").read_text("utf-8")
    log_csv.write_text(log_csv.read_text().replace("case,activity,time", "a,b,c"))
    flags = ("--case", "a", "--activity", "b", "--time", "c")
    assert o2c("report", log_csv, *flags).code == 0
    assert (here / "report.html").is_file()


def test_a_comparison_of_another_version_is_named(here):
    """A result of a later format is refused as such, whatever the file is called."""
    document = {**to_document(example_comparison(scenarios=1)), "format": "o2c-comparison/9"}
    (here / "old.json").write_text(json.dumps(document))
    refused(o2c("report", "old.json", "-o", "x.html"), 2, "o2c-comparison/1")
    write_comparison(example_comparison(scenarios=1), here / "new.json")
    assert o2c("report", "new.json", "-o", "x.html").code == 0
