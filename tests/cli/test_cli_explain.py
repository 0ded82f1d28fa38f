"""``o2c explain``: what a value means, for people and for machines."""

import json
from importlib import resources

import pytest
from command_line import o2c, o2c_run, refused, refused_as_json

from mining.kpis import DEFINITIONS
from o2c_sim import load_company
from reports.cli.kpis import matching_kpis
from scenarios.levers import LEVERS


def explained(*words):
    """Return the explanations that a command line gives, by path."""
    rows = o2c("explain", *words, "--json").document["result"]["explanations"]
    return {row["path"]: row for row in rows}


def labelled(text):
    """Return the text beside each label of an explanation."""
    found, label = {}, ""
    for line in text.splitlines():
        label = line[:14].strip() or label
        if line[:2] == "  " and line[14:]:
            found[label] = f"{found.get(label, '')} {line[14:].strip()}".strip()
    return found


def test_a_parameter_in_full():
    """Meaning, unit, range, value, evidence and the lever, each beside its label."""
    outcome = o2c("explain", "credit.auto_release_share")
    assert outcome.code == 0
    assert outcome.out.startswith("credit.auto_release_share\n  Of the holds that review would")
    said = labelled(outcome.out)
    assert said["unit"] == "share"
    assert said["allowed"] == "number from 0 to 1"
    assert said["value"] == "0 (0 %)"
    assert said["evidence"] == "assumed: every hold is looked at"
    assert said["levers"].startswith("credit_auto_release_pct: Credit holds released by rule, 0 to")
    assert said["try"] == "o2c simulate distributor --set credit.auto_release_share=VALUE"


def test_a_distribution_shows_what_it_amounts_to():
    """Family and parameters, then mean, median and 90th percentile in the unit."""
    said = labelled(o2c("explain", "capture.clarification_touch_minutes").out)
    assert said["value"] == "lognormal (median 6, sigma 0.5) mean 6.8, median 6, p90 11.4 minutes"
    row = explained("capture.clarification_touch_minutes")["capture.clarification_touch_minutes"]
    assert row["value"]["distribution"] == "lognormal"
    assert row["statistics"]["median"] == pytest.approx(6)


def test_the_document_of_a_parameter():
    """All that is shown is in the document too, under the same names every time."""
    outcome = o2c("explain", "collections.worklist", "--json")
    assert outcome.document["command"] == "explain"
    result = outcome.document["result"]
    assert result["company"] == "Reference distributor"
    (row,) = result["explanations"]
    assert set(row) == {
        "path", "kind", "meaning", "unit", "allowed", "value", "text", "statistics", "given",
        "default", "provenance", "source", "keys", "levers",
    }  # fmt: skip
    assert (row["value"], row["provenance"]) == ("oldest", "assumed")
    assert row["allowed"] == "one of oldest, largest, riskiest"
    assert row["levers"] == ["collections_worklist"]


def test_every_lever_is_named_where_it_acts(distributor):
    """A lever that changes a parameter stands in that parameter's explanation, and no other."""
    for path in ("dunning.levels", "customers.invoice_channel_shares", "staff.credit.headcount"):
        acting = [
            lever.name
            for lever in LEVERS.values()
            if path in lever.write(distributor, lever.read(distributor))
        ]
        assert acting
        assert explained(path)[path]["levers"] == acting
    assert explained("credit.denial_share")["credit.denial_share"]["levers"] == []


def test_without_a_key_the_sections_are_listed():
    """One line for each section of the model, and what to type next."""
    text = o2c("explain").out
    lines = text.splitlines()
    for section in ("demand", "credit", "write_off", "distributions"):
        assert sum(line.split()[:1] == [section] for line in lines) == 1
    assert "o2c explain SECTION" in lines[-1]


def test_a_section_lists_its_keys():
    """One line for each key with its value, in the order of the model."""
    lines = o2c("explain", "credit").out.splitlines()
    assert lines[0] == "credit"
    keys = [line.split()[0] for line in lines[3:-2]]
    assert keys == list(type(load_company("distributor").credit).model_fields)
    assert "30 days" in lines[3 + keys.index("overdue_tolerance_days")]
    assert set(explained("credit")) == {"credit", *(f"credit.{key}" for key in keys)}


def test_roles_are_told_apart_by_what_they_hold():
    """The same meaning six times would say nothing."""
    text = o2c("explain", "staff").out
    line = next(line for line in text.splitlines() if line.split()[:1] == ["credit"])
    assert "1 person, office" in line


def test_words_are_looked_for():
    """Several words need no quotes; all that mention them are listed."""
    text = o2c("explain", "credit", "limit").out
    assert "customers.credit_limit_days" in text
    assert "customers.credit_limit_days" in explained("limit", "credit")
    assert "matches; o2c explain PATH" in text


def test_an_unknown_key_is_refused():
    """The message has the nearest key, as text and as JSON."""
    refused(o2c("explain", "denial_shre"), 2, "'denial_shre'", "did you mean 'credit.denial_share'")
    (problem,) = refused_as_json(o2c("explain", "credit.qqq", "--json"), 2, "usage")
    assert "credit" in problem["suggestion"]


