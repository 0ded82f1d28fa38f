"""The verbs that read a log agree: flags, names, filters, findings."""

import inspect
import re

import pytest
from command_line import o2c, refused

from reports.cli import app

READERS = ("mine", "lint", "check", "rules", "convert", "diff", "causes")
FLAGS = {
    "case", "activity", "time", "start", "resource", "role", "automated", "amount",
    "time_format", "delimiter", "encoding", "case_type", "sheet", "invoice_columns",
    "mapping_file", "zone", "quiet", "json_output",
}  # fmt: skip
OWN_NAMES = {
    "Receive Order": "Eingang",
    "Create Sales Order": "Anlage",
    "Confirm Order": "Bestaetigung",
    "Create Delivery": "Lieferschein",
    "Post Goods Issue": "Ausgang",
    "Create Invoice": "Faktura",
}


def parameters(verb):
    """Return the parameters of a verb, by name."""
    function = next(c.callback for c in app.registered_commands if c.callback.__name__ == verb)
    return inspect.signature(function).parameters


@pytest.mark.parametrize("verb", [*READERS, "cases", "columns"])
def test_every_verb_that_reads_a_log_reads_it_with_the_same_flags(verb):
    """Same names, same types, so the same words in the help."""
    own, first = parameters(verb), parameters("mine")
    assert set(own) >= FLAGS
    assert all(own[name].annotation == first[name].annotation for name in FLAGS)


@pytest.mark.parametrize("verb", ["mine", "check", "rules", "diff", "causes", "cases", "report"])
def test_every_analysis_can_be_filtered(verb):
    """Linting and converting take the log whole."""
    assert parameters(verb)["filters"].annotation == parameters("mine")["filters"].annotation


def result(verb, log, *more):
    """Return the document of a verb over a log, which for a comparison is both logs."""
    logs = (log, log) if verb == "diff" else (log,)
    outcome = o2c(verb, *logs, "--json", *more)
    assert outcome.code in (0, 1), outcome
    return outcome.document["result"]


def figures(verb, found):
    """Return what of a document must not depend on the names in the file."""
    if verb == "mine":
        return found["kpis"]
    if verb == "check":
        return found["results"], [(p["what"], p["cases"]) for p in found["prices"]]
    if verb == "rules":
        return {r["name"]: (r["passed"], r["applicable_cases"]) for r in found["rules"]}
    if verb == "diff":
        return found["kpis"], found["activities"]
    return found["outcome"], found["cases"], found["level"], found["attributes"]


@pytest.mark.parametrize(
    "call",
    [
        ("mine",),
        ("check",),
        ("rules",),
        ("diff", "--names", "reference"),
        ("causes", "--of", "Create Delivery > Post Goods Issue"),
        ("causes", "--of", "deviation"),
    ],
    ids=" ".join,
)
def test_names_of_ones_own_work_everywhere(call, log_csv, tmp_path):
    """A log in private names with a mapping file says what the same log in reference names says."""
    text = log_csv.read_text()
    mapping = "activities:\n"
    for reference, own in OWN_NAMES.items():
        text = text.replace(reference, own)
        mapping += f"  {own}: {reference}\n"
    (tmp_path / "private.csv").write_text(text)
    (tmp_path / "names.yaml").write_text(mapping)
    verb, *more = call
    plain = result(verb, log_csv, *more)
    named = result(verb, tmp_path / "private.csv", *more, "--mapping", tmp_path / "names.yaml")
    assert figures(verb, named) == figures(verb, plain)


def with_open_cases(log_csv):
    """Cut five of the twenty orders off after their delivery."""
    lines = log_csv.read_text().splitlines()
    cut = [
        line
        for line in lines
        if line.split(",")[0] not in tuple("12345")
        or not line.split(",")[1].startswith(("Post", "Create Inv"))
    ]
    log_csv.write_text("\n".join(cut) + "\n")


@pytest.mark.parametrize("verb", ["mine", "check", "rules", "causes", "diff"])
def test_a_filter_leaves_the_same_cases_everywhere(verb, log_csv):
    """Fifteen orders have an invoice; text and document say what was left out."""
    with_open_cases(log_csv)
    asked = ("--filter", "activity=Create Invoice")
    logs = (log_csv, log_csv) if verb == "diff" else (log_csv,)
    assert "15 of 20 cases are left" in " ".join(o2c(verb, *logs, *asked).out.split())
    found = result(verb, log_csv, *asked)
    cases = {
        "mine": lambda: found["quality"]["cases"],
        "check": lambda: found["results"]["all cases"]["cases"],
        "rules": lambda: next(r["cases"] for r in found["rules"] if r["checked"]),
        "causes": lambda: found["cases"],
        "diff": lambda: found["second"]["cases"],
    }[verb]()
    assert cases == 15


