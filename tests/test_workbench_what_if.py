"""What-if: its page, what a result offers, and scenario files that were brought along."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path

import pytest
from example_comparison import example_comparison as example
from stored_what_if import HOSTILE, YAML, stored_result
from workbench_client import app_of, inside, post

from o2c_sim import load_company
from reports.documents.comparison_document import comparison_document
from reports.documents.html import html, main_part
from reports.workbench import experiment, results, scenario_source
from reports.workbench.experiment import SPANS, Span
from reports.workbench.job import DONE
from reports.workbench.lever_form import lever_fields
from reports.workbench.scenario_form import checked_text
from reports.workbench.workspace import Workspace

COMPANY = load_company("distributor")
FIELDS = lever_fields(COMPANY)


@pytest.fixture
def client(tmp_path):
    """Return a browser's session with a workbench whose queue does nothing yet."""
    with inside(tmp_path) as opened:
        yield opened


@pytest.fixture
def result(tmp_path):
    """Return a session and a finished result with a hostile title."""
    job = stored_result(Workspace(tmp_path), HOSTILE[0])
    with inside(tmp_path) as opened:
        yield opened, job


class TestPages:
    def test_the_form_shows_every_lever_with_baseline_range_and_evidence(self, client):
        page = client.get("/what-if?company=distributor&start=").text
        for field in FIELDS:
            assert f'name="lever.{field.name}"' in page
        assert "0 to 100 %" in page
        assert "IntelliChief" in page

    @pytest.mark.parametrize(
        "query",
        ["company=nope", "start=nope", "start=saved:..%2Fx", "start=..%2F..%2Fetc%2Fpasswd"],
    )
    def test_unknown_names_are_told_and_no_fault(self, client, query):
        assert client.get(f"/what-if?{query}").status_code == 422

    def test_a_wrong_form_comes_back_filled_with_the_problem_and_nothing_runs(self, client):
        answer = post(
            client, "/what-if",
            data={"company": "distributor", "start": "", "title": HOSTILE[0],
             "lever.auto_match_pct": "190"},
        )  # fmt: skip
        assert answer.status_code == 422
        assert "190 is out of range" in answer.text
        assert "&lt;script&gt;alert" in answer.text
        assert "<script>alert" not in answer.text
        assert not app_of(client).state.jobs.jobs()

    def test_a_right_form_becomes_a_job_with_the_same_file_and_settings(self, client):
        answer = post(
            client, "/what-if",
            data={"company": "distributor", "start": "", "title": "Mine",
                  "lever.auto_match_pct": "90", "beside": "case_a", "replications": "12",
                  "seed": "5"},
        )  # fmt: skip
        assert answer.status_code in (200, 303)
        (job,) = app_of(client).state.jobs.jobs()
        app_of(client).state.jobs.cancel(job.id)
        file, problems = checked_text((job.folder / "scenario.yaml").read_text("utf-8"))
        assert not problems
        assert file.levers == {"auto_match_pct": 90}
        assert job.commands[-1][:4] == (
            "compare", "{folder}/scenario.yaml", "case_a", "--company=distributor"
        )  # fmt: skip
        assert {"--seed=5", "--replications=12"} <= set(job.commands[-1])
        again = client.get(f"/what-if?start=job:{job.id}").text
        assert re.search(r'name="lever.auto_match_pct" value="90"', again)

    def test_a_result_shows_the_report_the_command_and_its_files(self, result):
        client, job = result
        page = client.get(f"/results/{job.id}").text
        written = (job.result / "report.html").read_text("utf-8")
        assert main_part(written).strip() in page
        assert "o2c compare scenario.yaml --company=distributor --warm-up=60" in page
        assert "<script>alert" not in page
        for form, path in (
            ("html", job.result / "report.html"),
            ("json", job.result / "comparison.json"),
            ("yaml", job.folder / "scenario.yaml"),
        ):
            answer = client.get(f"/results/{job.id}/files/{form}")
            assert answer.content == path.read_bytes()
            assert answer.headers["content-disposition"].startswith("attachment")

    @pytest.mark.parametrize("form", ["pdf", "zip", "..%2Fjob.json", "job.json"])
    def test_no_other_file_can_be_had(self, result, form):
        client, job = result
        assert client.get(f"/results/{job.id}/files/{form}").status_code == 404

    def test_a_scenario_is_saved_shown_again_and_removed(self, result):
        client, job = result
        assert post(client, f"/results/{job.id}/save", data={"name": "../x"}).status_code == 422
        post(client, f"/results/{job.id}/save", data={"name": "kept"})
        assert client.get("/scenarios/kept").text == YAML
        assert 'value="90"' in client.get("/what-if?start=saved:kept").text
        assert "start=saved:kept" in client.get("/results").text
        post(client, "/scenarios/kept/remove", data={})
        assert client.get("/scenarios/kept").status_code == 404

    def test_searches_say_what_is_wrong_before_they_run(self, result):
        client, job = result
        base = f"/results/{job.id}"
        kpi = "order_to_cash_mean_days"
        for path, form in (
            ("break-even", {"kpi": "nope", "target": "-5 %"}),
            ("break-even", {"kpi": kpi, "target": "soon"}),
            ("break-even", {"kpi": kpi, "target": "-5 %", "runs": "59"}),
            ("best", {"kpi_1": "", "kpi_2": ""}),
            ("best", {"kpi_1": kpi, "runs": "1e9"}),
        ):
            assert post(client, f"{base}/{path}", data=form).status_code == 422, (path, form)
        assert len(app_of(client).state.jobs.jobs()) == 1

    def test_twice_the_replications_are_a_new_result_of_the_same_scenario(self, result):
        client, job = result
        post(client, f"/results/{job.id}/more", data={})
        new = app_of(client).state.jobs.jobs()[0]
        app_of(client).state.jobs.cancel(new.id)
        assert [results.count_of(command) for command in new.commands] == [12]
        assert (new.folder / "scenario.yaml").read_text("utf-8") == YAML


