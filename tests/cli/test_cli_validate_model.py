"""``o2c validate-model``: a log judged by its own end, a company by a log or by invoices."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest
from command_line import o2c, refused, refused_as_json
from process_logs import office_process
from real_logs import MANUFACTURING, folder

from mining.discovered.discovery import discover
from mining.read import read_log
from mining.validation import protocol
from mining.validation.event_table import event_table
from mining.validation.temporal_split import temporal_split
from o2c_sim.discovered.files import save


@pytest.fixture
def process_csv(tmp_path):
    """Write a log of a small office."""
    path = tmp_path / "office.csv"
    office_process(7, 80).drop("event").write_csv(path)
    return path


@pytest.fixture
def replaying(monkeypatch):
    """Let the replayed past stand for discovery, which is not what is tested here."""
    monkeypatch.setattr(protocol, "discovered", protocol.replay)


@pytest.mark.usefixtures("replaying")
def test_a_log_alone_as_json(process_csv):
    """The documented keys; ten runs by default, mean and sd of each distance."""
    outcome = o2c("validate-model", process_csv, "--protocol", "temporal-80-20", "--json")
    assert outcome.code == 0, outcome
    assert outcome.document["command"] == "validate-model"
    found = outcome.document["result"]
    assert set(found) == {
        "log", "protocol", "runs", "train", "test", "cut_cases", "follow_up_hours", "model",
        "replay",
        "train_to_test", "floor", "published", "next_activity", "measures", "cpu_seconds",
        "curves", "clock", "verdict", "output",
    }  # fmt: skip
    assert (found["log"], found["protocol"], found["runs"]) == ("office.csv", "temporal-80-20", 10)
    measures = {"ngd", "aedd", "cedd", "redd", "ctdd"}
    for key in ("model", "replay", "train_to_test", "floor"):
        assert set(found[key]) == measures
    runs = found["model"]["redd"]["runs"]
    assert len(runs) == 10
    assert found["model"]["redd"]["mean"] == pytest.approx(sum(runs) / 10)
    assert found["model"]["redd"]["sd"] > 0
    assert found["published"] is None
    assert set(found["cpu_seconds"]) == {"discovery", "simulation"}
    assert found["train"]["cases"] + found["test"]["cases"] + found["cut_cases"] == len(
        set(pl.read_csv(process_csv)["case"])
    )


@pytest.mark.usefixtures("replaying")
def test_the_same_seed_gives_the_same_and_another_other_figures(process_csv):
    """Nothing but the CPU time differs."""

    def run(seed):
        found = o2c("validate-model", process_csv, "--runs", 2, "--seed", seed, "--json")
        return {**found.document["result"], "cpu_seconds": None}

    assert run(3) == run(3)
    assert run(3)["model"] != run(4)["model"]


@pytest.mark.usefixtures("replaying")
def test_a_log_alone_as_text_and_as_a_folder(process_csv, here):
    """Tables and verdict; the same in files, with the simulated log."""
    line = ("validate-model", process_csv, "--runs", 2, "--output", "found")
    outcome = o2c(*line)
    assert outcome.code == 0, outcome
    assert outcome.err == ""
    assert "distance from the test log" in outcome.out
    assert "At or below the replayed past in 5 of 5 distances." in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 100
    names = {path.name for path in (here / "found").iterdir()}
    assert names == {
        "validation.json", "validation.txt", "activities.csv", "lags.csv", "kpis.csv",
        "simulated.csv",
    }  # fmt: skip
    document = json.loads((here / "found" / "validation.json").read_text())
    assert document["runs"] == 2
    simulated = pl.read_csv(here / "found" / "simulated.csv")
    assert simulated["case"].n_unique() == document["test"]["cases"]
    refused(o2c(*line), 2, "exists")
    assert o2c(*line, "--force").code == 0


@pytest.mark.usefixtures("replaying")
def test_a_log_of_the_literature_stands_beside_its_published_figures(process_csv, here):
    """Known by the name of the file; the best and the median are shown."""
    path = here / "Production.csv"
    path.write_bytes(process_csv.read_bytes())
    found = o2c("validate-model", path, "--runs", 1, "--json").document["result"]
    assert found["published"]["log"] == "Production"
    assert found["published"]["best"]["ngd"] == 0.528
    assert "published: Production" in o2c("validate-model", path, "--runs", 1).out


def test_a_log_that_cannot_be_split_is_refused(here):
    """The reason, what is allowed, and what to do."""
    path = here / "log.csv"
    office_process(7, 2).drop("event").write_csv(path)
    said = ("too short to be split by time", "at least 5 whole cases")
    refused(o2c("validate-model", path), 3, *said)
    (problem,) = refused_as_json(o2c("validate-model", path, "--json"), 3, "log")
    assert problem["where"] == str(path)


_JUDGED = ("distributor", "LOG", "--from", "2016-09-01", "--until", "2016-09-05")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("a.csv", "b.csv", "c.csv"), "3 files are given"),
        (("distributor", "b.csv", "--ar", "c.csv"), "2 files and --ar are given"),
        (("distributor", "LOG"), "--from is missing"),
        (("distributor", "LOG", "--from", "2016-9-1"), "--from '2016-9-1' is no date"),
        (("distributor", "LOG", "--from", "2016-09-01"), "--until is missing"),
        (("LOG", "--runs", "0"), "--runs"),
        ((*_JUDGED, "--train-from", "soon"), "--train-from 'soon' is no date"),
        ((*_JUDGED, "--train-from", "2016-09-01"), "leaves no day before --from 2016-09-01"),
    ],
)
def test_what_does_not_go_together_is_refused(line, said, process_csv):
    """With what is allowed."""
    cells = [process_csv if word == "LOG" else word for word in line]
    refused(o2c("validate-model", *cells), 2, said)


@pytest.mark.slow
def test_a_company_is_judged_by_a_list_of_invoices():
    """The invoices' own company would hold; another, that pays earlier, does not."""
    path = folder() / "ar_invoices_2012.csv"
    if not path.is_file():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    outcome = o2c("validate-model", "distributor", "--ar", path, "--runs", 20, "--json")
    assert outcome.code == 0, outcome
    found = outcome.document["result"]
    assert {row["measure"] for row in found["measures"]} >= {"share late", "median days late"}
    assert not found["passed"]
    text = o2c("validate-model", "distributor", "--ar", path, "--runs", 20).out
    assert "share over 30 days late" in text


