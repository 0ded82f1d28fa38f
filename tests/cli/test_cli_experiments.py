"""``o2c sweep``, ``o2c decompose`` and the options that say where runs are made and how many."""

import csv
import json

import polars as pl
import pytest
from command_line import o2c, refused

from o2c_sim import ScenarioError, UsageError
from reports.cli.decompose import parse_groups
from reports.cli.running import TlsFiles, open_executor, open_store, parse_goals
from scenarios.differences import MAIN
from scenarios.executors import Processes, Serial
from scenarios.stopping import Precision

SMALL = (
    "--set", "customers.count=60", "--set", "demand.orders_per_week=60", "--warm-up", "10",
    "--days", "20", "--cool-down", "15", "--workers", "1",
)  # fmt: skip
GRID = """\
schema_version: 1
name: grid
title: Matching and reminders
extends: distributor
grid:
  auto_match_pct: [50, 95]
  dunning_run: [weekly, daily]
"""
KEY = "automatic_match_share"


@pytest.mark.slow
def test_a_grid_in_one_table(here):
    """Four scenarios and both together refused; files and --json hold the same rows."""
    (here / "grid.yaml").write_text(GRID)
    asked = ("sweep", "grid.yaml", *SMALL, "-r", "3", "--kpi", KEY, "--output", "out")
    outcome = o2c(*asked)
    assert outcome.code == 0, outcome
    with (here / "out" / "sweep.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    assert {(row["auto_match_pct"], row["dunning_run"]) for row in rows} == {
        (share, run) for share in ("50", "95") for run in ("weekly", "daily")
    }
    low, high = float(rows[0][KEY]), float(rows[-1][KEY])
    assert low < high
    assert pl.read_parquet(here / "out" / "sweep.parquet")["scenario"].n_unique() == 4
    document = json.loads(o2c(*asked[:-2], "--json").out)["result"]
    assert [row["scenario"] for row in document["scenarios"]] == [row["scenario"] for row in rows]
    assert document["replications"] == 3
    assert max(map(len, outcome.out.splitlines())) <= 100


def test_everything_together_is_one_more_scenario():
    """--combine adds the sum of the scenarios, and refuses those that contradict each other."""
    asked = (*SMALL, "-r", "2", "--json")
    outcome = o2c("sweep", "direct_debit", "dispute_workflow", "--combine", *asked)
    names = [row["scenario"] for row in outcome.document["result"]["scenarios"]]
    assert len(names) == 3
    outcome = o2c("sweep", "shorter_terms", "longer_terms", "--combine", *asked[:-1])
    assert outcome.code == 2
    assert "payment_terms_days" in outcome.err


@pytest.mark.slow
def test_a_comparison_runs_on_until_it_is_precise_enough():
    """The text says why it stopped; the number of replications is beyond the first ones."""
    outcome = o2c(
        "compare", "dispute_workflow", *SMALL, "-r", "3", "--precision", f"{KEY}=0.00001",
        "--max-replications", "10", "--json",
    )  # fmt: skip
    comparison = outcome.document["result"]["comparison"]
    assert comparison["replications"] == 10
    assert "10" in comparison["decision"]


