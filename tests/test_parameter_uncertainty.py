"""Intervals that include not knowing the company, and which assumptions matter most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_company import WINDOW, small

from mining.calibration.uncertainty import Uncertainty, drawn_company
from o2c_sim import ModelError, Window, fingerprint, override
from scenarios.calibration_ranking import rank_assumed, reduced
from scenarios.experiment import Plan, run_replications
from scenarios.parameter_uncertainty import uncertain_comparison, with_parameters
from scenarios.request import Request, answer
from scenarios.scenario import load_scenario, rebased
from scenarios.statistics import t_interval
from scenarios.store import Store

TERMS = "customers.payment_terms_days"
DRAWS = tuple(float(days) for days in (10, 60, 30, 45))


def uncertain(model, **draws):
    """Return draws of parameters of a company, four each."""
    return Uncertainty(fingerprint(model), draws or {TERMS: DRAWS})


def request(**changes):
    """Return a request of a few short runs in this process."""
    return replace(Request(replications=4, window=WINDOW, workers=1), **changes)


def test_without_uncertainty_the_interval_is_that_of_chance():
    """The same changes in every draw: Student's t interval of the mean, and a share of 0."""
    known = np.array([1.0, 2.0, 4.0, 3.0])
    interval, share = with_parameters(known, known, 0.95)
    assert (interval.low, interval.high) == pytest.approx(
        (t_interval(known, 0.95).low, t_interval(known, 0.95).high)
    )
    assert share == 0


def test_without_luck_the_interval_is_that_of_one_more_company():
    """Changes that only the parameters move: a prediction interval, which does not shrink by n."""
    drawn = np.array([-1.0, 1.0, -2.0, 2.0, 0.0])
    interval, share = with_parameters(np.zeros(5), drawn, 0.95)
    # t(4) at 97.5 % is 2.776; the variance is 2.5, and a fifth of it for the mean.
    assert interval.high == pytest.approx(2.7764451 * np.sqrt(2.5 * 1.2))
    assert share == 1


def test_the_interval_covers_the_company_that_it_is_about():
    """Effects of companies N(3, 1), luck of a replication N(0, 2): 95 % within four of a hundred.

    The interval of chance alone covers the true company's effect far less often.
    """
    rng = np.random.default_rng(4)
    n, trials, sure, narrow = 20, 2_000, 0, 0
    for _ in range(trials):
        true = rng.normal(3, 1)
        luck = rng.normal(0, 2, n)
        # The calibrated company is another draw than the true one, and so are the others.
        known = 3 + luck
        drawn = rng.normal(3, 1, n) + luck
        interval, _ = with_parameters(known, drawn, 0.95)
        sure += interval.low <= true <= interval.high
        chance = t_interval(known, 0.95)
        narrow += chance.low <= true <= chance.high
    assert 0.91 <= sure / trials <= 0.99
    assert narrow / trials < 0.75


def test_replication_r_is_made_with_draw_r():
    """The third of a plan's replications is that of the third company, and they go round."""
    model = small()
    companies = [drawn_company(model, uncertain(model), n) for n in range(3)]
    plan = Plan(companies[0], draws=tuple(map(Plan, companies)))
    (mixed,) = run_replications([plan], seed=2, replications=4, window=WINDOW, workers=1)
    for r in range(4):
        ((alone,),) = run_replications(
            [companies[r % 3]], seed=2, replications=range(r, r + 1), window=WINDOW, workers=1
        )
        assert mixed[r].kpis == pytest.approx(alone.kpis, nan_ok=True)


@pytest.mark.slow
def test_both_arms_meet_the_same_draw(tmp_path):
    """What an analyst's hour costs moves no cycle time, so there is no effect in any company.

    Arms with draws of their own would differ by the payment terms, from 10 to 60 days.
    """
    model = small()
    file = tmp_path / "dearer.yaml"
    file.write_text(
        "schema_version: 1\nname: dearer\ntitle: Dearer analysts\nextends: distributor\n"
        "overrides:\n  staff.credit.cost_per_hour: 99\n"
    )
    dearer = rebased(load_scenario(file), model)
    asked = request(window=Window(60, 40, 90))
    found = answer(model, [dearer], asked)
    result = uncertain_comparison(model, uncertain(model), [dearer], asked, found)
    cash = next(one for one in result.effects if one.metric == "invoice_to_cash_mean_days")
    assert (cash.uncertain.low, cash.uncertain.high) == (0.0, 0.0)
    assert (cash.known.low, cash.known.high) == (0.0, 0.0)