def test_a_company_is_judged_by_a_log(run_folder):
    """A company beside a log that is too short for it is refused by what is missing."""
    begun = json.loads((run_folder / "manifest.json").read_text())["start_date"]
    outcome = o2c(
        "validate-model", "distributor", run_folder, "--from", begun, "--until", begun, "--runs", 1
    )
    refused(outcome, 3, "cases begin")


@pytest.mark.slow
def test_a_company_is_judged_by_months_of_a_real_log():
    """The shipped manufacturer beside the log it was made after: tables, a verdict, width."""
    path = folder() / MANUFACTURING
    if not path.is_file():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    days = ("--from", "2016-09-01", "--until", "2016-09-05")
    days = (*days, "--train-from", "2016-08-01")
    outcome = o2c("validate-model", "manufacturer", path, *days, "--runs", 2)
    assert outcome.code == 0, outcome
    assert "begin from 2016-09-01 and before 2016-09-06" in outcome.out
    assert "before them for comparison, from 2016-08-01" in " ".join(outcome.out.split())
    assert "Create Sales Order -> Create Delivery" in outcome.out
    assert "Headcount and queues" in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 100


def test_a_discovered_model_is_judged_as_it_stands(process_csv, tmp_path):
    """Stored and read again; what is stored is simulated, and nothing is discovered."""
    train = temporal_split(event_table(read_log(process_csv))).train
    save(discover(train, seed=1), tmp_path / "model")
    line = ("validate-model", tmp_path / "model", process_csv, "--runs", 2, "--json")
    found = o2c(*line).document["result"]
    assert found["cpu_seconds"]["discovery"] < 0.05
    assert found["model"]["ngd"]["mean"] < 0.3
    refused(o2c("validate-model", tmp_path / "model", tmp_path / "no.csv"), 3, "no such file")
    refused(o2c("validate-model", tmp_path / "model"), 2, "nothing to judge it by")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("company.yaml", "--order-to-cash"), "calibrates a company by the first part"),
        (("--tuning", "0"), "--tuning is for a company that is calibrated here"),
        (("--order-to-cash", "--train-from", "2024-01-01"), "--train-from"),
        (("--order-to-cash", "--from", "2024-01-01"), "--until is missing"),
    ],
)
def test_options_of_a_company_of_the_log_itself(more, said, process_csv):
    """What would be without effect is refused."""
    refused(o2c("validate-model", process_csv, *more), 2, said)


def sold(path, days=90, invoiced_after_days=2):
    """Write four orders a day that are delivered and invoiced, two days after or as told."""
    rows = []
    for number in range(4 * days):
        begin = dt.datetime(2024, 1, 1, 9) + dt.timedelta(days=number // 4, hours=number % 4)
        for name, hours in (
            ("Create Sales Order", 0),
            ("Create Delivery", 24),
            ("Post Goods Issue", 30 + number % 7),
            ("Create Invoice", 24 * invoiced_after_days + number % 11),
        ):
            rows.append((f"O{number}", name, begin + dt.timedelta(hours=hours)))
    pl.DataFrame(rows, schema=["case", "activity", "time"], orient="row").write_csv(path)
    return path


@pytest.mark.slow
def test_a_log_calibrates_a_company_and_judges_it(here):
    """A fifth of the orders judge; what the company was made of ends the day before."""
    line = ("validate-model", sold(here / "orders.csv"), "--order-to-cash", "--tuning", 0)
    outcome = o2c(*line, "--runs", 2, "--output", "judged", "--json")
    assert outcome.code == 0, outcome
    found = outcome.document["result"]
    # An order takes 2 days, so that the last event is on day 91 and those judge that begin before
    # day 89. Of these 89 days the 71st is where the last fifth of the orders begins.
    assert (found["from"], found["until"]) == ("2024-03-12", "2024-03-30")
    assert found["calibrated_until"] == "2024-03-11"
    assert found["cases"]["test"] == 4 * 18
    assert found["cases"]["train"] == 4 * 71
    assert "Time until the invoice" in {use["purpose"] for use in found["verdict"]}
    report = o2c("report", "judged", "--format", "html", "--output", "judged.html")
    assert report.code == 0, report
    days = ("--from", "2024-03-01", "--until", "2024-03-20")
    asked = o2c(*line, *days, "--runs", 2, "--json").document["result"]
    assert (asked["from"], asked["calibrated_until"]) == ("2024-03-01", "2024-02-29")
    assert asked["cases"]["test"] == 80
