"""``o2c mine``: the numbers of a log, in text, as a document and as files."""

import json

import polars as pl
import pytest
from command_line import o2c, refused
from real_logs import DISTRIBUTOR, MANUFACTURING, folder, pm4py_frame

KEYS = {
    "happy_path", "bottlenecks", "value_source", "handovers", "batches", "drift", "object_graph",
    "segments", "segment_kpis", "monthly_kpis",
    "source", "case_type", "zone", "notes", "quality", "throughput_hours", "kpis",
    "kpis_unsupported", "kpi_period",
    "variants", "top_variants", "directly_follows", "activities", "start_activities",
    "end_activities", "output",
}  # fmt: skip
BENCHMARK = ("AcademicCredentials", "LoanApp", "PurchasingExample")


def real(name):
    """Return the path of a public log, or skip."""
    path = folder() / name
    if not path.is_file():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    return path


def test_the_document_agrees_with_the_text(log_csv):
    """120 events of 20 cases in one variant: both outputs say so, under stable keys."""
    document = o2c("mine", log_csv, "--json").document
    assert (document["format"], document["command"]) == ("o2c/1", "mine")
    result = document["result"]
    assert set(result) == KEYS
    assert (result["quality"]["events"], result["quality"]["cases"]) == (120, 20)
    assert result["variants"] == 1
    text = o2c("mine", log_csv).out
    assert "120 events, 20 cases (case), 6 activities, 1 variant, " in text


def test_the_columns_understood_are_shown(log_csv):
    """The text repeats every guess as the flag that would change it."""
    assert "--case 'case'  --activity 'activity'  --time 'time'" in o2c("mine", log_csv).out


def test_a_findings_folder(log_csv, here):
    """With --output: report, models, tables and the analysis."""
    outcome = o2c("mine", log_csv, "--output", "findings")
    assert outcome.code == 0, outcome
    found = {path.name for path in (here / "findings").iterdir()}
    assert found == {
        "report.html", "model.pnml", "model.bpmn", "variants.csv", "directly_follows.csv",
        "activities.csv", "analysis.json", "bottlenecks.csv", "handovers_people.csv",
        "handovers_roles.csv", "batches.csv", "drift_months.csv", "drift_changes.csv",
        "heuristics.pnml", "model.dfg",
    }  # fmt: skip
    analysis = json.loads((here / "findings" / "analysis.json").read_text())
    shown = o2c("mine", log_csv, "--json").document["result"]
    assert analysis == {key: value for key, value in shown.items() if key != "output"}
    assert pl.read_csv(here / "findings" / "variants.csv")["count"].to_list() == [20]


def test_the_written_model_can_be_checked(log_csv):
    """A model that ``mine`` wrote is one that ``check --model`` reads; the log fits it."""
    o2c("mine", log_csv, "--output", "findings")
    for name in ("findings/model.pnml", "findings/model.bpmn"):
        result = o2c("check", log_csv, "--model", name, "--json").document["result"]
        assert result["results"]["all cases"]["average_fitness"] == 1.0


def test_a_log_of_one_event_is_shown():
    """The smallest log is described without a stumble, in the singular."""
    with open("one.csv", "w") as file:
        file.write("case,activity,time\n1,A,2024-01-01\n")
    outcome = o2c("mine", "one.csv")
    assert outcome.code == 0, outcome
    assert "1 event, 1 case (case), 1 activity, 1 variant, " in outcome.out
    assert o2c("mine", "one.csv", "--output", "x").code == 0


def test_names_cannot_move_the_cursor():
    """Control characters of a log do not reach the terminal."""
    with open("evil.csv", "w") as file:
        file.write("case,activity,time\n1,\x1b[2JA\x07,2024-01-01\n1,B,2024-01-02\n")
    out = o2c("mine", "evil.csv").out
    assert "\x1b" not in out
    assert "?[2JA? > B" in out


