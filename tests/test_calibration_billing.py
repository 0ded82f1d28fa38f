"""Fulfilment and billing from a log: what a known company was simulated with comes back."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from calibrated_company import CHANGES, calibrated_company
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from real_logs import DISTRIBUTOR, MANUFACTURING, folder

from mining.calibration import billing, flow_times, shipments
from mining.calibration.estimate import DRAWS
from mining.calibration.gathering import gather
from mining.calibration.source import source_of
from mining.calibration.waits import queued_within, since_last_run
from mining.read import read_log
from o2c_sim import vocabulary as v
from o2c_sim.model.distribution import Distribution

pytestmark = pytest.mark.slow

ADAPTER = TypeAdapter(Distribution)
MODULES = (billing, flow_times, shipments)
MINUTE = 60_000_000
DAY = 1_440 * MINUTE


@pytest.fixture(scope="module")
def found():
    """Return the estimates of a known company by path."""
    _, source = calibrated_company()
    estimators = [one for module in MODULES for one in module.ESTIMATORS]
    gathered = gather(source, 1, estimators)
    assert not gathered.failures
    return {one.path: one for one in gathered.estimates}


def truth(path):
    """Return what the company was simulated with."""
    model, _ = calibrated_company()
    section, name = path.split(".")
    return getattr(getattr(model, section), name).value


SHARES = (
    "billing.block_share",
    "billing.rejection_share",
    "billing.tax_share",
    "fulfilment.short_pick_share",
    "fulfilment.consolidation_share",
    "fulfilment.promise_allowance_days",
    "customers.weekly_invoice_share",
    "customers.monthly_invoice_share",
    "customers.collective_invoice_share",
)
# Nothing is made to order, and too few customers have three orders that were late in part.
SILENT = ("products.production_lead_days", "fulfilment.complete_delivery_share")
DURATIONS = (
    "fulfilment.confirmed_lead_days",
    "fulfilment.dispatch_lead_days",
    "fulfilment.carrier_days",
    "billing.block_days",
    "billing.rejection_days",
)


@pytest.mark.parametrize("path", SHARES)
def test_a_share_comes_back_within_its_interval(found, path):
    """Within twice the half-width of the 95 % interval: one in 10,000 is not, by chance."""
    one, known = found[path], truth(path)
    slack = (one.high - one.low) / 2
    assert one.low - slack <= known <= one.high + slack
    assert one.high - one.low < 0.35
    assert one.source.startswith("test log")


@pytest.mark.parametrize("path", DURATIONS)
def test_a_wait_comes_back_as_a_distribution(found, path):
    """Mean and quantiles within the spread of the bootstrap, and within a few tenths anyway."""
    one, known = found[path], truth(path)
    grid = np.array([0.25, 0.5, 0.75, 0.9])
    fitted = ADAPTER.validate_python(one.value).quantile(grid)
    drawn = np.array([ADAPTER.validate_python(draw).quantile(grid) for draw in one.draws])
    assert len(one.draws) == DRAWS
    spread = np.maximum(4 * drawn.std(axis=0), 0.05 * known.quantile(grid))
    assert (np.abs(fitted - known.quantile(grid)) <= spread).all()
    assert one.misfit is not None
    assert one.misfit < 0.15


def test_what_the_log_says_outright_comes_back(found):
    """Trigger, goods that are waited for, and the days that each channel takes."""
    assert found["billing.trigger"].value == "proof_of_delivery"
    assert found["fulfilment.availability_check"].value is True
    days = found["billing.delivery_days"].value
    assert days["pdf"] == {"distribution": "constant", "value": 0.1}
    assert days["e_invoice"] == {"distribution": "constant", "value": 0}
    paper = CHANGES["billing.delivery_days"]["paper"]
    assert days["paper"]["distribution"] == "lognormal"
    assert days["paper"]["median"] == pytest.approx(paper["median"], rel=0.1)
    assert days["paper"]["sigma"] == pytest.approx(paper["sigma"], rel=0.15)
    assert sum(found["customers.invoice_channel_shares"].value.values()) == pytest.approx(1)


def test_every_path_is_one_of_the_model(found):
    """And all that is said to be identifiable is found."""
    for module in MODULES:
        for path in module.IDENTIFIABLE:
            if path not in SILENT:
                assert path in found
    for path in found:
        truth(path)


def test_without_start_stamps_the_waits_hold_the_work():
    """Completion stamps alone: a longer dispatch, and it is said."""
    _, source = calibrated_company()
    events = source.log.events.with_columns(pl.lit(None, pl.Datetime("us")).alias("start"))
    bare = replace(source, log=replace(source.log, events=events))
    found = {one.path: one for one in flow_times.estimate_flow_times(bare, 1)}
    dispatch = found["fulfilment.dispatch_lead_days"]
    known = truth("fulfilment.dispatch_lead_days")
    assert "work" in dispatch.assumption
    assert ADAPTER.validate_python(dispatch.value).mean() > known.mean()


@pytest.mark.parametrize("activity", [v.CREATE_DELIVERY, v.CREATE_INVOICE, v.SEND_INVOICE])
def test_a_log_without_an_activity_says_nothing_of_it(activity):
    """Nothing is guessed, and nothing fails."""
    _, source = calibrated_company()
    events = source.log.events.filter(pl.col("activity").cast(pl.String) != activity)
    less = replace(source, log=replace(source.log, events=events))
    estimators = [one for module in MODULES for one in module.ESTIMATORS]
    gathered = gather(less, 1, estimators)
    assert not gathered.failures
    silent = {
        v.CREATE_DELIVERY: "fulfilment.confirmed_lead_days",
        v.CREATE_INVOICE: "billing.trigger",
        v.SEND_INVOICE: "billing.delivery_days",
    }
    assert silent[activity] not in {one.path for one in gathered.estimates}


def test_a_wait_that_a_run_ends_began_after_the_run_before():
    """Runs at 3:00 each day: a wait from day 1, 12:00 to day 4, 3:00 lasted over 1.625 days."""
    runs = np.arange(10) * DAY + 180 * MINUTE
    begin = np.array([DAY + 720 * MINUTE, 4 * DAY + 100 * MINUTE])
    end = np.array([4 * DAY + 180 * MINUTE, 4 * DAY + 180 * MINUTE])
    assert since_last_run(begin, end, runs).tolist() == pytest.approx([1.625, 0.0])


def test_work_that_nobody_was_waited_for_is_known():
    """One person; the first case starts when nobody is busy, the second when the first is done.

    The busy time begins at 600 and ends with the second start, at 630; the third does not queue.
    """
    ready = np.array([0, 0, 0])
    start = np.array([600, 630, 700]) * MINUTE
    ends = np.array([630, 660, 720]) * MINUTE
    low, high = queued_within(ready, start, ends, "UTC")
    minutes = np.array([low, high]) * 1_440
    np.testing.assert_allclose(minutes, [[600, 600, 700], [600, 630, 700]])


def test_the_beginning_of_a_shift_is_no_arrival():
    """At 06:00 on five days: ready at some moment of the night before."""
    start = np.arange(1, 6) * DAY + 360 * MINUTE
    ready = start - DAY
    low, high = queued_within(ready, start, start + 30 * MINUTE, "UTC")
    assert (low < high).all()


@given(st.floats(0.1, 0.9), st.integers(0, 2**32 - 1))
def test_customers_who_want_orders_whole_are_told_by_their_orders(share, seed):
    """Eight orders each; half of the others' are split: the share is found to a few percent."""
    rng = np.random.default_rng(seed)
    whole = np.arange(1_000) < 1_000 * share
    splits = np.where(whole, 0.0, rng.binomial(8, 0.5, 1_000))
    found = shipments._never_split_share(np.full(1_000, 8.0), splits)
    assert found == pytest.approx(share, abs=0.02)


