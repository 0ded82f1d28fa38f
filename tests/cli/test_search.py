"""``o2c sensitivity``, ``o2c breakeven``, ``o2c optimise``: results, files, what is refused."""

import csv
import json

import pytest
import typer
from command_line import Outcome
from typer.testing import CliRunner

from reports.cli import breakeven, optimise, sensitivity
from reports.cli.group import Verbs

SMALL = (
    "--set", "customers.count=60", "--set", "demand.orders_per_week=60", "--warm-up", 10,
    "--days", 20, "--cool-down", 15, "--workers", 1, "--no-store",
)  # fmt: skip

app = typer.Typer(cls=Verbs, pretty_exceptions_enable=False)
for function in (sensitivity.sensitivity, breakeven.breakeven, optimise.optimise):
    app.command()(function)


def o2c(*args):
    """Run a command line in this process."""
    result = CliRunner().invoke(app, [str(arg) for arg in args], prog_name="o2c")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


def refused(outcome, *said):
    """Assert that a command line ended with one clear message."""
    assert (outcome.code, outcome.out) == (2, ""), outcome
    assert outcome.err.startswith("error: ")
    assert "Traceback" not in outcome.err
    for text in said:
        assert text in outcome.err


def read(path):
    """Return the rows of a table."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


TORNADO = (
    "sensitivity", "distributor", "--factor", "auto_match_pct=45:95", "--factor",
    "dunning_run=weekly|daily", "--kpi", "automatic_match_share", "-r", 2, *SMALL,
)  # fmt: skip


@pytest.mark.slow
def test_a_tornado_with_its_files(here):
    """The lever that sets the automatic match moves it; the file and --json hold the same rows."""
    outcome = o2c(*TORNADO, "-o", "out")
    assert outcome.code == 0, outcome
    first, *_ = outcome.out.splitlines()
    assert first == "5 points x 2 replications: 10 runs at most of 45 days each"
    assert outcome.err == ""
    assert max(map(len, outcome.out.splitlines())) <= 100
    assert {p.name for p in (here / "out").iterdir()} == {"search.json", "sensitivity.csv"}
    written = json.loads((here / "out" / "search.json").read_text())["result"]
    rows = read(here / "out" / "sensitivity.csv")
    assert [row["factor"] for row in rows][:2] == ["auto_match_pct"] * 2
    assert float(rows[0]["change"]) < 0 < float(rows[1]["change"])
    document = o2c(*TORNADO, "--json").document
    assert (document["format"], document["command"]) == ("o2c/1", "sensitivity")
    assert document["result"]["effects"] == written["effects"]
    # The company as it is has the weekly run: ten runs at most, eight different ones.
    assert document["result"]["runs"] == 8


@pytest.mark.slow
def test_a_screening_says_its_noise():
    """Morris on the levers of a scenario: the points announced are those of the method."""
    outcome = o2c(
        "sensitivity", "case_a", "--method", "morris", "--trajectories", 2, "-r", 2,
        "--kpi", "touchless_share", *SMALL,
    )  # fmt: skip
    assert outcome.code == 0, outcome
    assert "10 points x 2 replications: 20 runs at most" in outcome.out
    assert "noise of the replications" in outcome.out
    assert "clarification" in outcome.out


BREAK_EVEN = ("breakeven", "--target", "+0.05", "--kpi", "automatic_match_share", *SMALL)


@pytest.mark.slow
def test_a_break_even_along_a_lever(here):
    """More automatic matches take a lever above today's 74 %; the answer has its interval."""
    outcome = o2c(
        *BREAK_EVEN, "distributor", "--lever", "auto_match_pct=74:100", "-r", 3, "--budget", 40,
        "--precision", 0.3, "--json", "-o", "out",
    )  # fmt: skip
    assert outcome.code == 0, outcome
    result = outcome.document["result"]
    (search,) = result["searches"]
    assert search["status"] == "reached"
    assert 74 < search["low"] <= search["value"] <= search["high"] <= 100
    assert search["settings"] == {"auto_match_pct": search["value"]}
    assert result["runs"] <= 40
    rows = read(here / "out" / "breakeven.csv")
    assert [float(row["value"]) for row in rows] == sorted(float(row["value"]) for row in rows)


@pytest.mark.slow
def test_a_break_even_out_of_reach_says_the_most_and_the_bound():
    """Case B cannot take 30 % off the collection cycle: it says what it can, beyond 100 % too."""
    outcome = o2c(
        "breakeven", "case_b", "--kpi", "invoice_to_cash_mean_days", "--target", "-30 %",
        "-r", 3, "--budget", 60, *SMALL,
    )  # fmt: skip
    assert outcome.code == 0, outcome
    text = " ".join(outcome.out.split())
    assert "not reachable along scale of case_b, 0 to 100 %: at most -" in text
    assert "not reachable along scale of case_b, 100 to" in text
    assert "bound: " in text
    assert "within the payment terms today" in text