def test_negative_amounts_are_explained():
    """A column called amount that holds something else is left alone, and the note says why."""
    with open("neg.csv", "w") as file:
        file.write("case,activity,time,amount\n1,A,2024-01-01,-5\n1,B,2024-01-02,3\n")
    out = " ".join(o2c("mine", "neg.csv").out.split())
    assert "'amount' is not used as amount: not all its values are numbers of zero or more" in out
    refused(o2c("mine", "neg.csv", "--amount", "amount"), 3, "row 2: '-5'")


def test_invoice_kpis_need_invoices(log_csv):
    """A flat log has no invoices, so no DSO; the text says what it would take."""
    assert "need invoices" in o2c("mine", log_csv).out


def test_what_is_missing_for_a_kpi_is_named(log_csv):
    """By the object type, attribute or activity in the text; all of it in the document."""
    text = o2c("mine", log_csv).out
    assert "object type 'invoice': Collection cycle" in text
    assert "what no log has: Cash conversion cycle" in text
    result = o2c("mine", log_csv, "--json").document["result"]
    assert "object type 'invoice'" in result["kpis_unsupported"]["true_dso_days"]
    assert not result["kpis"].keys() & result["kpis_unsupported"].keys()


@pytest.mark.parametrize(
    "name",
    [
        MANUFACTURING, DISTRIBUTOR, "receipt.xes.gz", "ocel20_example.jsonocel",
        "ocel20_example.xmlocel", "ocel20_example.sqlite",
        *(f"simulation_benchmark/{name}.csv.gz" for name in BENCHMARK),
    ],
)  # fmt: skip
def test_real_logs_stay_readable(name):
    """Public logs are mined; nothing printed about them is wider than 100 characters."""
    outcome = o2c("mine", real(name))
    assert outcome.code == 0, outcome
    assert outcome.err == ""
    path_line = str(real(name))
    assert max(len(line) for line in outcome.out.splitlines() if line != path_line) <= 100


@pytest.mark.parametrize("name", [MANUFACTURING, DISTRIBUTOR])
def test_counts_are_those_of_pm4py(name):
    """Events, cases, activities, variants and the ends of a real log are what pm4py counts.

    pm4py is given the rows in the order case, time, row, as it expects them; one name of the
    manufacturer's log ends in a blank, which the reader removes.
    """
    result = o2c("mine", real(name), "--json").document["result"]
    pm4py, frame = pm4py_frame(name)
    frame["concept:name"] = frame["concept:name"].str.strip()
    quality = result["quality"]
    assert quality["events"] == len(frame)
    assert quality["cases"] == frame["case:concept:name"].nunique()
    assert quality["activities"] == frame["concept:name"].nunique()
    variants = pm4py.get_variants(frame)
    assert result["variants"] == len(variants)
    counted = {tuple(row["activities"]): row["count"] for row in result["top_variants"]}
    assert all(variants[activities] == count for activities, count in counted.items())
    starts = {row["activity"]: row["count"] for row in result["start_activities"]}
    assert starts == pm4py.get_start_activities(frame)
    ends = {row["activity"]: row["count"] for row in result["end_activities"]}
    assert ends == pm4py.get_end_activities(frame)
    graph, _, _ = pm4py.discover_dfg(frame)
    edges = {(row["source"], row["target"]): row["count"] for row in result["directly_follows"]}
    assert edges == dict(graph)


def test_the_permit_log_counts_as_pm4py_does():
    """The XES log has the events, cases and variants that pm4py's own reader gives it."""
    path = real("receipt.xes.gz")
    result = o2c("mine", path, "--json").document["result"]
    from mining.discovery import quiet_pm4py

    with quiet_pm4py() as pm4py:
        frame = pm4py.read_xes(str(path), variant="iterparse")
        frame = pm4py.format_dataframe(
            frame.assign(row=range(len(frame))).sort_values(
                ["case:concept:name", "time:timestamp", "row"]
            ),
            case_id="case:concept:name", activity_key="concept:name",
            timestamp_key="time:timestamp",
        )  # fmt: skip
        variants = pm4py.get_variants(frame)
    assert result["quality"]["events"] == len(frame) == 8577
    assert result["quality"]["cases"] == 1434
    assert result["variants"] == len(variants)
