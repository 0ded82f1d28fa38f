"""``o2c rules``: what is found, what cannot be told, thresholds, files of one's own."""

import json

import pytest
from command_line import o2c, refused, refused_as_json

OWN = """\
rules:
  quick_invoice:
    title: Billed later than two days after the goods issue
    why: Cash comes later.
    severity: warning
    case: order
    template: response
    activity: Post Goods Issue
    then: Create Invoice
    within: {within}
"""


@pytest.fixture
def own_rules(tmp_path):
    """Write a file of rules; the twenty orders are billed after 25 hours."""
    path = tmp_path / "own.yaml"
    path.write_text(OWN.format(within="24 hours"))
    return path


def test_the_document(log_csv):
    """Stable keys; a log without people or cash leaves most rules untold."""
    result = o2c("rules", log_csv, "--json").document["result"]
    assert set(result) == {"source", "findings", "notes", "rules", "passed", "output"}
    rules = {rule["name"]: rule for rule in result["rules"]}
    assert set(rules["invoice_before_goods_issue"]) == {
        "name", "title", "why", "severity", "template", "checked", "passed", "case_type", "cases",
        "applicable_cases", "broken_cases", "applied", "broken", "pending", "share", "limit",
        "examples", "notes",
    }  # fmt: skip
    assert rules["invoice_before_goods_issue"]["passed"] is True
    assert rules["enters_and_ships"]["passed"] is None
    assert rules["enters_and_ships"]["checked"] is False


def test_what_cannot_be_told_is_said(log_csv):
    """Neither kept nor broken, with what the log lacks."""
    out = " ".join(o2c("rules", log_csv).out.split())
    assert "0 rules broken, 2 kept, 20 that the log cannot tell about" in out
    assert "says who did it" in out


def test_own_rules_and_the_exit_code(log_csv, own_rules):
    """Broken for all twenty; the exit code follows the severity asked for."""
    outcome = o2c("rules", log_csv, "--rules", own_rules)
    assert outcome.code == 0
    assert "20 of 20 (case)" in outcome.out
    assert o2c("rules", log_csv, "--rules", own_rules, "--fail-on", "serious").code == 0
    failed = o2c("rules", log_csv, "--rules", own_rules, "--fail-on", "warning")
    assert failed.code == 1
    assert "a rule of severity warning or worse is broken" in failed.out
    both = o2c("rules", log_csv, "--rules", own_rules, "--with-shipped", "--json").document
    assert len(both["result"]["rules"]) == 23


def test_the_events_at_fault_are_written(log_csv, own_rules, here):
    """One row an event, and the document beside it; a second time only with --force."""
    args = ("rules", log_csv, "--rules", own_rules, "--output", "found")
    assert o2c(*args).code == 0
    rows = (here / "found" / "faults.csv").read_text().splitlines()
    assert len(rows) == 21
    assert rows[1].startswith("quick_invoice,warning,0,1,4,Post Goods Issue,")
    assert json.loads((here / "found" / "rules.json").read_text())["rules"][0]["broken"] == 20
    refused(o2c(*args), 2, "found")
    assert o2c(*args, "--force").code == 0


def test_the_list_needs_no_log(own_rules):
    """All rules that ship, or those of a file."""
    assert "goods_issue_after_credit_denial" in o2c("rules", "--list").out
    listed = o2c("rules", "--list", "--rules", own_rules, "--json").document["result"]["rules"]
    assert [rule["name"] for rule in listed] == ["quick_invoice"]
    refused(o2c("rules"), 2, "o2c rules --list")


def test_a_wrong_file_is_refused_with_its_line(log_csv, own_rules):
    """Before the log is read."""
    own_rules.write_text(OWN.format(within="soon"))
    refused(o2c("rules", log_csv, "--rules", own_rules), 2, "own.yaml:10", "5 working days")
    problems = refused_as_json(o2c("rules", log_csv, "--rules", own_rules, "--json"), 2, "usage")
    assert problems[0]["where"].endswith("own.yaml:10")


def test_check_prices_deviations_and_rules(log_csv, own_rules, here):
    """In text, in the document and in the report."""
    args = ("check", log_csv, "--no-precision", "--rules", own_rules, "--cost-of-capital", "0.1")
    assert "At a cost of capital of 10.0% a year" in o2c(*args).out
    result = o2c(*args, "--json", "--output", "out").document["result"]
    assert [(p["kind"], p["cases"], p["added_mean_days"]) for p in result["prices"]] == [
        ("rule", 20, None)
    ]
    assert (result["cost_of_capital"], result["rules"][0]["broken_cases"]) == (0.1, 20)
    assert {p.name for p in (here / "out").iterdir()} == {
        "report.html", "check.json", "deviations.csv", "faults.csv",
    }  # fmt: skip
    assert "Billed later than two days" in (here / "out" / "report.html").read_text()
