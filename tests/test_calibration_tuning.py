"""Tuning: the loss by hand, a known delay found again, and what the held-out part decides."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from mining.calibration import tuning
from mining.calibration.company import assembled
from mining.calibration.estimate import Estimate
from mining.calibration.gathering import Gathered
from mining.calibration.log_statistics import (
    LogStatistics,
    log_statistics,
    loss,
    wasserstein,
)
from mining.calibration.source import source_of
from mining.calibration.tuning import Tunable, tune
from mining.read import ReadLog
from o2c_sim import Window, load_company, override, parameters, simulate
from o2c_sim import vocabulary as v

pytestmark = pytest.mark.slow

MONDAY = dt.datetime(2024, 1, 1)
ORDERED = "demand.orders_per_week"
LAG = (v.CREATE_DELIVERY, v.POST_GOODS_ISSUE)


def hours(*after):
    """Return times so many hours after Monday."""
    return [MONDAY + dt.timedelta(hours=h) for h in after]


def test_statistics_of_a_hand_made_log():
    """Two orders: 2 and 4 hours to the delivery; a third begins before, a fourth is cut off."""
    created, delivered = v.CREATE_SALES_ORDER, v.CREATE_DELIVERY
    events = pl.DataFrame(
        {
            "order": [1, 1, 1, 2, 2, 3, 3, 4, 4],
            "activity": [created, delivered, delivered, created, delivered, created, delivered,
                         created, delivered],
            "time": hours(0, 2, 9, 10, 14, -5, 1, 20, 30),
        }
    )  # fmt: skip
    found = log_statistics(events, MONDAY, MONDAY + dt.timedelta(hours=24))
    assert found.orders == 3
    assert found.lag_hours[created, delivered].tolist() == [2, 4]
    assert found.shares == {created: 1.0, delivered: pytest.approx(2 / 3)}


def test_the_distance_of_shifted_samples_is_the_shift():
    """Every quantile is three hours later."""
    sample = np.linspace(0, 10, 51)
    assert wasserstein(sample, sample + 3) == pytest.approx(3)
    assert wasserstein(sample, sample) == 0


def test_the_loss_by_hand():
    """Lag 10 h against 15 h: 0.5; shares 0.5 against 0.4: 0.2, and 1 against 1: 0, mean 0.1."""
    real = LogStatistics(
        100, {LAG: np.full(50, 10.0)}, {LAG[0]: 1.0, LAG[1]: 0.5, "Not of the model": 0.9}
    )
    run = LogStatistics(100, {LAG: np.full(70, 15.0)}, {LAG[0]: 1.0, LAG[1]: 0.4})
    assert loss(real, run) == pytest.approx(0.5 + 0.1)
    assert loss(real, real) == 0


def test_a_hold_that_begins_unseen_counts_by_its_end():
    """Lines that are entered as blocked show only the removal."""
    shares = {v.SET_ORDER_BLOCK: 0.01, v.REMOVE_ORDER_BLOCK: 0.8}
    run = {v.SET_ORDER_BLOCK: 0.8, v.REMOVE_ORDER_BLOCK: 0.8}
    assert loss(LogStatistics(9, {}, shares), LogStatistics(9, {}, run)) == 0
    assert loss(LogStatistics(9, {}, run), LogStatistics(9, {}, shares)) > 0.4


TRUE_DAYS = 5.0


@pytest.fixture(scope="module")
def slow_dispatch():
    """Calibrate, without a look at dispatch, a company whose dispatch takes five days."""
    values = {
        "customers.count": 60,
        ORDERED: 60,
        "fulfilment.dispatch_lead_days": TRUE_DAYS,
    }
    company = override(load_company("distributor"), values, "slow")
    run = simulate(company, seed=5, window=Window(30, 100, 0))
    source = source_of(ReadLog(run.log, "order", None, ()), "order")
    known = (
        Estimate(ORDERED, 60.0, "known", 100),
        Estimate("customers.count", 60, "known", 100),
    )
    return assembled(source, "distributor", "", Gathered(known))


def dispatch_days(company):
    """Return the mean of the dispatch lead."""
    return dict(parameters(company))["fulfilment.dispatch_lead_days"].value.mean()


def test_a_delay_that_no_estimator_saw_is_found(slow_dispatch):
    """The reference company's dispatch is much shorter; runs bring it near to the truth."""
    assert dispatch_days(slow_dispatch.company) < 0.6 * TRUE_DAYS
    only = (Tunable("fulfilment.dispatch_lead_days", LAG),)
    steps = []
    tuned, told = tune(
        slow_dispatch, seed=2, budget=14, tunables=only,
        progress=lambda done, total: steps.append((done, total)),
    )  # fmt: skip
    assert told.kept
    assert told.loss_after < told.loss_before - 0.05
    assert told.held_out_after < told.held_out_before
    assert dispatch_days(tuned.company) == pytest.approx(TRUE_DAYS, rel=0.25)
    value = dict(parameters(tuned.company))["fulfilment.dispatch_lead_days"]
    assert value.provenance == "data"
    assert "simulated runs" in value.source
    assert steps[-1] == (14, 14)
    assert told.runs <= 14


