"""Calibration and discovered models with bad input: said clearly, and nothing overwritten."""

import json

import pytest
from command_line import o2c, o2c_run, refused, refused_as_json

from mining.calibration.uncertainty import FORMAT, drawn_company, read_uncertainty
from mining.read import xes
from o2c_sim import fingerprint, load_company
from o2c_sim.errors import LogError, ModelError

# Each of them reads a log anew.
pytestmark = pytest.mark.slow

QUICK = ("--tuning", "0", "--no-ranking", "--quiet")
INVOICES = "invoice,customer,amount,invoice_date,due_date,settled_date\n"
DISCOVER = ("--discovered", "--quiet")


@pytest.fixture
def process_csv(tmp_path):
    """Write forty cases of three steps that are no order to cash."""
    rows = [
        f"{case},{activity},2024-0{1 + case // 28}-{1 + case % 28:02d}T{hour}:00:00,{hour}:30:00"
        for case in range(40)
        for activity, hour in (("look", 10), ("think", 12), ("do it", 15))
    ]
    text = "".join(
        f"c{case},{activity},{start},{start[:11]}{end},r{number % 3}\n"
        for number, (case, activity, start, end) in enumerate(row.split(",") for row in rows)
    )
    path = tmp_path / "process.csv"
    path.write_text("case,activity,start,time,resource\n" + text)
    return path


@pytest.fixture
def discovered(process_csv, here):
    """Learn a model of that process."""
    outcome = o2c("calibrate", process_csv, *DISCOVER, "--output", "model")
    assert outcome.code == 0, outcome
    return here / "model"


def test_a_list_of_credit_notes_alone_is_no_list_of_invoices(tmp_path, log_csv):
    """The message is about amounts, not about columns of a table that nobody wrote."""
    path = tmp_path / "ar.csv"
    rows = "".join(f"{n},C{n % 9},-5,2024-01-01,2024-02-01,2024-02-05\n" for n in range(99))
    path.write_text(INVOICES + rows)
    for line in (("calibrate", path), ("calibrate", log_csv, "--ar", path)):
        refused(o2c(*line, *QUICK), 3, "all amounts are negative", "ar.csv", "--column amount=")


def test_a_process_log_is_no_list_of_invoices(log_csv):
    """Both verbs that take one say what a list is, and name an option that exists."""
    for line in (
        ("validate-model", "distributor", "--ar", log_csv, "--runs", 1),
        ("calibrate", log_csv, "--ar", log_csv, *QUICK),
    ):
        outcome = o2c(*line)
        refused(outcome, 3, "is no list of invoices", "--column PART=COLUMN")


def test_long_names_are_cut_in_messages_and_refused_in_models(process_csv, here):
    """A text column taken for activities does not fill the screen, nor a file nobody can read."""
    text = process_csv.read_text()
    process_csv.write_text(text.replace("think", "x" * 30_000))
    outcome = o2c("calibrate", process_csv, *QUICK)
    refused(outcome, 3, "is one of order to cash")
    assert len(outcome.err) < 1_000
    line = ("calibrate", process_csv, *DISCOVER, "-o", "d")
    refused(o2c(*line), 3, "a name of 30,000 characters", "--activity", "at most 1,000")
    assert list(here.iterdir()) == []


def test_options_that_would_change_nothing_are_refused(discovered, process_csv, log_csv):
    """Whoever gives an option expects that it does something."""
    line = ("calibrate", process_csv, *DISCOVER, "-o", "d")
    refused(o2c(*line, "--ar", log_csv), 2, "--ar beside --discovered")
    refused(o2c(*line, "--extends", "distributor"), 2, "--extends beside --discovered")
    for model in ((), (discovered,)):
        judged = ("validate-model", *model, process_csv, "--runs", 1)
        refused(o2c(*judged, "--from", "2024-01-20"), 2, "--from is for a company")
        refused(o2c(*judged, "--parameter-uncertainty", "u.json"), 2, "--parameter-uncertainty is")
    by_invoices = ("validate-model", "distributor", "--ar", log_csv, "--until", "2024-01-20")
    refused(o2c(*by_invoices), 2, "--until is for a company")


def test_days_are_named_as_they_were_given(log_csv):
    """Not the day after the last one."""
    line = ("validate-model", "distributor", log_csv, "--runs", 1, "--from", "2024-03-05")
    refused(o2c(*line, "--until", "2024-03-01"), 2, "from 2024-03-05 until 2024-03-01")
    refused(o2c(*line, "--until", "2024-03-06"), 3, "from 2024-03-05 until 2024-03-06")


def test_the_file_is_named_where_a_log_cannot_be_learnt_from(process_csv):
    """Also by the verb that splits it first."""
    rows = [row.split(",") for row in process_csv.read_text().splitlines()]
    same = [[*row[:2], "2024-01-01", "2024-01-01", row[4]] for row in rows[1:]]
    process_csv.write_text("\n".join(",".join(row) for row in [rows[0], *same]) + "\n")
    refused(o2c("validate-model", process_csv), 3, "process.csv", "all events have the same time")


@pytest.mark.parametrize("flags", [QUICK, DISCOVER])
def test_a_link_to_nothing_is_no_place_for_results(flags, log_csv, here):
    """It is refused before the work, and stays."""
    (here / "link").symlink_to("nowhere")
    refused(o2c("calibrate", log_csv, *flags, "-o", "link"), 2, "a link to 'nowhere'")
    assert [path.name for path in here.iterdir()] == ["link"]