def test_a_company_of_ones_own(here):
    """Value, evidence and currency are those of the file."""
    text = (resources.files("o2c_sim.model.reference") / "distributor.yaml").read_text("utf-8")
    text = text.replace("currency: USD", "currency: EUR").replace("name: Reference", "name: Own")
    old = "auto_release_share: {value: 0, provenance: assumed, source: every hold is looked at}"
    new = "auto_release_share: {value: 0.3, provenance: data, source: holds of 2025}"
    assert old in text
    (here / "own.yaml").write_text(text.replace(old, new))
    said = labelled(o2c("explain", "auto_release_share", "--company", "own.yaml").out)
    assert said["value"] == "0.3 (30 %)"
    assert said["evidence"] == "data: holds of 2025"
    assert said["company"] == "Own distributor"
    assert said["try"].startswith("o2c simulate own.yaml --set")
    cost = labelled(o2c("explain", "staff.credit.cost_per_hour", "--company", "own.yaml").out)
    assert cost["unit"] == "EUR per hour"


def test_a_company_that_is_wrong_or_absent(here):
    """Every problem of the file, and the names that there are."""
    (here / "own.yaml").write_text("name: x\n")
    refused(o2c("explain", "credit", "--company", "own.yaml"), 2, "own.yaml", "is missing")
    refused(o2c("explain", "credit", "--company", "distributr"), 2, "did you mean 'distributor'?")


def test_what_a_file_says_cannot_move_the_cursor(here):
    """Control characters in a source are shown as question marks."""
    text = (resources.files("o2c_sim.model.reference") / "distributor.yaml").read_text("utf-8")
    text = text.replace("source: every hold is looked at", 'source: "\\e[2Jgone"')
    (here / "own.yaml").write_text(text)
    said = o2c("explain", "auto_release_share", "--company", "own.yaml").out
    assert "\x1b" not in said
    assert "?[2Jgone" in said


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize(
    "words", [(), ("credit",), ("disputes.share",), ("customers.payment_float_days",), ("days",)]
)
def test_lines_fit_the_terminal(monkeypatch, columns, words):
    """No line is longer than the terminal is wide, and none ends in blanks."""
    monkeypatch.setenv("COLUMNS", str(columns))
    for line in o2c("explain", *words).out.splitlines():
        assert len(line) <= columns
        assert line == line.rstrip()


def test_a_pipe_gets_plain_text():
    """Without a terminal there are no escape sequences, with NO_COLOR or without."""
    plain = o2c_run("explain", "disputes.share", "--json")
    assert json.loads(plain.out)["format"] == "o2c/1"
    for environment in ({}, {"NO_COLOR": "1"}):
        assert "\x1b" not in o2c_run("explain", "disputes.share", **environment).out


def test_a_kpi_in_full():
    """All that its definition says, what it needs, and how it misleads."""
    said = labelled(o2c("explain", "order_to_cash_median_days").out)
    definition = DEFINITIONS["order_to_cash_median_days"]
    for field in ("formula", "population", "clock", "weighting", "censoring", "source"):
        assert said[field] == getattr(definition, field)
    assert said["needs"] == "activity Clear Invoice"
    assert "go on like the others" in said["traps"]
    (row,) = o2c("explain", "order-to-cash median days", "--json").document["result"]["kpis"]
    assert row["key"] == "order_to_cash_median_days"
    assert row["needs"]["one_activity_of"] == ["Clear Invoice"]
    assert row["traps"]


def test_dso_and_its_traps():
    """Every form of DSO; that it falls when sales surge is said once."""
    text = o2c("explain", "dso").out
    for key in ("simple", "conventional", "countback", "best_possible"):
        assert f"{key}" in text
    assert text.count("DSO falls when sales surge") == 1
    keys = [row["key"] for row in o2c("explain", "DSO", "--json").document["result"]["kpis"]]
    assert keys == [key for key in DEFINITIONS if "_dso_" in f"_{key}"]


@pytest.mark.parametrize("key", list(DEFINITIONS))
def test_every_kpi_is_found_by_key_and_by_label(key):
    """The key gives the one KPI, the words of its label give it, perhaps with others."""
    assert [one.key for one in matching_kpis(key)] == [key]
    assert key in [one.key for one in matching_kpis(DEFINITIONS[key].label)]


def test_kpis_do_not_hide_parameters_nor_the_other_way_round():
    """A section stays a section; words may name both."""
    assert o2c("explain", "credit", "--json").document["result"]["kpis"] == []
    both = o2c("explain", "credit", "hold", "--json").document["result"]
    assert both["kpis"]
    assert both["explanations"]


def test_many_kpis_are_listed():
    """More than fit on a page: a line each."""
    text = o2c("explain", "share").out
    assert "o2c explain KEY tells more of a KPI." in text


def test_a_measure_that_no_log_carries():
    """Its formula, and what is missing."""
    text = o2c("explain", "cash", "conversion", "cycle").out
    assert "inventory and payables" in text