class TestLoadedScenarios:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (YAML.replace("extends: distributor", "extends: ../../secret"), "not known here"),
            (YAML.replace("extends: distributor", "extends: /etc/passwd"), "not known here"),
            (YAML.replace("extends: distributor", "extends: [1]"), "not known here"),
            (YAML.replace("90", "190"), "out of range"),
            (YAML.replace("auto_match_pct", "auto_mach_pct"), "auto_match_pct"),
            (YAML.replace("name: mine", "name: <script>"), "name"),
            ("- a\n- b\n", "a list"),
            ("{", "not valid YAML"),
            ("", "choose a YAML file"),
            ("x" * (scenario_source.MOST_CHARACTERS + 1), "more than"),
            ("!!python/object/apply:os.system [id]", ""),
        ],
    )
    def test_a_wrong_file_is_told_and_not_kept(self, client, text, told):
        answer = post(client, "/scenarios", data={"text": text, "name": "new"})
        assert answer.status_code == 422
        assert told in answer.text
        assert not app_of(client).state.workspace.scenarios()

    def test_a_right_file_is_kept_as_it_is(self, client):
        assert post(client, "/scenarios", data={"text": YAML}).status_code in (200, 303)
        (saved,) = app_of(client).state.workspace.scenarios()
        assert (saved.name, saved.path.read_text("utf-8")) == ("mine", YAML)


@pytest.mark.slow
def test_the_result_is_that_of_the_command_line(tmp_path, monkeypatch):
    """The page's last command, typed in a shell, writes the same comparison to the last digit."""
    from command_line import o2c_run

    span = Span("tiny", "tiny", 10, 10, 20)
    monkeypatch.setitem(SPANS, "month", span)
    monkeypatch.setattr(experiment, "ROUNDS", (2,))
    with inside(tmp_path / "workbench") as client:
        post(
            client, "/what-if",
            data={"company": "distributor", "start": "", "title": "Mine",
                  "lever.auto_match_pct": "90", "replications": "12"},
        )  # fmt: skip
        queue = app_of(client).state.jobs
        job = queue.wait(queue.jobs()[0].id, 300)
        assert job.state == DONE, job.message
        page = client.get(f"/results/{job.id}").text
        shutil.copy(job.folder / "scenario.yaml", tmp_path)
        words = re.findall(r"<pre><code>(o2c compare scenario.yaml .*?)</code>", page)[-1].split()
        words[words.index("result")] = str(tmp_path / "result")
        words[words.index("scenario.yaml")] = str(tmp_path / "scenario.yaml")
        o2c_run(*words[1:], "--no-store")
        theirs = json.loads((job.result / "comparison.json").read_text("utf-8"))
        ours = json.loads((tmp_path / "result" / "comparison.json").read_text("utf-8"))
        theirs.pop("command"), ours.pop("command")
        assert theirs == ours


def test_the_brief_report_keeps_the_answer_and_leaves_the_rest_out():
    """It has sections of the whole report, in its order."""
    whole, brief = comparison_document(example()), comparison_document(example(), brief=True)
    keys = [section.key for section in brief.sections]
    assert keys[0] == whole.sections[0].key
    assert keys[-1] == "run"
    assert not {"maps", "cash", "kpis"} & set(keys)
    assert set(keys) < {section.key for section in whole.sections}


def test_what_is_between_head_and_foot_of_a_page():
    """A document without sections has nothing there; what is no page is refused."""
    page = html(dataclasses.replace(comparison_document(example(), brief=True), sections=[]))
    assert main_part(page).strip() == ""
    with pytest.raises(ValueError, match="not a page"):
        main_part("<p>no page</p>")


def test_results_survive_a_restart(tmp_path):
    """The address of a result stays the same when the server is started anew."""
    job = stored_result(Workspace(tmp_path))
    for _ in range(2):
        with inside(tmp_path) as client:
            assert client.get(f"/results/{job.id}").status_code == 200
            assert job.id in client.get("/results").text


def test_no_name_leads_out_of_the_workspace(tmp_path):
    """Names of companies that ship stay names; others must be in the workspace."""
    workspace = Workspace(tmp_path)
    assert Path(scenario_source.company_argument(workspace, "distributor")).name == "distributor"
    assert workspace.company("../x") is None
