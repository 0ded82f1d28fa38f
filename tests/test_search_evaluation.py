"""The seam between a search and the simulator: which runs are asked for, and what they are."""

from types import SimpleNamespace

import numpy as np
import pytest

from mining.kpis import DEFINITIONS
from o2c_sim import ScenarioError, Window, load_company, override
from scenarios.experiment import run_replications
from scenarios.search.break_even import find_break_even
from scenarios.search.evaluation import CompanyEvaluation, at_point, company_runs, point_text
from scenarios.search.factor import read_factor
from scenarios.search.line import factor_line
from scenarios.search.target import Target

WINDOW = Window(20, 20, 20)
KPIS = ("order_processing_mean_hours", "automatic_match_share")


@pytest.fixture(scope="module")
def company():
    """Return a company small enough to run many times."""
    small = {"customers.count": 60, "demand.orders_per_week": 60}
    return override(load_company("distributor"), small, "test")


class Recorded:
    """Runs that only note what is asked: the first KPI is the automatic match, in percent."""

    def __init__(self):
        self.asked = []

    def __call__(self, models, replications):
        """Note models and replications."""
        self.asked.append((len(models), replications))
        return [
            [
                SimpleNamespace(
                    kpis=dict.fromkeys(DEFINITIONS, 0.0)
                    | {KPIS[0]: 100 * model.cash_application.auto_match_share.value + r},
                    warnings=("busy",) if r == 1 else (),
                )
                for r in replications
            ]
            for model in models
        ]


def test_nothing_is_run_twice(company):
    """Points and replications that are known are not asked for; the rest in as few lots as can be.

    Asked: two points, replications 0 to 2; then three points, 0 to 4: the new point needs all
    five, the known ones only the last two.
    """
    runs = Recorded()
    evaluate = CompanyEvaluation(company, KPIS[:1], runs)
    points = [{}, {"auto_match_pct": 50}, {"auto_match_pct": 90}]
    first = evaluate(points[:2], range(3))
    second = evaluate(points, range(5))
    assert runs.asked == [(2, range(3)), (1, range(5)), (2, range(3, 5))]
    assert (evaluate.runs, second.shape) == (15, (3, 5, 1))
    assert np.array_equal(second[:2, :3], first)
    assert second[1, :, 0] == pytest.approx([50, 51, 52, 53, 54])
    assert evaluate(points, range(5)) == pytest.approx(second)
    assert len(runs.asked) == 3
    assert evaluate.warnings == {"busy": 3}


def test_the_order_of_settings_makes_no_other_point(company):
    """The same settings in another order are the same company."""
    runs = Recorded()
    evaluate = CompanyEvaluation(company, KPIS[:1], runs)
    one = {"auto_match_pct": 50, "e_invoice_pct": 80}
    evaluate([one, dict(reversed(one.items()))], range(2))
    assert runs.asked == [(1, range(2))]


def test_a_point_is_the_company_with_levers_and_parameters(company):
    """Levers first, then parameters by path; an empty point is the company as it is."""
    model = at_point(company, {"cash_application.touch_minutes": 2, "auto_match_pct": 50})
    assert model.cash_application.auto_match_share.value == 0.5
    assert model.cash_application.touch_minutes.value.value == 2
    assert at_point(company, {}) is company
    assert point_text({"a": 0.5, "b": "x"}) == "a=0.5, b=x"


def test_a_point_that_cannot_be_is_refused_with_its_reason(company):
    """Before any run; and a KPI that is none at once."""
    evaluate = CompanyEvaluation(company, KPIS, Recorded())
    assert evaluate.refusal({"auto_match_pct": 50}) == ""
    assert "auto_match_pct" in evaluate.refusal({"auto_match_pct": 500})
    with pytest.raises(ScenarioError, match="out of range"):
        evaluate([{"auto_match_pct": 500}], range(2))
    with pytest.raises(ScenarioError, match="did you mean 'late_share'"):
        CompanyEvaluation(company, ("late_shares",), Recorded())


def test_a_kpi_without_a_value_is_said(company):
    """Which one, at which point, in which replication; it is not averaged over."""

    def empty(models, replications):
        kpis = dict.fromkeys(DEFINITIONS, float("nan"))
        return [[SimpleNamespace(kpis=kpis, warnings=()) for _ in replications] for _ in models]

    evaluate = CompanyEvaluation(company, KPIS[:1], empty)
    with pytest.raises(ScenarioError, match="auto_match_pct=50: order_processing_mean_hours has"):
        evaluate([{"auto_match_pct": 50}], range(2, 4))


def test_responses_are_those_of_the_experiment(company):
    """Replication r of a point is replication r of the same company run by itself."""
    done = []
    runs = company_runs(seed=3, window=WINDOW, workers=1, progress=done.append)
    found = CompanyEvaluation(company, KPIS, runs)([{}, {"auto_match_pct": 90}], range(1, 3))
    models = [company, at_point(company, {"auto_match_pct": 90})]
    wanted = run_replications(models, seed=3, replications=range(1, 3), window=WINDOW, workers=1)
    for own, results in zip(found, wanted, strict=True):
        assert [list(row) for row in own] == [[r.kpis[key] for key in KPIS] for r in results]
    assert done[-1] == 4


@pytest.mark.slow
def test_a_break_even_of_the_simulator_is_where_it_says(company):
    """At the value found the target lies within the interval; at the ends of it, to either side."""
    runs = company_runs(seed=1, window=WINDOW, workers=1)
    evaluate = CompanyEvaluation(company, KPIS[1:], runs)
    line = factor_line(read_factor("auto_match_pct=74:100", company))
    found = find_break_even(evaluate, line, Target("change", 0.05), replications=6, precision=0.1)
    assert found.status == "reached"
    today, there = evaluate([{}, found.point], range(50, 70))[:, :, 0].mean(axis=1)
    assert there - today == pytest.approx(0.05, abs=0.03)
