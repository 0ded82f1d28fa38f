"""The form for the best settings: what it asks of the command line, and what it says is wrong."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager

import pytest
from example_comparison import example_comparison
from stored_what_if import HOSTILE, stored_result
from workbench_client import app_of, inside, post

from o2c_sim.errors import UsageError
from reports.workbench import search_form
from reports.workbench.experiment import SPANS, best_commands
from reports.workbench.search_form import read_best, today_means, today_text
from reports.workbench.workspace import Workspace

DAYS, COST, LATE = "order_to_cash_mean_days", "cost_per_order", "late_share"
TODAY = {DAYS: 41.26789, COST: 31.4721, LATE: 0.2512}
FORM = {"kpi_1": DAYS, "limit_kpi": COST, "limit_value": "31.47", "runs": "120"}


def asked(**fields):
    """Return what a form asks, or what is wrong with it."""
    return read_best({**FORM, **fields}, TODAY)


@contextmanager
def result(folder):
    """Yield a session and a finished comparison."""
    job = stored_result(Workspace(folder), "A what-if")
    with inside(folder) as client:
        yield client, job


@pytest.mark.parametrize(
    ("fields", "limits"),
    [
        ({}, ("--at-most=cost_per_order=today",)),
        ({"limit_value": ""}, ("--at-most=cost_per_order=today",)),
        ({"limit_value": "31.48"}, ("--at-most=cost_per_order=31.48",)),
        ({"limit_sense": "at least"}, ("--at-least=cost_per_order=today",)),
        ({"limit_kpi": LATE, "limit_value": "25.12 %"}, ("--at-most=late_share=today",)),
        ({"limit_kpi": LATE, "limit_value": "20 %"}, ("--at-most=late_share=20 %",)),
        ({"limit_value": " today+2% "}, ("--at-most=cost_per_order=today+2%",)),
        ({"limit_kpi": ""}, ()),
    ],
)
def test_a_limit_left_at_todays_value_is_todays_own(fields, limits):
    """A number is a number; what the form filled in is the company as it is, run by run."""
    wish, problems = asked(**fields)
    assert not problems
    assert wish.limits == limits


@pytest.mark.parametrize("value", ["soon", "31,5", "--output", "5 %", "1e999x", *HOSTILE])
def test_limits_that_are_none_are_said_at_the_field(value):
    """Without the words of the command line, and without an echo of what was typed."""
    wish, problems = asked(limit_value=value)
    assert wish is None
    assert set(problems) == {"limit_value"}
    assert "--" not in problems["limit_value"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"kpi_1": ""}, "kpi_1"), ({"runs": "79"}, "best_runs"), ({"runs": "1e3"}, "best_runs")],
)
def test_what_else_can_be_wrong(fields, field):
    """No KPI, too few runs, no number."""
    assert field in asked(**fields)[1]


def test_a_kpi_that_no_form_sends_is_refused():
    """It never reaches a command line."""
    with pytest.raises(UsageError, match="no KPI"):
        asked(limit_kpi="--output")


def test_the_question_in_words():
    """It names the result in the list of results."""
    assert asked(limit_value="31")[0].title == (
        "Least Order-to-cash cycle time, mean with Cost per order at most 31.00"
    )
    assert asked(aim="large", limit_kpi="")[0].title.startswith("Most Order-to-cash")


def test_the_commands():
    """With a limit there is a report; more runs try more points; the smallest search fits."""
    span = SPANS["month"]
    limit = ("--at-most=cost_per_order=today",)
    one = best_commands("s.yaml", "distributor", span, 1, [DAYS], 120, limits=limit)
    assert len(one) == 2
    assert {*limit, "--points=8", f"--minimise={DAYS}"} <= set(one[0])
    more = best_commands("s.yaml", "distributor", span, 1, [DAYS], 600, large=True, limits=limit)
    assert {"--points=40", f"--maximise={DAYS}"} <= set(more[0])
    two = best_commands("s.yaml", "distributor", span, 1, [DAYS, COST], 120, limits=limit)
    assert {"--method=pareto", f"--minimise={DAYS}", f"--minimise={COST}", *limit} <= set(two[0])
    from scenarios.search.constrained import least_runs

    for runs in (search_form.FEWEST_BEST_RUNS, 120, 600, 2_000):
        command = best_commands("s.yaml", "distributor", span, 1, [DAYS], runs, limits=limit)[0]
        points = int(next(a for a in command if a.startswith("--points=")).partition("=")[2])
        assert least_runs(points, 4) <= runs


def test_todays_values_are_those_of_the_comparison(tmp_path):
    """Read from its file, none from one that is damaged or missing."""
    with result(tmp_path) as (_, job):
        file = job.result / "comparison.json"
        baseline = example_comparison().outcomes[0].estimates
        found = today_means(file)
        assert found == {key: one.mean for key, one in baseline.items() if key in found}
        assert found
    assert today_means(None) == today_means(tmp_path / "none.json") == {}
    (tmp_path / "damaged.json").write_text(json.dumps({"outcomes": []}))
    assert today_means(tmp_path / "damaged.json") == {}
    assert [today_text(kpi, TODAY) for kpi in (DAYS, COST, LATE, "dso_simple_days")] == [
        "41.27", "31.47", "25.12 %", "",
    ]  # fmt: skip


def test_the_page_has_the_form_filled_with_todays_value(tmp_path):
    """As sent, it is a search with a report within today's cost."""
    with result(tmp_path) as (client, job):
        page = client.get(f"/results/{job.id}").text
        form = re.search(r'<form[^>]*action="/results/\w+/best".*?</form>', page, re.S)[0]
        assert 'src="/static/search_form.js"' in page
        value = re.search(r'name="limit_value" value="([^"]*)"', form)[1]
        assert value == today_text(COST, today_means(job.result / "comparison.json"))
        told = today_text(DAYS, today_means(job.result / "comparison.json"))
        assert told
        option = re.search(rf'<option value="{DAYS}" data-today="([^"]*)"[^>]*>([^<]*)<', form)
        assert option[1] == told
        assert option[2].endswith(f", today {told}")
        answer = post(
            client, f"/results/{job.id}/best",
            data={"kpi_1": DAYS, "aim": "small", "limit_kpi": COST, "limit_sense": "at most",
                  "limit_value": value, "kpi_2": "", "runs": "120"},
        )  # fmt: skip
        assert answer.status_code == 303
        new = app_of(client).state.jobs.jobs()[0]
        app_of(client).state.jobs.cancel(new.id)
        assert "--at-most=cost_per_order=today" in new.commands[0]
        assert new.commands[1][0] == "report"


@pytest.mark.parametrize("value", HOSTILE)
def test_a_wrong_limit_comes_back_inert(tmp_path, value):
    """The form shows what was typed, escaped, and what is wrong."""
    with result(tmp_path) as (client, job):
        answer = post(
            client, f"/results/{job.id}/best",
            data={"kpi_1": DAYS, "limit_kpi": COST, "limit_value": value, "runs": "120"},
        )  # fmt: skip
        assert answer.status_code == 422
        assert 'id="e-limit_value"' in answer.text
        assert "<script>alert" not in answer.text
        assert len(app_of(client).state.jobs.jobs()) == 1
