"""``o2c calibrate``: a folder that the other verbs take, and refusals that say what to do."""

import json

import pytest
from command_line import o2c, refused, refused_as_json

from o2c_sim import load_company, parameters

QUICK = ("--tuning", "0", "--no-ranking")


@pytest.fixture(scope="session")
def calibrated(tmp_path_factory):
    """Calibrate a simulated quarter of a small company."""
    folder = tmp_path_factory.mktemp("calibrated")
    run = folder / "run"
    outcome = o2c(
        "simulate", "distributor", "--days", 90, "--warm-up", 20, "--cool-down", 30,
        "--set", "demand.orders_per_week=60", "--set", "customers.count=50", "--output", run,
    )  # fmt: skip
    assert outcome.code == 0, outcome
    outcome = o2c("calibrate", run, *QUICK, "--output", folder / "model", "--json")
    assert outcome.code == 0, outcome
    return run, folder / "model", outcome.document["result"]


@pytest.mark.slow
def test_the_folder_holds_a_company_that_other_verbs_take(calibrated):
    """`validate`, `simulate` and `compare` accept the file; every value has its evidence."""
    _, folder, result = calibrated
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "model.yaml", "model.uncertainty.json", "calibration.md", "calibration.json",
    }  # fmt: skip
    model = folder / "model.yaml"
    assert o2c("validate", model).code == 0
    kinds = [one.provenance for _, one in parameters(load_company(model))]
    assert kinds.count("data") >= 15
    assert "published" not in kinds
    kept = json.loads((folder / "calibration.json").read_text())
    assert kept["parameters"] == result["parameters"]
    assert result["failures"] == []
    assert result["tuning"] is None
    report = (folder / "calibration.md").read_text()
    assert "## From the data" in report
    assert "## Assumed" in report
    assert "Made by `o2c" in report
    run = o2c("simulate", model, "--days", 5, "--warm-up", 2, "--cool-down", 2, "--quiet")
    assert run.code == 0, run


@pytest.mark.slow
def test_a_comparison_can_include_not_knowing_the_company(calibrated, here):
    """The draws beside the model are found by themselves; both intervals are told."""
    _, folder, _ = calibrated
    few = ("--days", 30, "--warm-up", 30, "--cool-down", 60, "-r", 3, "--workers", 1)
    line = ("compare", "case_b", "--company", folder / "model.yaml", *few)
    outcome = o2c(*line, "--parameter-uncertainty")
    assert outcome.code == 0, outcome
    assert "Not knowing the company exactly" in outcome.out
    assert "3 replications tell little" in outcome.out
    outcome = o2c(*line, "--parameter-uncertainty", "--json", "--output", "result")
    told = outcome.document["result"]["parameter_uncertainty"]
    assert told["companies"] == 3
    assert "demand.orders_per_week" in told["parameters"]
    assert json.loads((here / "result" / "parameter-uncertainty.json").read_text()) == told


@pytest.mark.slow
def test_parameter_uncertainty_needs_a_calibrated_company(calibrated, here):
    """A reference company has no draws, and those of another company do not fit."""
    _, folder, _ = calibrated
    refused(o2c("compare", "case_b", "--parameter-uncertainty"), 2, "reference company")
    draws = folder / "model.uncertainty.json"
    outcome = o2c("compare", "case_b", "--company", "manufacturer", "--uncertainty-file", draws)
    refused(outcome, 2, "belongs to another company")
    (here / "own.yaml").write_text("extends: distributor\n")
    outcome = o2c("compare", "case_b", "--company", "own.yaml", "--parameter-uncertainty")
    refused(outcome, 2, "own.uncertainty.json", "o2c calibrate once more")


@pytest.mark.slow
def test_tuning_and_ranking_are_told(log_csv, here, monkeypatch):
    """Twenty orders are too few days to tune, but not to rank."""
    from scenarios import calibration_ranking

    real = calibration_ranking.rank_assumed
    monkeypatch.setattr(
        calibration_ranking,
        "rank_assumed",
        lambda company, paths, **how: real(
            company, [p for p in paths if p.startswith("customers.payment_terms")], **how
        ),
    )
    longer(log_csv)
    outcome = o2c("calibrate", log_csv, "--output", "c", "--tuning", 4, "--workers", 1)
    assert outcome.code == 0, outcome
    assert "assumed values that matter most" in outcome.out
    assert "customers.payment_terms_days: " in outcome.out
    assert "nothing was tuned" in outcome.out
    report = (here / "c" / "calibration.md").read_text()
    assert "## Tuned by simulation" in report
    assert "## Which assumptions matter most" in report


