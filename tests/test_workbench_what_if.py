"""What-if: the form from the levers, the scenario file it makes, and what a result offers."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import shutil
import time
from pathlib import Path

import pytest
from example_comparison import example_comparison as example
from hypothesis import given, settings
from hypothesis import strategies as st
from workbench_client import app_of, inside, post

from o2c_sim import load_company
from reports.documents.comparison_document import comparison_document
from reports.documents.html import html, main_part
from reports.workbench import experiment, results, scenario_source
from reports.workbench.experiment import SPANS, Span, compare_commands
from reports.workbench.job import DONE, Job, write_job
from reports.workbench.lever_form import OTHER, SHOCKS, by_stage, lever_fields, read_levers, shown
from reports.workbench.scenario_form import checked_text, form_values, scenario_text
from reports.workbench.what_if_form import new_form
from reports.workbench.workspace import Workspace, new_id
from scenarios.inheritance import read_scenario, scenario_names
from scenarios.lever import share
from scenarios.levers import LEVERS
from scenarios.result_file import write_comparison

COMPANY = load_company("distributor")
FIELDS = lever_fields(COMPANY)
# Steady levers, another company, one shock, two phases that stay, a cost or a volume response.
FEW = ("case_b_poor", "outage", "e_invoice_mandate", "longer_terms", "staffing")
HOSTILE = [
    "<script>alert(1)</script>",
    "=1+1",
    "\u202egnp.exe",
    "x" * 200,
    "\U0001f4b8 $ % \\ # _ {{ 7*7 }}",
    "'; DROP TABLE; --",
    '"quoted" & <b>bold</b>',
]
YAML = """schema_version: 1
name: mine
title: Mine
extends: distributor
levers:
  auto_match_pct: 90
