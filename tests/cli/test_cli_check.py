"""``o2c check``: fitness, what was covered, thresholds."""

import pytest
from command_line import o2c, refused, refused_as_json
from real_logs import DISTRIBUTOR, MANUFACTURING, folder


def real(name):
    """Return the path of a public log, or skip."""
    path = folder() / name
    if not path.is_file():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    return path


def test_the_document(log_csv):
    """Stable keys; twenty orders that follow the model up to their invoice fit it."""
    document = o2c("check", log_csv, "--json").document
    assert (document["format"], document["command"]) == ("o2c/1", "check")
    result = document["result"]
    assert set(result) == {
        "source", "model", "results", "notes", "findings", "cost_of_capital", "currency",
        "rules", "prices", "passed", "output",
    }  # fmt: skip
    assert set(result["results"]) == {"all cases", "completed cases"}
    whole = result["results"]["all cases"]
    assert {
        "cases", "variants", "fitting_share", "average_fitness", "log_fitness", "precision",
        "deviations", "method",
    } <= set(whole)  # fmt: skip
    assert (whole["cases"], whole["average_fitness"]) == (20, 1.0)
    assert result["passed"] is True


def test_what_the_log_covers_is_said_first(log_csv):
    """A log that ends at the invoice lacks the cash: the text says so before any number."""
    out = " ".join(o2c("check", log_csv).out.split())
    said = "The log covers 5 of the 6 stages of order to cash, from order to billing."
    assert said in out
    assert "It records no cash, so nothing is said about that." in out
    assert out.index(said) < out.index("average fitness")


@pytest.mark.slow
def test_a_run_covers_everything(run_folder):
    """A simulated run goes from order to cash, and what is completed fits."""
    out = o2c("check", run_folder, "--no-precision").out
    assert "The log covers the whole process, from order to cash." in out
    result = o2c("check", run_folder, "--no-precision", "--json").document["result"]
    assert result["results"]["completed cases"]["average_fitness"] == 1.0


@pytest.mark.slow
def test_every_format_fits_equally(run_folder):
    """The run and its exports agree in fitness to the last digit."""
    sources = [run_folder, *(run_folder / f"log.{s}" for s in ("jsonocel", "sqlite", "xes", "csv"))]
    found = {
        o2c("check", source, "--no-precision", "--json")
        .document["result"]["results"]["all cases"]["average_fitness"]
        for source in sources
    }  # fmt: skip
    assert len(found) == 1


def test_a_threshold_decides_the_exit_code(log_csv):
    """Below --min-fitness: exit 1, said in text and in the document; quiet does not hide it."""
    text = log_csv.read_text().replace("Create Sales Order", "Post Goods Issue")
    log_csv.write_text(text)
    outcome = o2c("check", log_csv, "--min-fitness", 1)
    assert outcome.code == 1
    assert "is below 1" in outcome.out.splitlines()[-1]
    assert "is below 1" in o2c("check", log_csv, "--min-fitness", 1, "-q").out
    failed = o2c("check", log_csv, "--min-fitness", 1, "--json")
    assert failed.code == 1
    assert failed.document["result"]["passed"] is False
    assert o2c("check", log_csv, "--min-fitness", 0.1).code == 0


def test_another_process_is_pointed_elsewhere():
    """A log of another trade gets a way out that this verb offers."""
    with open("permits.csv", "w") as file:
        file.write("case,activity,time\n1,Ask,2024-01-01\n1,Answer,2024-01-02\n")
    outcome = o2c("check", "permits.csv")
    refused(outcome, 3, "no activity of the log is known", "--model discovered")
    assert o2c("check", "permits.csv", "--model", "discovered").code == 0


@pytest.mark.parametrize("model", ["normativ", "nowhere.bpmn", "."])
def test_an_unknown_model_is_refused_before_the_log_is_read(model, log_csv):
    """The model is looked at first: reading a log may take a minute."""
    (problem,) = refused_as_json(o2c("check", log_csv, "-m", model, "--json"), 2, "usage")
    assert problem["message"] == "there is no such model"
    refused(o2c("check", "no such log", "-m", model), 2, "normative, discovered")


@pytest.mark.parametrize("name", ["broken.bpmn", "broken.pnml"])
def test_a_broken_model_is_refused(name, log_csv, here):
    """A model file that is no XML ends with 2 and its name."""
    (here / name).write_text("no model")
    refused(o2c("check", log_csv, "--model", name), 2, name)
    (here / name).write_text("<?xml version='1.0'?><html/>")
    refused(o2c("check", log_csv, "--model", name), 2, name)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "span", "absent"),
    [
        (MANUFACTURING, "from order to goods issue", "no billing and no cash"),
        (DISTRIBUTOR, "from order to billing", "no cash"),
    ],
)
def test_real_logs_lack_the_cash_side(name, span, absent):
    """Both public SAP logs end before the cash, and the check says so in plain words."""
    outcome = o2c("check", real(name), "--no-precision")
    out = " ".join(outcome.out.split())
    assert outcome.code == 0
    assert span in out
    assert f"It records {absent}, so nothing is said about" in out
    assert max(map(len, outcome.out.splitlines())) <= 100


def test_within_a_day_the_order_of_stamps_may_be_ignored(tmp_path):
    """A delivery stamped an hour before its order (a batch clock) fits at day grain only."""
    log = tmp_path / "log.csv"
    rows = ["case,activity,time"]
    for day in range(1, 21):
        rows += [
            f"{day},Create Delivery,2024-01-{day:02} 03:00",
            f"{day},Create Sales Order,2024-01-{day:02} 04:00",
            f"{day},Post Goods Issue,2024-01-{day:02} 05:00",
        ]
    log.write_text("\n".join(rows) + "\n")

    def fitting(*options):
        result = o2c("check", log, "--json", *options).document["result"]
        return result["results"]["all cases"]["fitting_share"]

    assert fitting() == 0.0
    assert fitting("--grain", "day") == 1.0