def longer(log_csv):
    """Stretch the log of the fixture, which covers sixteen days, over months."""
    text = log_csv.read_text().replace("2024-03-1", "2024-05-1").replace("2024-03-0", "2024-03-1")
    log_csv.write_text(text)


@pytest.mark.slow
def test_a_yaml_file_as_output(log_csv, here):
    """The other files stand beside it, and carry its name."""
    longer(log_csv)
    outcome = o2c("calibrate", log_csv, *QUICK, "--output", "acme.yaml", "--quiet")
    assert outcome.code == 0, outcome
    assert outcome.out == ""
    names = {path.name for path in here.iterdir()}
    assert {"acme.yaml", "acme.calibration.md", "acme.calibration.json"} <= names
    refused(o2c("calibrate", log_csv, *QUICK, "--output", "acme.yaml"), 2, "already exists")
    assert o2c("calibrate", log_csv, *QUICK, "--output", "acme.yaml", "--force").code == 0


@pytest.mark.slow
def test_a_second_file_brings_the_payment_half(log_csv, tmp_path, here):
    """What was stitched stands in the description, which every report shows."""
    longer(log_csv)
    rows = "\n".join(
        f"{n},C{n % 12},100,2024-0{1 + n % 3}-1{n % 10},2024-0{2 + n % 3}-1{n % 10},"
        f"2024-0{2 + n % 3}-{15 + n % 12}"
        for n in range(120)
    )
    invoices = tmp_path / "ar.csv"
    invoices.write_text(f"invoice,customer,amount,invoice_date,due_date,settled_date\n{rows}\n")
    outcome = o2c("calibrate", log_csv, "--ar", invoices, *QUICK, "--output", "c")
    assert outcome.code == 0, outcome
    assert "\nStitched of two sources" in outcome.out
    terms = dict(parameters(load_company(here / "c" / "model.yaml")))[
        "customers.payment_terms_days"
    ]
    assert terms.provenance == "data"
    assert "Stitched" in load_company(here / "c" / "model.yaml").description


def test_any_process_with_discovered(log_csv, here):
    """A folder that holds a discovered model; the log may show any process."""
    longer(log_csv)
    text = log_csv.read_text().replace("Create Invoice", "Walk the Dog")
    log_csv.write_text(text)
    outcome = o2c("calibrate", log_csv, "--discovered", "--output", "d")
    assert outcome.code == 0, outcome
    assert {"model.yaml", "calibration.json"} <= {path.name for path in (here / "d").iterdir()}
    assert "Walk the Dog" in (here / "d" / "model.yaml").read_text()
    refused(o2c("calibrate", log_csv, "--discovered", "-o", "d.yaml"), 2, "a folder")


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        (lambda rows: rows[:6], "one case is no company"),
        (lambda rows: [r.replace("Post Goods Issue", "P").replace("Create Invoice", "C")
                       for r in rows], "all cases are open"),
        (lambda rows: [r.split(",")[0] + ",Walk," + r.split(",")[2] for r in rows],
         "is one of order to cash"),
    ],
)  # fmt: skip
def test_logs_that_tell_too_little(log_csv, here, cut, said):
    """Exit code 3, the reason and what to try; nothing is written."""
    head, *rows = log_csv.read_text().splitlines()
    log_csv.write_text("\n".join([head, *cut(rows)]) + "\n")
    refused(o2c("calibrate", log_csv), 3, said, "try: ")
    problems = refused_as_json(o2c("calibrate", log_csv, "--json"), 3, "log")
    assert any(said in problem["message"] for problem in problems)
    assert list(here.iterdir()) == []


def test_options_that_make_no_sense(log_csv):
    """Each is refused before the log is read."""
    refused(o2c("calibrate", log_csv, "--from", "May"), 2, "--from 'May' is no date")
    line = ("calibrate", log_csv, "--from", "2024-03-02", "--until", "2024-03-01")
    refused(o2c(*line), 2, "is after")
    refused(o2c("calibrate", log_csv, "--extends", "acme"), 2, "no reference company 'acme'")
