"""The page of a calibration in every state: what it offers, what it keeps, what it asks for.

The jobs are made up and none runs: what the verbs find is tested elsewhere.
"""

from __future__ import annotations

import dataclasses
import functools
import html
import json
import re
from importlib import resources

import pytest
from stored_results import calibration, company_validation

pytest.importorskip("fastapi")

from workbench_client import app_of, inside, post

from reports.documents.calibration_document import calibration_document
from reports.documents.formats import FORMATS
from reports.documents.validation_document import validation_document
from reports.workbench.jobs import JobQueue
from reports.workbench.log_jobs import CALIBRATION, VALIDATION

MODEL = "format: made up\n"
LEDGER = {
    "format": "o2c-mapping/1",
    "kind": "invoices",
    "columns": {"invoice": "no", "amount": "eur =1", "settled_date": "paid"},
}


@pytest.fixture
def client(tmp_path, monkeypatch):
    """Yield a workbench in which nothing runs."""
    monkeypatch.setattr(JobQueue, "_next", lambda self, quick: None)
    with inside(tmp_path / "ws", max_jobs_per_session=50, max_waiting=50) as client:
        yield client


def state_of(client):
    """Return the queue and the workspace."""
    state = app_of(client).state
    return state.jobs, state.workspace


@functools.cache
def report(document):
    """Return the HTML of a made-up calibration or validation."""
    made = {
        CALIBRATION: lambda: calibration_document(calibration()),
        VALIDATION: lambda: validation_document(company_validation()),
    }[document]()
    return FORMATS["html"].content(made)


def new_log(client, name="orders.csv", confirmed=None):
    """Put a log into the workspace; return its identifier."""
    workspace = state_of(client)[1]
    place = workspace.new_log(name)
    (place.folder / "file").mkdir()
    (place.folder / "file" / "log.csv").write_text("made up")
    workspace.describe_log(place.id, file="log.csv", confirmed=confirmed or {})
    return place.id


def newest(client, kind):
    """Return the newest job of a kind."""
    return state_of(client)[0].jobs(kind=kind)[0]


def end(client, job, state, document=None, message=""):
    """Bring a job to its end by hand, with the report of a document."""
    jobs = state_of(client)[0]
    output = job.folder / "output-0"
    if document is not None:
        output.mkdir()
        (output / "model.yaml").write_text(MODEL)
        (job.folder / "report.html").write_bytes(report(document))
    with jobs._changed:
        job = dataclasses.replace(
            job, state=state, message=message, newest="output-0" if document else ""
        )
        jobs._keep(job)
    return job


def begun(client, log, **form):
    """Begin a calibration; return its job."""
    answer = post(client, f"/logs/{log}/calibrate", data={"effort": "quick", **form})
    assert answer.status_code == 303, answer.text
    return newest(client, "calibration")


def made(client, log, **form):
    """Return a calibration that is done."""
    return end(client, begun(client, log, **form), "done", CALIBRATION)


def shown(client, log):
    """Return the page as people read it."""
    answer = client.get(f"/logs/{log}/calibrate")
    assert answer.status_code == 200, answer.text
    assert "<script>alert" not in answer.text
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", answer.text)).split())


def test_what_is_under_way_is_not_begun_twice(client):
    """A second tab, or an impatient click, gets the page of what runs."""
    log = new_log(client)
    first = begun(client, log)
    assert begun(client, log).id == first.id
    end(client, first, "cancelled", message="cancelled")
    assert begun(client, log).id != first.id


def test_a_verdict_is_not_asked_for_twice(client):
    """As with the calibration."""
    log = new_log(client)
    made(client, log)
    for _ in range(2):
        assert post(client, f"/logs/{log}/validate").status_code == 303
    assert len(state_of(client)[0].jobs(kind="validation")) == 1


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_a_model_outlives_the_next_try(client, state):
    """What was made before stays on the page, and can be used, whatever becomes of the next."""
    log = new_log(client)
    job = made(client, log)
    second = begun(client, log)
    assert "Below is the model that was made before." in shown(client, log)
    end(client, second, state, message="error: it broke\n  try: a longer period")
    told = shown(client, log)
    assert "2 values come from the data" in told
    assert ("What to do: a longer period" in told) == (state == "failed")
    answer = post(client, f"/logs/{log}/company", data={"name": "ours"})
    assert answer.headers["location"] == "/what-if?company=ours"
    saved = state_of(client)[1].company("ours")
    assert (saved.path / "model.yaml").read_text() == MODEL
    assert state_of(client)[0].get(job.id).about["company"] == "ours"


def test_a_verdict_speaks_of_its_own_model_only(client):
    """After another calibration it is gone, and can be asked for again."""
    log = new_log(client)
    made(client, log)
    post(client, f"/logs/{log}/validate")
    end(client, newest(client, "validation"), "done", VALIDATION)
    assert "What the model may be used for" in shown(client, log)
    made(client, log)
    told = shown(client, log)
    assert "What the model may be used for" not in told
    assert "Test it on the last part of the log" in told