"""


def made(form, base=None, **options):
    """Return what a form of the distributor makes."""
    return scenario_text(form, COMPANY, "distributor", FIELDS, base, **options)


class TestFieldsOfLevers:
    def test_every_lever_has_a_field_with_what_its_definition_says(self):
        assert {field.name for field in FIELDS} == set(LEVERS)
        for field in FIELDS:
            lever = LEVERS[field.name]
            assert (field.label, field.evidence) == (lever.label, lever.evidence)
            assert field.baseline == shown(lever.read(COMPANY))
            assert field.choices == lever.choices

    def test_an_invented_lever_appears_by_itself_in_the_stage_of_what_it_changes(self):
        new = share("new_pct", "New <lever>", "cash_application.unidentified_share", "assumed")
        (field,) = lever_fields(COMPANY, [new])
        assert (field.stage, field.baseline, field.unit) == ("Matching payments", "2", "%")
        assert (field.low, field.high, field.value) == (0, 100, "2")

    def test_every_lever_has_a_stage_and_shocks_have_their_own(self):
        stages = by_stage(FIELDS)
        assert OTHER not in stages
        assert "outage_hours" in {field.name for field in stages[SHOCKS]}
        assert next(iter(stages)) == "Orders"

    def test_sliders_hold_todays_value_within_the_allowed_range(self):
        for field in FIELDS:
            if not field.choices:
                assert field.low <= field.slider_low <= float(field.baseline) <= field.slider_high
                assert field.slider_high <= field.high
                assert 0 < field.step <= field.slider_high - field.slider_low

    def test_money_is_in_the_companys_currency(self):
        field = next(field for field in FIELDS if field.name == "small_balance_value")
        assert field.unit == COMPANY.currency
        assert field.allowed == f"0 to 1,000,000,000 {COMPANY.currency}"

    def test_a_field_left_as_it_is_moves_nothing(self):
        texts = {field.name: field.baseline for field in FIELDS}
        assert read_levers(texts, FIELDS) == ({}, {})
        assert read_levers({}, FIELDS) == ({}, {})

    @given(st.text(max_size=60))
    @settings(max_examples=60, deadline=None)
    def test_any_text_is_a_number_or_a_problem_of_its_field(self, text):
        values, problems = read_levers({"auto_match_pct": text}, FIELDS)
        assert set(values) | set(problems) <= {"auto_match_pct"}
        assert not (values and problems)

    @pytest.mark.parametrize(
        "text", ["nan", "inf", "-inf", "1e999", "1_0", "\u0663", "0x10", "1,5"]
    )
    def test_what_is_no_plain_number_is_refused(self, text):
        values, problems = read_levers({"auto_match_pct": text}, FIELDS)
        assert not values
        assert "is not a number" in problems["auto_match_pct"]


class TestScenarioOfAForm:
    def test_the_file_says_what_the_form_says(self):
        found = made({
            "title": "Match more",
            "lever.auto_match_pct": "90",
            "lever.dunning_run": "daily",
            "lever.outage_hours": "40",
            "shock_from_day": "10",
            "shock_until_day": "20",
            "cost.one_off": "1000",
            "volume_response_pct": "2.5",
        })  # fmt: skip
        assert not found.problems
        file, problems = checked_text(found.text)
        assert not problems
        assert (file.name, file.title, file.extends) == ("Match more", "Match more", "distributor")
        assert file.levers == {"auto_match_pct": 90, "dunning_run": "daily"}
        (phase,) = file.phases
        assert (phase.from_day, phase.until_day, phase.levers) == (10, 20, {"outage_hours": 40})
        assert file.cost.one_off == 1000
        assert file.volume_response_pct == 2.5

    @pytest.mark.parametrize(
        "name",
        [
            name if name in FEW else pytest.param(name, marks=pytest.mark.slow)
            for name in sorted(scenario_names())
        ],
    )
    def test_a_shipped_scenario_comes_back_as_it_was(self, name, tmp_path):
        file = read_scenario(name).file
        form = new_form(Workspace(tmp_path), "", name)
        assert form.company == file.extends
        texts = {**form.texts, **{f"lever.{one.name}": one.value for one in form.fields}}
        base = read_scenario(name).file
        company = load_company(file.extends)
        from reports.workbench.scenario_form import shocks_in_form

        again = scenario_text(
            texts, company, file.extends, lever_fields(company), shocks_in_form(base)
        )
        assert not again.problems, again.problems
        found, problems = checked_text(again.text)
        assert not problems
        unmoved = {n for n, v in file.levers.items() if shown(LEVERS[n].read(company)) == shown(v)}
        assert dict(found.levers) == {n: v for n, v in file.levers.items() if n not in unmoved}
        assert [(p.from_day, p.until_day, p.levers) for p in found.phases] == [
            (p.from_day, p.until_day, p.levers) for p in file.phases
        ]
        assert found.overrides == file.overrides
        assert found.cost == file.cost

    def test_other_working_hours_are_a_team_of_all_people_of_the_role(self):
        found = made({"lever.order_desk_headcount": "3", "calendar.order_desk": "warehouse"})
        file, problems = checked_text(found.text)
        assert not problems
        assert file.overrides == {
            "staff.order_desk.teams": [{"headcount": 3, "calendar": "warehouse"}]
        }
        assert form_values(file, FIELDS)[0]["calendar.order_desk"] == "warehouse"

    @pytest.mark.parametrize(
        ("form", "field", "told"),
        [
            ({"lever.auto_match_pct": "190"}, "lever.auto_match_pct", "out of range"),
            ({"lever.auto_match_pct": "abc"}, "lever.auto_match_pct", "not a number"),
            ({"lever.dunning_run": "hourly"}, "lever.dunning_run", "not a choice"),
            ({"lever.order_desk_headcount": "1.5"}, "lever.order_desk_headcount", "whole number"),
            ({"lever.direct_debit_pct": "99"}, "lever.direct_debit_pct", "at most 97 %"),
            ({"lever.outage_hours": "4", "shock_from_day": "1e9"}, "shock_from_day", "36500"),
            (
                {"lever.outage_hours": "4", "shock_from_day": "9", "shock_until_day": "3"},
                "shock_until_day",
                "not after",
            ),
            ({"lever.auto_match_pct": "90", "cost.one_off": "-4"}, "cost.one_off", "greater"),
            ({"lever.auto_match_pct": "90", "calendar.credit": "moon"}, "calendar.credit", "moon"),
            ({"lever.auto_match_pct": "90", "title": "x" * 300}, "title", "200"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(self, form, field, told):
        found = made(form)
        assert not found.text
        assert list(found.problems) == [field]
        assert told in found.problems[field]

    def test_a_shock_after_the_run_is_refused_with_what_to_do(self):
        span = SPANS["month"]
        late = {"lever.outage_hours": "4", "shock_from_day": str(span.days + span.cool_down)}
        found = made(late, span=span)
        assert "after the run" in " ".join(found.problems.values())
        assert not made({**late, "shock_from_day": "1"}, span=span).problems

    @pytest.mark.parametrize("title", HOSTILE)
    def test_any_title_makes_a_file_that_can_be_read_again(self, title):
        found = made({"title": title, "lever.auto_match_pct": "90"})
        file, problems = checked_text(found.text)
        assert not problems
        assert file.title == " ".join(title.split())

    def test_names_of_one_comparison_differ(self):
        moved = {"title": "case_b", "lever.auto_match_pct": "90"}
        assert made(moved, taken=["case_b", "case_b_2"]).name == "case_b_3"
        assert made({**moved, "title": "baseline"}).name == "baseline_2"

    def test_a_form_that_moves_nothing_makes_no_file(self):
        found = made({"title": "x"})
        assert (found.text, found.problems) == ("", {})


class TestCommands:
    def test_rounds_grow_to_what_was_asked_and_only_the_last_has_the_whole_report(self):
        commands = compare_commands(["a.yaml"], "distributor", SPANS["month"], 24, 7)
        assert [results.count_of(command) for command in commands] == [2, 8, 24]
        assert [("--brief" in command) for command in commands] == [True, True, False]
        assert all("--seed=7" in command for command in commands)

    def test_values_of_users_cannot_be_taken_for_options(self):
        found = experiment.break_even_commands(
            "s.yaml", "distributor", SPANS["month"], 1, "cost_per_order", "--output", 40
        )
        assert "--target=--output" in found[0]

    def test_only_trade_offs_have_a_report_the_best_point_is_printed(self):
        span = SPANS["month"]
        one = experiment.best_commands("s.yaml", "distributor", span, 1, ["dso_simple_days"], 60)
        two = experiment.best_commands(
            "s.yaml", "distributor", span, 1, ["dso_simple_days", "cost_per_order"], 60
        )
        assert [len(one), len(two)] == [1, 2]
        assert ("--method=best" in one[0], "--method=pareto" in two[0]) == (True, True)


@pytest.fixture
def client(tmp_path):
    """Return a browser's session with a workbench whose queue does nothing yet."""
    with inside(tmp_path) as opened:
        yield opened


@functools.cache
def example_page() -> str:
    """Return the brief report of the invented comparison."""
    return html(comparison_document(example(), brief=True))


def stored_result(workspace: Workspace, title: str = "Mine") -> Job:
    """Return a finished what-if that nobody had to run."""
    folder = workspace.results / new_id()
    (folder / "output-1").mkdir(parents=True)
    write_comparison(example(), folder / "output-1" / "comparison.json")
    (folder / "output-1" / "report.html").write_text(example_page(), "utf-8")
    (folder / "scenario.yaml").write_text(YAML, "utf-8")
    commands = compare_commands(["{folder}/scenario.yaml"], "distributor", SPANS["month"], 6, 1)
    job = Job(
        folder.name, "what_if", title, "", tuple(map(tuple, commands)), folder,
        time.time(), time.time(), DONE, 2, 2, newest="output-1",
        about={
            "form": {"company": "distributor", "start": "", "title": title,
                     "lever.auto_match_pct": "90"},
            "beside": [], "names": ["mine"], "scenarios": ["{folder}/scenario.yaml"],
            "company": "distributor", "span": "month", "seed": 1, "replications": 6,
            "searchable": True,
        },
    )  # fmt: skip
    write_job(job)
    return job


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