@pytest.mark.slow
def test_unknown_terms_widen_the_interval_of_a_scenario(tmp_path):
    """Terms between 10 and 60 days change what faster cash application and dunning are worth."""
    model = small()
    scenario = rebased(load_scenario("case_b"), model)
    window = Window(60, 40, 90)
    asked = request(window=window, store=Store(tmp_path))
    found = answer(model, [scenario], asked)
    draws = {TERMS: (1.0, 90.0, 15.0, 60.0)}
    result = uncertain_comparison(model, uncertain(model, **draws), [scenario], asked, found)
    cash = next(one for one in result.effects if one.metric == "invoice_to_cash_mean_days")
    assert cash.uncertain.high - cash.uncertain.low > cash.known.high - cash.known.low
    assert cash.parameter_share > 0.2
    assert (result.companies, result.replications) == (4, 4)
    document = result.document()
    assert document["parameters"] == [TERMS]
    assert len(document["effects"]) == len(result.effects)


def test_a_draw_that_a_setting_forbids_is_told():
    """A path that the company does not have."""
    model = small()
    with pytest.raises(ModelError, match=r"draw 0 of credit\.nonsense does not fit"):
        drawn_company(model, uncertain(model, **{"credit.nonsense": (1, 2)}), 0)


def test_settings_hold_in_every_draw():
    """What the user sets is known, whatever was drawn for it."""
    model = small()
    scenario = rebased(load_scenario("case_b"), model)
    found = answer(model, [scenario], request(replications=2))
    asked = request(replications=2)
    free = uncertain_comparison(model, uncertain(model), [scenario], asked, found)
    terms = model.customers.payment_terms_days.value.model_dump(by_alias=True)
    fixed = uncertain_comparison(model, uncertain(model), [scenario], asked, found, {TERMS: terms})
    shares = {one.metric: one.parameter_share for one in fixed.effects}
    assert {share for share in shares.values() if share == share} == {0.0}
    assert any(one.parameter_share > 0 for one in free.effects)


@pytest.mark.slow
def test_the_ranking_puts_what_matters_first():
    """Days from delivery to picking lengthen the cycle; the cost of an hour and a fee do not."""
    model = small()
    paths = [
        "costs.capital_cost_share_per_year",
        "fulfilment.dispatch_lead_days",
        "staff.credit.cost_per_hour",
        "fulfilment.availability_check",
        TERMS,
    ]
    steps = []
    found = rank_assumed(
        model, paths, window=Window(40, 30, 60), workers=1,
        progress=lambda done, total: steps.append((done, total)),
    )  # fmt: skip
    ranked = [one.path for one in found.influences]
    assert set(ranked) == {TERMS, "fulfilment.dispatch_lead_days"}
    assert ranked[0] == TERMS
    assert found.influences[0].change_pct > 1
    assert set(found.without_effect) == {paths[0], paths[2]}
    assert found.not_moved == ("fulfilment.availability_check",)
    assert steps[-1] == (found.runs, found.runs)
    assert TERMS in found.markdown()
    assert TERMS in "\n".join(found.lines(1))
    assert len(found.lines(1)) == 2
    assert found.document()["influences"][0]["path"] == TERMS


def test_a_large_company_is_ranked_at_a_smaller_size():
    """Six hundred orders a week become forty, with a fifteenth of customers and people."""
    large = override(
        small(), {"demand.orders_per_week": 600, "staff.warehouse.headcount": 25}, "large"
    )
    less = reduced(large)
    assert less.demand.orders_per_week.value == 40
    assert less.customers.count.value == round(large.customers.count.value / 15)
    assert less.staff["warehouse"].headcount.value == 2
    few = override(small(), {"demand.orders_per_week": 40}, "few")
    assert reduced(few) is few