def test_a_calibrated_folder_is_given_as_its_model(discovered, log_csv, here):
    """A folder where a company file is wanted: the message names the file in it."""
    (discovered / "histories.parquet").unlink()
    dates = ("--from", "2024-03-01", "--until", "2024-03-02")
    refused(o2c("validate-model", "model", log_csv, *dates), 2, "model/model.yaml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("capacity: ", "capacity: -", "capacity"),
        ("per_week: ", "per_week: 1e-300 #", "take more than 5,000 years"),
        ("per_week: ", "per_week: .nan #", "per_week"),
        ("switch_share: ", "switch_share: 7 #", "switch_share"),
        ("name: process.csv", "name: !!python/object/apply:os.system [ls]", "name"),
        ("activities:\n  do it:", "activities:\n  Do it:", "do it"),
    ],
)
def test_edited_models(discovered, old, new, said):
    """Each is refused with what is wrong, at once."""
    model = discovered / "model.yaml"
    text = model.read_text()
    assert old in text
    model.write_text(text.replace(old, new, 1))
    line = ("what-if", discovered, "--set", "arrivals.factor=1.1", "--cases", 20)
    refused(o2c(*line, "--replications", 2), 2, said)


def test_arrivals_that_never_come_are_refused(discovered):
    """A factor so small that the calendar ends first."""
    line = ("what-if", discovered, "--set", "arrivals.factor=1e-300", "--cases", 20)
    problems = refused_as_json(o2c(*line, "--json"), 2, "model")
    assert "5,000 years" in problems[0]["message"]


def test_a_discovered_model_is_whole_or_not_there(discovered, process_csv, here, monkeypatch):
    """What is stopped while writing leaves what was there before."""
    before = {path.name: path.read_bytes() for path in discovered.iterdir()}

    def stopped(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("reports.cli.calibrate._json_text", stopped)
    outcome = o2c("calibrate", process_csv, *DISCOVER, "-o", "model", "--force", "--seed", 2)
    assert outcome.code == 130
    assert {path.name: path.read_bytes() for path in discovered.iterdir()} == before
    assert [path.name for path in here.iterdir()] == ["model"]
    assert o2c("calibrate", process_csv, *DISCOVER, "-o", "new").code == 130
    assert [path.name for path in here.iterdir()] == ["model"]


@pytest.mark.parametrize(
    ("draws", "said"),
    [
        ([], "holds no draws"),
        ([{"path": "demand.growth", "values": []}], "holds no draws"),
        ([{"path": "demand.growth", "values": [1]}] * 2, "is there twice"),
        ([{"path": "a", "values": [1]}, {"path": "b", "values": [1, 2]}], "different numbers"),
        ([{"path": "a", "values": [{"pairs": [[[1], 2]]}]}], "is damaged"),
        ([{"path": "__class__.__init__", "values": [1]}], "does not fit the company"),
        ([{"path": "demand.day_factor_cv", "values": ["__import__('os')"]}], "does not fit"),
    ],
)
def test_edited_draws(draws, said, tmp_path):
    """Draws are data: nothing in them is run, and what is not whole is refused."""
    company = load_company("distributor")
    path = tmp_path / "u.json"
    path.write_text(
        json.dumps({"format": FORMAT, "model_sha256": fingerprint(company), "draws": draws})
    )
    with pytest.raises(ModelError, match=said):
        drawn_company(company, read_uncertainty(path, company), 0)


@pytest.mark.parametrize("verb", ["calibrate", "validate-model"])
def test_elements_without_end_are_refused(verb, tmp_path):
    """The compiled reader would end the whole program, without a word."""
    path = tmp_path / "deep.xes"
    deep = '<list key="a">' * 50_000 + "</list>" * 50_000
    path.write_text(f'<?xml version="1.0"?><log><trace><event>{deep}</event></trace></log>')
    refused(o2c_run(verb, path), 3, "nested more than 1,000 deep", "deep.xes")


@pytest.mark.parametrize("block", [1, 2, 3, 7, 1_000])
def test_depth_is_counted_whatever_the_blocks(block, tmp_path, monkeypatch):
    """Comments, instructions, ends and empty elements; a depth of three, twice."""
    path = tmp_path / "log.xes"
    path.write_text('<?xml version="1.0"?><!-- a -->\n' + '<log><a b="1"/><c><d/></c></log>' * 2)
    monkeypatch.setattr(xes, "_BLOCK", block)
    monkeypatch.setattr(xes, "_DEEPEST", 3)
    xes._require_shallow(path, "log.xes")
    monkeypatch.setattr(xes, "_DEEPEST", 2)
    with pytest.raises(LogError, match="nested more than 2 deep"):
        xes._require_shallow(path, "log.xes")


@pytest.mark.parametrize("flags", [QUICK, DISCOVER])
def test_a_stopped_calibration_leaves_nothing(flags, process_csv, here, monkeypatch):
    """Ctrl-C while the first file is written: exit code 130, and the folder is as it was."""
    text = process_csv.read_text().replace("think", "Create Sales Order")
    process_csv.write_text(text.replace("do it", "Create Invoice"))

    def half(path, text, **_options):
        path.write_bytes(text[: len(text) // 2].encode())
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.write_text", half)
    refused(o2c("calibrate", process_csv, *flags, "-o", "model"), 130, "interrupted")
    assert list(here.iterdir()) == []


def test_what_spoils_a_calibration_is_told(process_csv, here):
    """How the columns were read, and that a third of the rows is there twice."""
    text = process_csv.read_text()
    rows = text.splitlines(keepends=True)
    process_csv.write_text(text + "".join(rows[1:41]))
    outcome = o2c("calibrate", process_csv, "--discovered", "-o", "d")
    assert outcome.code == 0, outcome
    assert outcome.out.startswith("columns: --case 'case'")
    assert "data quality: " in outcome.out
    assert "o2c lint" in outcome.out