def test_what_is_judged_was_made_as_the_model_was(client):
    """The company by a company, the process by a process, the customers by their invoices."""
    log, ledger = new_log(client), new_log(client, "invoices.csv", LEDGER)
    asked = {}
    for effort in ("quick", "thorough", "discovered"):
        made(client, log, effort=effort, ledger=ledger)
        post(client, f"/logs/{log}/validate")
        job = newest(client, "validation")
        asked[effort] = job.commands[0]
        end(client, job, "cancelled")
    added = [f"--ar={state_of(client)[1].log(ledger).folder}/file/log.csv"]
    added += ["--column=invoice=no", "--column=amount=eur =1", "--column=settled_date=paid"]
    for effort in ("quick", "thorough"):
        assert "--order-to-cash" in asked[effort]
        assert [part for part in added if part not in asked[effort]] == []
    assert "--tuning=0" in asked["quick"]
    assert not any(part.startswith("--tuning") for part in asked["thorough"])
    assert "--order-to-cash" not in asked["discovered"]
    assert not any(part.startswith("--ar") for part in asked["discovered"])
    job = made(client, ledger)
    post(client, f"/logs/{ledger}/validate")
    command = newest(client, "validation").commands[0]
    assert command[:2] == ("validate-model", str(job.result / "model.yaml"))
    assert added[0] in command
    assert "held against what was paid" in shown(client, ledger)


def test_a_list_that_was_removed_is_said(client):
    """A model that was made with it cannot be made again to be judged."""
    log, ledger = new_log(client), new_log(client, "invoices.csv", LEDGER)
    made(client, log, ledger=ledger)
    post(client, f"/logs/{ledger}/remove")
    answer = post(client, f"/logs/{log}/validate")
    assert answer.status_code == 422
    assert "has been removed" in answer.text


def test_the_list_of_invoices_is_read_as_it_was_confirmed(client):
    """With the columns that somebody chose, not with those that would be guessed."""
    log, ledger = new_log(client), new_log(client, "invoices.csv", LEDGER)
    command = begun(client, log, ledger=ledger).commands[0]
    assert "--column=amount=eur =1" in command
    other = new_log(client, "other.csv")
    answer = post(client, f"/logs/{log}/calibrate", data={"effort": "quick", "ledger": other})
    assert answer.status_code == 422
    assert "no list of invoices" in answer.text


def test_a_name_that_cannot_be_is_said_beside_its_field(client):
    """And so is one that is taken; the page and the name stay."""
    log = new_log(client)
    made(client, log)
    workspace = state_of(client)[1]
    (workspace.folder / "companies" / "taken").mkdir()
    for name, why in (("../x", "cannot be a name"), ("taken", "exists")):
        answer = post(client, f"/logs/{log}/company", data={"name": name})
        assert answer.status_code == 422
        assert f'value="{name}"' in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert why in answer.text.partition('id="company-wrong">')[2].partition("</p>")[0]
    # What is offered is free.
    (workspace.folder / "companies" / "orders").mkdir()
    assert 'value="orders-2"' in client.get(f"/logs/{log}/calibrate").text


def test_a_company_leads_back_to_its_evidence(client):
    """From the what-if to the calibration that it was saved from; a shipped one to none."""
    log = new_log(client)
    job = made(client, log)
    reference = resources.files("o2c_sim.model.reference") / "distributor.yaml"
    (job.folder / "output-0" / "model.yaml").write_text(reference.read_text("utf-8"))
    post(client, f"/logs/{log}/company", data={"name": "ours"})
    link = f'href="/logs/{log}/calibrate"'
    assert link in client.get("/what-if?company=ours").text
    assert link not in client.get("/what-if?company=distributor").text
    assert "It is the company ours of the what-if." in shown(client, log)


def test_another_process_is_no_company(client):
    """It has no levers, so it is not offered to the what-if."""
    log = new_log(client)
    made(client, log, effort="discovered")
    assert "Use it in the what-if" not in shown(client, log)
    answer = post(client, f"/logs/{log}/company", data={"name": "x"})
    assert answer.status_code == 422
    assert state_of(client)[1].company("x") is None


def test_a_list_without_dates_says_what_it_is_good_for(client):
    """No analysis that could only fail: it leads to where it serves."""
    columns = {"invoice": "no", "amount": "eur", "days_late": "late"}
    log = new_log(client, "late.csv", {**LEDGER, "columns": columns})
    answer = client.get(f"/logs/{log}")
    assert answer.headers["location"] == f"/logs/{log}/calibrate"
    assert "no dates" in shown(client, log)
    assert not state_of(client)[0].jobs()
    other = new_log(client)
    assert "late.csv" in client.get(f"/logs/{other}/calibrate").text


def test_options_of_the_command_line_are_fields_here(client):
    """What is missing names the field that would bring it."""
    log = new_log(client)
    made(client, log)
    told = shown(client, log)
    assert "no start stamps (“Start”)" in told
    assert "(--start)" not in told


def test_a_calibration_of_an_earlier_version_is_shown(client):
    """Its job does not know how thorough it was."""
    log = new_log(client)
    job = made(client, log)
    path = job.folder / "job.json"
    kept = json.loads(path.read_text())
    kept["about"] = {"log": log}
    path.write_text(json.dumps(kept))
    jobs = state_of(client)[0]
    jobs._recover()
    assert "2 values come from the data" in shown(client, log)
    assert post(client, f"/logs/{log}/validate").status_code == 303