def test_a_scenario_taken_apart(here):
    """The effects sum to the change; table, text and JSON agree."""
    outcome = o2c(
        "decompose", "case_a", *SMALL, "-r", "2", "--kpi", "order_processing_mean_hours",
        "--group", "capture=electronic_orders_pct,email_auto_capture_pct", "--output", "out",
    )  # fmt: skip
    assert outcome.code == 0, outcome
    assert max(map(len, outcome.out.splitlines())) <= 100
    with (here / "out" / "decompose.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["part"] for row in rows} == {
        "capture", "exception_rate_pct", "credit_auto_release_pct",
    }  # fmt: skip
    total = sum(float(row["effect"]) for row in rows)
    assert total == pytest.approx(float(rows[0]["change"]))
    document = json.loads((here / "out" / "search.json").read_text())["result"]
    assert document["decompositions"][0]["change"]["mean"] == pytest.approx(total)
    assert -100 < document["terms_bound"]["cycle_pct"]["mean"] < 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sweep", "case_a", "--kpi", "nothing"], "unknown KPI 'nothing'"),
        (["sweep", "case_a", "--sort", "nothing"], "unknown KPI 'nothing'"),
        (["sweep", "case_a", "--precision", "1"], "KPI=WIDTH"),
        (["compare", "case_a", "--precision", "late_shar=1%"], "did you mean 'late_share'?"),
        (["compare", "case_a", "--precision", "0%"], "above 0"),
        (["compare", "case_a", "--precision", "1%", "--max-replications", "5"], "10 or more"),
        (["compare", "case_a", "case_a_poor"], "different companies: distributor, distrib"),
        (["sweep", "case_b_poor", "case_a"], "different companies"),
        (["compare", "case_a", "--executor", "cloud"], "local or dask"),
        (["compare", "case_a", "--scheduler", "tcp://127.0.0.1:1"], "--executor dask"),
        (["compare", "case_a", "--store", "s", "--no-store"], "exclude each other"),
        (["decompose", "case_a", "--group", "capture"], "NAME=SETTING"),
        (["decompose", "case_a", "--group", "x=nothing"], "groups name nothing"),
        (["decompose", "distributor"], "a scenario"),
        (["decompose", "flu_season"], "phases"),
        (["decompose", "daily_billing", "--group", "all=weekly_invoicing_pct,"
          "monthly_invoicing_pct,collective_invoice_pct"], "two or more"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said(arguments, said):
    """One clear message, before anything is run."""
    refused(o2c(*arguments), 2, said)


def test_precision_by_kpi_and_for_all():
    """An absolute width, a share of the baseline, and one for the main KPIs."""
    goals = parse_goals(["1%", "late_share=0.02", "dso_simple_days = 2 %"])
    assert set(goals) == {*MAIN, "late_share", "dso_simple_days"}
    assert goals[MAIN[0]] == Precision(0.01, relative=True)
    assert goals["late_share"] == Precision(0.02)
    assert goals["dso_simple_days"] == Precision(0.02, relative=True)
    with pytest.raises(UsageError) as caught:
        parse_goals(["5", "x=1", "late_share=-1"])
    assert len(caught.value.problems) == 3


def test_where_runs_are_made(tmp_path):
    """In this process, in several, or on a cluster; TLS files go together."""
    assert isinstance(open_executor("local", None, 1), Serial)
    assert isinstance(open_executor("local", None, 2), Processes)
    with pytest.raises(UsageError, match="go together"):
        open_executor("dask", "tls://127.0.0.1:1", None, TlsFiles(tmp_path))
    with pytest.raises(UsageError, match="workers of its own"):
        open_executor("dask", "tcp://127.0.0.1:1", 2)
    with pytest.raises(ScenarioError, match="tls:// scheduler needs"):
        open_executor("dask", "tls://127.0.0.1:1", None)


def test_where_runs_are_kept(tmp_path, monkeypatch):
    """A folder of one's own, that of the environment, or none."""
    assert open_store(None, no_store=True) is None
    assert open_store(tmp_path, no_store=False).folder == tmp_path
    monkeypatch.setenv("O2C_STORE", str(tmp_path / "elsewhere"))
    assert open_store(None, no_store=False).folder == tmp_path / "elsewhere"


def test_groups():
    """Names to settings; all that is wrong at once."""
    assert parse_groups(["a=x, y", "b=z"]) == {"a": ("x", "y"), "b": ("z",)}
    with pytest.raises(UsageError) as caught:
        parse_groups(["a", "=x", "b=x", "b=y"])
    assert len(caught.value.problems) == 3


def test_a_file_is_never_replaced_by_a_folder(here):
    """--force is for folders of results."""
    (here / "mine.yaml").write_text("mine")
    asked = ("compare", "case_b", *SMALL, "-r", "2", "-o", "mine.yaml", "--force")
    refused(o2c(*asked), 2, "is a file")
    assert (here / "mine.yaml").read_text() == "mine"
    (here / "kept").write_text("mine")
    refused(o2c("compare", "case_b", *SMALL, "-r", "2", "--store", "kept"), 2, "--store kept")


def test_beyond_a_scenario_needs_a_budget_and_says_so():
    """At 100 % the target is out of reach; what lies beyond was not looked at."""
    outcome = o2c(
        "breakeven", "case_a", *SMALL, "-r", "3", "--kpi", "order_processing_mean_hours",
        "--target=-99 %", "--budget", "22",
    )  # fmt: skip
    assert "not reachable" in outcome.out, outcome
    assert "beyond 100 % nothing was searched" in " ".join(outcome.out.split())
