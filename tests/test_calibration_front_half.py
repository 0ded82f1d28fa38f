"""What flat logs tell: steps of their own, lines never delivered, lags not over, matching."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from mining.calibration.company import calibrate
from mining.calibration.estimate import Source
from mining.calibration.front_half import estimate_never_delivered, estimate_own_steps
from mining.calibration.incidence import Incidence, incidence
from mining.calibration.lag_curve import lag_curve, plain_curve, with_tail
from mining.calibration.matching import match
from mining.calibration.model_text import model_text
from mining.validation.case_events import case_events
from o2c_sim import EventLog, Window, load_company, override, simulate
from o2c_sim import vocabulary as v

PLAIN = {
    "demand.orders_per_week": 150,
    "demand.lines_per_order": 1,
    "customers.count": 100,
    "fulfilment.availability_check": False,
    "capture.quotation_share": 0,
}
STEPS = {
    "Check Date": {
        "after": "entry",
        "share": 0.6,
        "delay_days": {"distribution": "gamma", "shape": 2, "scale": 1.5},
    },
    "Print Label": {"after": "delivery", "share": 0.3, "delay_days": 0.1},
}
SEEN = (
    v.CREATE_SALES_ORDER,
    v.CHANGE_DELIVERY_DATE,
    v.CREATE_DELIVERY,
    v.POST_GOODS_ISSUE,
    v.CREATE_INVOICE,
    v.REJECT_ORDER_LINE,
    v.CANCEL_ORDER,
    v.DENY_CREDIT,
    *STEPS,
)


def flat(log):
    """Return the log of order lines that a system without lifecycles would write."""
    cases = case_events(log, v.ORDER_LINE).filter(pl.col("activity").is_in(SEEN))
    rows = cases.with_row_index("event")
    kind = pl.Enum([v.ORDER_LINE])
    return EventLog(
        events=rows.select(
            pl.col("event").cast(pl.UInt32),
            pl.col("activity").cast(pl.Enum(sorted(set(rows["activity"])))),
            pl.lit(None, pl.Datetime("us")).alias("start"),
            pl.col("time").cast(pl.Datetime("us")),
            pl.lit(None, pl.String).alias("resource"),
            pl.lit(None, pl.String).alias("role"),
            pl.lit(None, pl.Boolean).alias("automated"),
            pl.lit(None, pl.Float64).alias("amount"),
        ),
        objects=rows.select(pl.col("case").unique().sort()).select(
            pl.col("case").cast(pl.UInt32).alias("object"),
            pl.col("case").cast(pl.String).alias("object_id"),
            pl.lit(v.ORDER_LINE, kind).alias("type"),
        ),
        event_objects=rows.select(
            pl.col("event").cast(pl.UInt32),
            pl.col("case").cast(pl.UInt32).alias("object"),
            pl.lit(v.ORDER_LINE, kind).alias("qualifier"),
        ),
        source="flat.csv",
    )


@pytest.fixture(scope="module")
def company(distributor):
    """Return a company with steps of its own and lines that are never delivered."""
    return override(
        distributor,
        {**PLAIN, "own_steps.steps": STEPS, "fulfilment.never_delivered_share": 0.12},
        "test",
    )


@pytest.fixture(scope="module")
def source(company):
    """Return three months of it, cut off while orders are under way."""
    log = simulate(company, seed=31, window=Window(0, 90, 0)).log
    return Source(flat(log), v.ORDER_LINE, "UTC", "flat.csv")


# --- curves --------------------------------------------------------------------------------------


def test_the_incidence_is_that_of_kaplan_and_meier():
    """Of 5 cases: at 1 one of 5, at 3 one of 3 (one was lost at 2): 1/5, then 1 - 4/5 x 2/3."""
    ages = np.array([1.0, 2.0, 3.0, 4.0, 4.0])
    happened = np.array([True, False, True, False, False])
    curve = incidence(ages, happened, np.full(5, 4.0))
    assert curve.ages.tolist() == [1, 3]
    assert curve.shares.tolist() == pytest.approx([1 / 5, 1 - 4 / 5 * 2 / 3])
    assert (curve.by(0.5), curve.by(2.9)) == pytest.approx((0, 0.2))
    assert curve.quantile(np.array([0.2, 0.9])).tolist() == [1, 3]


def test_open_cases_do_not_make_lags_shorter():
    """Exponential lags of 20 days in 60 days of cases: the completed ones alone say 13 days."""
    rng = np.random.default_rng(5)
    begin = rng.uniform(0, 60, 6_000)
    done = begin + rng.exponential(20, begin.size)
    seen = np.where(done <= 60, done, np.nan)
    grid = (np.arange(500) + 0.5) / 500
    naive = float(np.nanmean(seen - begin))
    curve = lag_curve(begin, seen, 60.0)
    assert naive < 15
    assert float(curve.quantile(grid).mean()) == pytest.approx(20, rel=0.1)


def test_a_tail_goes_on_as_it_begins():
    """A curve that ends at its 98.2 % (4 means) is completed to the last."""
    ages = -np.log1p(-(np.arange(5_000) + 0.5) / 5_000) * 10
    seen = ages[ages < 40]
    curve = Incidence(seen, (np.arange(seen.size) + 1) / 5_000, 40.0)
    whole = with_tail(curve)
    assert whole.ever == pytest.approx(1, abs=0.005)
    assert whole.by(60.0) == pytest.approx(1 - np.exp(-6), abs=0.002)


@pytest.mark.parametrize(("later", "expected"), [(5.0, 5.0), (15.0, 15.0)])
def test_a_clear_change_is_followed_and_no_change_is_not_made(later, expected):
    """Lags of 5 days that become 15 after 70 of 200 days: the next month will see 15."""
    rng = np.random.default_rng(7)
    begin = np.sort(rng.uniform(0, 200, 8_000))
    mean = np.where(begin < 70, 5.0, later)
    done = begin + rng.gamma(4, mean / 4)
    seen = np.where(done <= 200, done, np.nan)
    grid = (np.arange(500) + 0.5) / 500
    assert float(lag_curve(begin, seen, 200.0).quantile(grid).mean()) == pytest.approx(
        expected, rel=0.08
    )
    if later == 5:
        plain = plain_curve(begin, seen, 200.0)
        assert np.array_equal(lag_curve(begin, seen, 200.0).ages[: plain.ages.size], plain.ages)


# --- estimators ----------------------------------------------------------------------------------


def test_steps_of_its_own_are_recovered(source, company):
    """Share within 4 points, milestone and mean delay as in the company that made the log."""
    (found,) = estimate_own_steps(source, 1)
    assert found.path == "own_steps.steps"
    assert set(found.value) == set(STEPS)
    for name, step in STEPS.items():
        assert found.value[name]["after"] == step["after"]
        assert found.value[name]["share"] == pytest.approx(step["share"], abs=0.04)
    model = override(company, {"own_steps.steps": found.value}, "test")
    fitted = model.own_steps.steps.value["Check Date"].delay_days
    assert fitted.mean() == pytest.approx(3, rel=0.1)
    assert len(found.draws) == 50


def test_lines_never_delivered_are_recovered(source):
    """12 % of the lines, though many others are only under way."""
    (found,) = estimate_never_delivered(source, 1)
    assert found.low is not None
    assert found.high is not None
    assert found.value == pytest.approx(0.12, abs=0.03)


def test_a_company_without_either_is_told_nothing(distributor):
    """No step and no share are invented."""
    log = simulate(override(distributor, PLAIN, "test"), seed=31, window=Window(0, 90, 0)).log
    plain = Source(flat(log), v.ORDER_LINE, "UTC", "flat.csv")
    assert estimate_own_steps(plain, 1) == ()
    assert estimate_never_delivered(plain, 1) == ()
    whole = Source(log, v.ORDER, "UTC", "log")
    assert estimate_own_steps(whole, 1) == ()


# --- matching ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_matching_brings_lags_and_shares_to_those_of_the_log(source):
    """From a reference company with other lead times, a few runs end near the log."""
    found = calibrate(source, extends="distributor", estimators=(estimate_own_steps,))
    # Without the estimators of demand the company is larger than need be.
    small = override(found.company, {"demand.orders_per_week": 150}, "test")
    before = found.company.fulfilment.confirmed_lead_days.value
    after, told = match(replace(found, company=small), rounds=3)
    assert not told.why
    rows = {row["what"]: row for row in told.rows}
    lead = rows[f"{v.CREATE_SALES_ORDER} to {v.CREATE_DELIVERY}"]
    assert lead["after"] == pytest.approx(lead["observed"], rel=0.2)
    shipped = rows[f"{v.CREATE_DELIVERY} to {v.POST_GOODS_ISSUE}"]
    assert shipped["after"] == pytest.approx(shipped["observed"], rel=0.12)
    changes = rows[v.CHANGE_DELIVERY_DATE]
    assert changes["after"] == pytest.approx(changes["observed"], abs=2.5)
    assert after.company.fulfilment.confirmed_lead_days.value != before
    assert {"fulfilment.confirmed_lead_days", "billing.ready_days"} <= {
        one.path for one in after.estimates
    }


def test_a_log_that_parts_its_documents_is_not_matched(distributor):
    """There the estimators tell each wait by itself."""
    log = simulate(override(distributor, PLAIN, "test"), seed=3, window=Window(0, 60, 0)).log
    whole = Source(log, v.ORDER, "UTC", "log")
    found = calibrate(whole, extends="distributor", estimators=())
    after, told = match(found)
    assert after is found
    assert "documents" in told.why


def test_a_step_of_many_words_survives_the_model_file(company, tmp_path):
    """The text of the calibrated company reads back as the same company."""
    long = {f"Remove a Block that has a Long Name {n}": STEPS["Check Date"] for n in range(8)}
    model = override(company, {"own_steps.steps": long}, "test")
    path = tmp_path / "model.yaml"
    path.write_text(model_text(model), encoding="utf-8")
    assert load_company(path) == model