@pytest.mark.slow
def test_trade_offs(here):
    """The company as it is stands among the points, each with its changes; text and JSON agree.

    The second command finds all of its runs in the store.
    """
    args = (
        "optimise", "distributor", "--factor", "order_desk_headcount=1:2", "--factor",
        "exception_rate_pct=4:12", "--minimise", "cost_per_order", "--minimise",
        "order_processing_mean_hours", "--budget", 48, *SMALL[:-1], "--store", here / "runs",
    )  # fmt: skip
    outcome = o2c(*args, "--json")
    assert outcome.code == 0, outcome
    result = outcome.document["result"]
    assert result["runs"] <= 48
    assert {row["standing"] for row in result["points"]} <= {"front", "maybe", "dominated"}
    today = [row for row in result["points"] if row["cost_per_order_change"] == 0]
    assert today[0]["exception_rate_pct"] == 12
    shown = o2c(*args).out
    assert f"{today[0]['number']}: as it is" in shown
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.slow
@pytest.mark.parametrize("zone", [(), ("--indifference", 0.1)])
def test_the_best_of_some_points(zone):
    """More automatic matching is best for the automatic match; KN stops before the budget."""
    outcome = o2c(
        "optimise", "distributor", "--method", "best", "--maximise", "automatic_match_share",
        "--factor", "auto_match_pct=50|75|95", "-r", 5, "--budget", 40, *zone, *SMALL,
    )  # fmt: skip
    assert outcome.code == 0, outcome
    assert "auto_match_pct=95: the best with a probability of" in outcome.out
    assert ("(KN)" if zone else "(OCBA, estimated)") in outcome.out


WITHIN = (
    "optimise", "distributor", "--method", "best", "--minimise", "order_processing_mean_hours",
    "--factor", "exception_rate_pct=4|12", "-r", 5, "--budget", 60, *SMALL,
)  # fmt: skip


@pytest.mark.slow
def test_the_best_within_a_limit(here):
    """Fewer exceptions cost no more than today: quicker, and surely within; the report says so."""
    outcome = o2c(*WITHIN, "--at-most", "cost_per_order=today", "-o", "out")
    assert outcome.code == 0, outcome
    text = " ".join(outcome.out.split())
    assert "Best within Cost per order at most today's: exception_rate_pct=4." in text
    assert "95 % sure that it is within" in text
    assert max(map(len, outcome.out.splitlines())) <= 100
    result = json.loads((here / "out" / "search.json").read_text())["result"]
    assert result["best"] == {"exception_rate_pct": 4}
    assert result["runs"] <= 60
    rows = read(here / "out" / "optimise.csv")
    assert [row["exception_rate_pct"] for row in rows if row["best"] == "true"] == ["4.0"]
    nothing = " ".join(o2c(*WITHIN, "--at-most", "cost_per_order=0.1").out.split())
    assert "No setting is within Cost per order at most USD 0.10" in nothing


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--at-most", "cost_per_ordr=3"), "did you mean 'cost_per_order'"),
        (("--at-least", "cost_per_order"), "has no limit"),
        (("--at-most", "cost_per_order=3", "--indifference", 1), "--indifference does not go with"),
        (("--at-most", "cost_per_order=3", "--budget", 49), "50 runs or more"),
    ],
)
def test_limits_that_are_refused(args, said):
    """Unknown, without a value, with another procedure, with too few runs."""
    refused(o2c(*WITHIN, *args, "-q"), said)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("sensitivity", "distributor"), "no factor to vary"),
        (("sensitivity", "distributor", "--factor", "auto_match_pct"), "has no range"),
        (("sensitivity", "distributor", "--method", "sobel"), "did you mean 'sobol'"),
        (("sensitivity", "case_a", "--kpi", "late_shares"), "did you mean 'late_share'"),
        (("sensitivity", "nowhere.yaml", "--factor", "absence_pct=1:2"), "nowhere.yaml"),
        (
            ("sensitivity", "distributor", "--company", "manufacturer"),
            "--company goes with a scenario",
        ),
        (("breakeven", "distributor", "--kpi", "late_share", "--target", "-5 %"), "--lever"),
        (("breakeven", "case_a", "--kpi", "late_share", "--target", "5"), "'-40 %'"),
        (("optimise", "case_a", "--minimise", "late_share"), "--method best for one"),
        (
            ("optimise", "case_a", "--minimise", "late_share", "--maximise", "late_share"),
            "small and large at once",
        ),
    ],
)
def test_what_is_refused(args, said):
    """Before any run, with what would be right."""
    refused(o2c(*args, "--no-store"), said)


def test_a_budget_below_the_first_stage_is_refused():
    """Three levels of four factors are 81 points; the message says what they would take."""
    args = ("optimise", "case_a", "--method", "best", "--minimise", "late_share", "--no-store")
    outcome = o2c(*args, "--budget", 20)
    assert outcome.code == 2
    assert "810 runs or more" in outcome.err


def test_a_scenario_that_changes_over_time_is_refused(here):
    """A search has no days on which a phase could begin."""
    (here / "own.yaml").write_text(
        "schema_version: 1\nname: own\ntitle: Own\nextends: distributor\n"
        "phases:\n  - from_day: 10\n    levers: {auto_match_pct: 90}\n"
    )
    refused(
        o2c("breakeven", "own.yaml", "--kpi", "late_share", "--target", "-5 %", "--no-store"),
        "phases",
    )


def test_results_are_not_replaced_unasked(here):
    """A folder with results stays unless --force is given; a folder of others stays in any case."""
    (here / "out").mkdir()
    (here / "out" / "mine.txt").write_text("mine")
    refused(o2c(*TORNADO, "-o", "out"), "already exists")
    refused(o2c(*TORNADO, "-o", "out", "--force"), "did not write")