@pytest.mark.parametrize("verb", ["check", "rules", "causes", "diff"])
def test_findings_travel(verb, log_csv):
    """A stamp that knows only the day is said before any figure, and stands in the document."""
    log_csv.write_text(log_csv.read_text().replace("T13:", "T00:").replace("T00:", "T00:00:00#"))
    rows = [line.partition("#")[0] for line in log_csv.read_text().splitlines()]
    log_csv.write_text("\n".join(rows) + "\n")
    logs = (log_csv, log_csv) if verb == "diff" else (log_csv,)
    assert "'Post Goods Issue' are stamped 00:00:00" in o2c(verb, *logs).out
    found = result(verb, log_csv)
    key = "findings" if verb in ("check", "rules") else "data_findings"
    kept = found[key]["first"] if verb == "diff" else found[key]
    linted = {f["kind"] for f in result("lint", log_csv)["findings"]}
    assert {f["kind"] for f in kept} == linted
    assert "day_grain" in linted


def test_findings_reach_the_page_of_a_difference(log_csv, here):
    """What is seriously wrong with a log stands beside what is said of it."""
    log_csv.write_text(
        "\n".join(
            line if "Goods" not in line else line.partition("T")[0] + "T00:00:00"
            for line in log_csv.read_text().splitlines()
        )
    )
    assert o2c("diff", log_csv, log_csv, "--output", "difference").code == 0
    page = (here / "difference" / "difference.html").read_text()
    assert "only the day is known" in page


def test_what_an_open_case_lacks_is_no_deviation(log_csv):
    """Five orders are under way: counted in the fitness of all cases, not priced as deviations."""
    with_open_cases(log_csv)
    found = result("check", log_csv)
    assert found["results"]["all cases"]["fitting_share"] == 0.75
    assert found["results"]["completed cases"]["fitting_share"] == 1.0
    assert [p for p in found["prices"] if p["kind"] != "rule"] == []
    assert "of the completed cases:\nno deviations" in o2c("check", log_csv).out


@pytest.mark.parametrize("verb", ["lint", "check", "rules", "causes", "diff"])
def test_a_list_without_dates_is_sent_to_the_verb_that_reads_it(verb, tmp_path):
    """Days late and amounts alone hold no event to analyse."""
    path = tmp_path / "late.csv"
    path.write_text("invoice_id,cust_number,invoice_amount,days_late\n1,A,10.5,3\n2,B,11,-1\n")
    logs = (path, path) if verb == "diff" else (path,)
    refused(o2c(verb, *logs), 3, "holds no event", "o2c mine")


def test_replay_beside_alignments(log_csv):
    """Twenty orders in one order of steps fit their own model either way."""
    for method in ("alignments", "replay"):
        found = result("check", log_csv, "--model", "discovered", "--method", method)
        assert found["results"]["all cases"]["average_fitness"] == 1.0
        assert any(method.rstrip("s") in note for note in found["notes"])


def test_the_normative_model_is_not_replayed(log_csv):
    """A replay would see deviations that are none."""
    refused(o2c("check", log_csv, "--method", "replay"), 2, "alignments", "--model discovered")


def test_a_case_is_called_what_it_is(run_folder):
    """Not an order where it is an invoice."""
    out = o2c("check", run_folder, "--case-type", "invoice", "--no-precision").out
    assert "A case is an invoice;" in out


@pytest.mark.slow
def test_the_page_of_a_check_measures_what_the_page_of_a_log_measures(run_folder, here):
    """A simulated run is measured over its measured period by both."""
    assert o2c("mine", run_folder, "--output", "one").code == 0
    assert o2c("check", run_folder, "--no-precision", "--output", "two").code == 0
    pages = [(here / name / "report.html").read_text() for name in ("one", "two")]
    rows = [page.partition('id="s-kpis"')[2].partition("</section>")[0] for page in pages]
    assert len(rows[0]) > 1_000
    assert rows[0] == rows[1]


@pytest.mark.slow
def test_serious_findings_stand_open_on_the_page(log_csv, here):
    """Others are folded, and each says how grave it is."""
    text = log_csv.read_text().splitlines()
    text = [line.partition("T")[0] + "T00:00:00" if "Goods" in line else line for line in text]
    log_csv.write_text("\n".join(text) + "\n")
    assert o2c("mine", log_csv, "--output", "found").code == 0
    page = (here / "found" / "report.html").read_text()
    quality = page.partition('id="s-quality"')[2].partition("</section>")[0]
    shown, _, folded = quality.partition("<details><summary>Warnings")
    assert 'id="t-findings-serious"' in shown
    assert "<details>" not in shown
    assert "only the day is known" in shown
    assert 'id="t-findings-others"' in folded
    assert ">warning<" in re.sub(r"\s", "", folded)
    assert ">serious<" not in re.sub(r"\s", "", folded)
