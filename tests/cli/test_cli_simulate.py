"""``o2c simulate``: what it writes, what it prints, what it refuses."""

import json

import polars as pl
import pytest
from command_line import SHORT, o2c, refused, refused_as_json

FORMATS = {"log.jsonocel", "log.sqlite", "log.xmlocel", "log.xes", "log.csv"}
TABLES = {"costs.parquet", "postings.parquet", "receivables.parquet", "utilisation.parquet"}
FLAT = {"log.csv", "log.xes"}


def test_a_run_folder_holds_everything(run_folder):
    """Five tables, four Parquet files, the manifest and one file for each format."""
    assert {p.name for p in run_folder.iterdir()} == {"log", "manifest.json", *TABLES, *FORMATS}
    manifest = json.loads((run_folder / "manifest.json").read_text())
    assert manifest["seed"] == 1
    assert (manifest["warm_up_days"], manifest["measured_days"]) == (10, 20)


def test_the_document_agrees_with_the_table():
    """``--json`` holds the numbers of the text; its keys are stable."""
    document = o2c("simulate", *SHORT, "--json").document
    assert document["format"] == "o2c/1"
    assert document["command"] == "simulate"
    result = document["result"]
    assert set(result) == {"manifest", "warnings", "kpis", "utilisation", "output"}
    text = o2c("simulate", *SHORT).out
    assert f"{result['manifest']['orders']:,} orders" in text
    assert f"{result['manifest']['events']:,} events" in text
    for row in result["utilisation"]:
        assert row["role"] in text


def test_the_same_seed_gives_the_same_log(tmp_path):
    """Two runs with one seed write the same bytes; another seed does not."""
    logs = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        o2c("simulate", *SHORT, "--seed", seed, "-o", tmp_path / name, "--format", "csv")
        logs.append((tmp_path / name / "log.csv").read_bytes())
    assert logs[0] == logs[1] != logs[2]


def test_settings_reach_the_company():
    """``--set`` changes the model: half the orders a week are about half the orders."""
    whole = o2c("simulate", *SHORT, "--json").document["result"]["manifest"]
    half = o2c("simulate", *SHORT, "--json", "--set", "demand.orders_per_week=126").document
    assert half["result"]["manifest"]["orders"] < 0.75 * whole["orders"]
    assert half["result"]["manifest"]["model_sha256"] != whole["model_sha256"]


def test_quiet_prints_nothing(here):
    """``--quiet`` leaves both streams empty and does the work."""
    outcome = o2c("simulate", *SHORT, "-q", "-o", "run")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert (here / "run" / "manifest.json").is_file()


@pytest.mark.slow
def test_exported_times_need_the_zone(run_folder):
    """The text says which zone to read exported files with; then the numbers agree again."""
    read = {
        name: o2c("mine", run_folder / name, "--zone", "America/New_York", "--json").document
        for name in ("log.jsonocel", "log.sqlite", "log.xmlocel")
    }
    kpis = [document["result"]["kpis"] for document in read.values()]
    assert kpis[0] == pytest.approx(kpis[1])
    assert kpis[0] == pytest.approx(kpis[2])
    outcome = o2c("simulate", *SHORT, "-o", "run", "--format", "xes")
    assert "--zone America/New_York" in outcome.out


def test_every_format_holds_the_same_process(run_folder):
    """Events, cases, activities and variants agree between the run and all its exports.

    A flat file tells an event that is about several orders, such as a collective invoice, once for
    each of them; so the two flat formats agree with each other, and have more events.
    """
    events, others = {}, set()
    for source in (run_folder, *(run_folder / name for name in sorted(FORMATS))):
        result = o2c("mine", source, "--json").document["result"]
        quality = result["quality"]
        others.add((quality["cases"], quality["activities"], result["variants"]))
        events.setdefault(source.name in FLAT, set()).add(quality["events"])
    assert len(others) == 1
    (whole,), (flat,) = events[False], events[True]
    assert flat > whole


def test_mine_measures_a_run_as_simulate_does(run_folder):
    """The KPIs of ``mine run`` are those of ``simulate``: the measured period counts."""
    simulated = o2c("simulate", *SHORT, "--json").document["result"]["kpis"]
    mined = o2c("mine", run_folder, "--json").document["result"]
    known = {key: value for key, value in simulated.items() if value is not None}
    assert mined["kpis"] == pytest.approx(known)
    assert mined["kpi_period"] is not None
    assert "USD" in o2c("mine", run_folder).out


def test_saturation_is_said():
    """A pool that cannot keep up is a warning in text and in the document."""
    flags = (*SHORT, "--set", "staff.warehouse.headcount=1")
    warnings = o2c("simulate", *flags, "--json").document["result"]["warnings"]
    assert any(text.startswith("Warehouse cannot keep up") for text in warnings)
    assert "warning: Warehouse cannot keep up" in o2c("simulate", *flags).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["distributr"], "did you mean 'distributor'?"),
        (["--format", "xess", "-o", "x"], "did you mean 'xes'?"),
        (["--format", "xes"], "--format needs --output"),
        (["--case-type", "orderline"], "order_line"),
        (["--set", "credit.denial_shar=1"], "did you mean 'credit.denial_share'?"),
        (["--set", "credit.denial_share=7"], "less than or equal to 1"),
        (["--set", "credit.denial_share=.nan"], "finite"),
        (["--set", "nothing"], "PATH=VALUE"),
        (["--set", "a={b: [1"], "not valid YAML"),
        (["--set", "a=!!python/object:os.system x"], "not valid YAML"),
        (["--days", "0"], "greater than or equal to 1"),
        (["--days", "1e99"], "'--days'"),
        (["--seed", "-1"], "'--seed'"),
        (["--set", "demand.orders_per_week=1e12"], "demand.orders_per_week"),
        (["--sed", "1"], "--seed"),
    ],
)
def test_refusals(arguments, said, here):
    """Wrong requests end with 2, one message that helps, and nothing written."""
    refused(o2c("simulate", *SHORT, *arguments), 2, said)
    assert list(here.iterdir()) == []


def test_a_refusal_as_a_document():
    """With ``--json`` the refusal is a document on stdout, whoever found the fault."""
    (problem,) = refused_as_json(o2c("simulate", "--set", "x", "--json"), 2, "usage")
    assert problem["allowed"] == "PATH=VALUE"
    (problem,) = refused_as_json(o2c("simulate", "--dys", "3", "--json"), 2, "usage")
    assert "--days" in problem["message"]
    (problem,) = refused_as_json(o2c("simulate", "nowhere.yaml", "--json"), 2, "model")
    assert problem["where"] == "nowhere.yaml"


def test_tables_fit_the_terminal(run_folder):
    """No line of the text is wider than 100 characters."""
    lines = o2c("simulate", *SHORT, "-o", "run").out.splitlines()
    assert max(map(len, lines)) <= 100
    assert pl.read_parquet(run_folder / "utilisation.parquet").height > 0