def test_what_the_data_told_is_not_tuned(slow_dispatch):
    """An estimate stays; with nothing else to tune, that is said."""
    estimate = Estimate("fulfilment.dispatch_lead_days", 1.0, "seen", 99)
    known = assembled(
        slow_dispatch.source, "distributor", "", Gathered((*slow_dispatch.estimates, estimate))
    )
    only = (Tunable("fulfilment.dispatch_lead_days", LAG),)
    same, told = tune(known, budget=12, tunables=only)
    assert dispatch_days(same.company) == 1.0
    assert "known from the data" in told.why
    _, few = tune(slow_dispatch, budget=3, tunables=only)
    assert "too few" in few.why


def test_what_the_held_out_part_does_not_confirm_is_not_kept(slow_dispatch, monkeypatch):
    """Fault injection: on the held-out part the tuned company looks worse."""
    losses = iter((1.0, 2.0))
    monkeypatch.setattr(tuning.Trial, "held_out_loss", lambda self, run: next(losses))
    only = (Tunable("fulfilment.dispatch_lead_days", LAG),)
    same, told = tune(slow_dispatch, seed=2, budget=8, tunables=only)
    assert not told.kept
    assert same.company == slow_dispatch.company
    assert "does not confirm" in " ".join(told.lines())
    assert told.document()["held_out_loss"] == {"before": 1.0, "after": 2.0}


def test_a_desk_that_would_drown_gets_people(slow_dispatch):
    """Order entry of two hours an order: one person cannot keep up, and the log shows no pile."""
    slow = Estimate(
        "capture.touch_minutes",
        {"email": {"distribution": "constant", "value": 120},
         "phone": {"distribution": "constant", "value": 120}},
        "seen", 99,
    )  # fmt: skip
    base = assembled(
        slow_dispatch.source, "distributor", "", Gathered((*slow_dispatch.estimates, slow))
    )
    assert base.company.staff["order_desk"].headcount.value == 1
    more, told = tune(base, budget=6, tunables=())
    assert more.company.staff["order_desk"].headcount.value >= 2
    assert [path for path, _, _ in told.staff] == ["staff.order_desk.headcount"]
    headcount = more.company.staff["order_desk"].headcount
    assert headcount.provenance == "assumed"
    assert "do not pile up" in headcount.source


def test_a_log_of_a_few_days_is_not_tuned(slow_dispatch):
    """Eight days leave no part to hold out."""
    log = slow_dispatch.source.log
    first = log.events["time"].min().date()
    short = source_of(ReadLog(log, "order", None, ()), "order", last=first + dt.timedelta(days=8))
    known = assembled(short, "distributor", "", Gathered(slow_dispatch.estimates))
    same, told = tune(known, budget=10)
    assert same is known
    assert "too short" in told.why