def real(name):
    """Return a public log to calibrate from, or skip."""
    path = folder() / name
    if not path.is_file():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    read = read_log(path)
    return source_of(read, read.log.object_types[0])


def test_a_delay_that_no_run_explains_is_written_as_transport():
    """SAP log 2007-2009: invoices days after the goods, though there is a run each half hour."""
    source = real(DISTRIBUTOR)
    found = {one.path: one for one in billing.estimate_invoicing(source, 1)}
    assert found["billing.trigger"].value == "proof_of_delivery"
    assert "does not say why" in found["billing.trigger"].assumption
    cases = source.log.flatten(source.case_type)
    name = pl.col("activity").cast(pl.String)
    lags = (
        cases.group_by("case")
        .agg(
            pl.col("time").filter(name == v.CREATE_INVOICE).min()
            - pl.col("time").filter(name == v.POST_GOODS_ISSUE).min()
        )["time"]
        .drop_nulls()
        .dt.total_seconds()
        .to_numpy()
        / 86_400
    )
    grid = np.array([0.5, 0.75, 0.9])
    fitted = ADAPTER.validate_python(found["fulfilment.carrier_days"].value).quantile(grid)
    np.testing.assert_allclose(fitted, np.quantile(lags[lags >= 0], grid), rtol=0.25, atol=0.3)


def test_goods_that_are_stamped_with_a_date_left_on_that_day():
    """Manufacturing log: delivery to goods issue LN(1.4 d, 0.9), with the day's end in it."""
    source = real(MANUFACTURING)
    found = {one.path: one for one in flow_times.estimate_flow_times(source, 1)}
    dispatch = ADAPTER.validate_python(found["fulfilment.dispatch_lead_days"].value)
    median = float(dispatch.quantile(np.array([0.5]))[0])
    # Half a day less than to the end of the day, more or less.
    assert 0.5 < median < 1.4
    assert "moment of the day" in found["fulfilment.dispatch_lead_days"].assumption
    lead = ADAPTER.validate_python(found["fulfilment.confirmed_lead_days"].value)
    assert 20 < float(lead.quantile(np.array([0.5]))[0]) < 30
