"""Companies that are known are recovered from their logs alone, and so is what scenarios do."""

from dataclasses import replace

import pytest

from benchmarks.round_trip import round_trips, table
from benchmarks.round_trip_checks import Check, RoundTrip, compared
from benchmarks.round_trip_companies import REFERENCES, SEEDS, varied_company
from benchmarks.round_trip_effects import Effect, all_effects, effects_table
from mining.calibration.batch_runs import estimate_runs
from mining.calibration.billing import estimate_invoice_travel
from mining.calibration.company import calibrate
from mining.calibration.demand import estimate_arrivals
from mining.calibration.estimate import Source
from mining.calibration.order_contents import estimate_lines
from o2c_sim import Window, override, simulate

# Parameters that a log of any of the companies tells: that an estimator went silent must show.
ALWAYS = {
    "billing.block_share",
    "billing.rejection_share",
    "calendars.office",
    "capture.exception_share",
    "capture.quotation_share",
    "capture.touch_minutes",
    "cash_application.auto_match_share",
    "cash_application.statement_run",
    "changes.share",
    "customers.count",
    "customers.payment_terms_days",
    "customers.volume_sigma",
    "customers.weekly_pay_run_share",
    "demand.day_factor_cv",
    "demand.line_value",
    "demand.orders_per_week",
    "demand.weekday_shares",
    "fulfilment.carrier_days",
    "fulfilment.date_change_share",
    "fulfilment.delivery_run",
    "fulfilment.dispatch_lead_days",
    "staff.order_desk.headcount",
    "staff.warehouse.headcount",
}
CHECK = Check(1, "a.b", "value", true=0.5, found=0.4, low=0.3, high=0.5, sample=9)


def test_companies_differ_and_are_of_all_kinds():
    """Each seed moves the parameters; the same seed makes the same company."""
    companies = [varied_company(seed) for seed in SEEDS[:3]]
    assert {name for name, _ in companies} == set(REFERENCES)
    assert len({model.demand.orders_per_week.value for _, model in companies}) == 3
    assert varied_company(SEEDS[0]) == companies[0]


def test_an_interval_that_misses_is_a_miss():
    """Limits belong to the interval; beyond them, and for words that differ, it is missed."""
    assert CHECK.recovered
    assert not replace(CHECK, true=0.51).recovered
    assert not replace(CHECK, true=0.29).recovered
    assert replace(CHECK, true="office", found="office").recovered
    assert not replace(CHECK, true="office", found="warehouse").recovered
    assert not replace(CHECK, true=True, found=False).recovered


def test_the_table_counts_by_parameter():
    """Roles count together; the worst parameter stands first."""
    checks = (
        replace(CHECK, path="staff.credit.headcount"),
        replace(CHECK, path="staff.billing.headcount"),
        replace(CHECK, true=0.9),
    )
    lines = table([RoundTrip(1, "distributor", checks, ())])
    assert lines[2:] == [
        "| `a.b` | 1 | 1 | 0% |",
        "| `staff.*.headcount` | 1 | 2 | 100% |",
        "| all | 1 | 3 | 66.7% |",
    ]


def test_another_company_is_not_recovered():
    """Calibrated from the log of a company with other values, each of them is missed."""
    name, model = varied_company(SEEDS[0])
    run = simulate(model, seed=1, window=Window(5, 60, 5))
    found = calibrate(
        Source(run.log, "order", run.log.zone, "log"),
        extends=name,
        estimators=[estimate_arrivals, estimate_lines, estimate_runs, estimate_invoice_travel],
    )
    changes = {
        "demand.orders_per_week": 3 * model.demand.orders_per_week.value,
        "billing.rejection_share": 0.4,
        "demand.line_value": model.demand.line_value.value.scaled(3),
        "fulfilment.delivery_run": {"days": ["mon"], "times": ["13:45"]},
    }
    checks = compared(1, name, override(model, changes, "test"), found).checks
    assert [one for one in checks if one.path in changes and one.recovered] == []
    assert {one.path for one in checks} >= set(changes)


def test_effects_agree_within_the_joint_interval():
    """Half-widths 3 and 4 make a joint one of 5."""
    effect = Effect(1, "case_a", "order_to_cash_mean_days", 10.0, 15.0, 3.0, 4.0)
    assert effect.agrees
    assert not replace(effect, recovered=15.1).agrees
    assert effects_table([effect])[-1] == "| all | | 1 | 1 |"


@pytest.mark.slow
def test_known_companies_are_recovered():
    """Of all checks of twenty companies at least nine in ten; no estimator fails."""
    trips = round_trips(SEEDS, workers=2)
    assert [(trip.seed, trip.failures) for trip in trips if trip.failures] == []
    checks = [check for trip in trips for check in trip.checks]
    share = sum(check.recovered for check in checks) / len(checks)
    assert share >= 0.9, "\n".join(table(trips))
    for trip in trips:
        assert {check.path for check in trip.checks} >= ALWAYS, trip.seed
        own = sum(check.recovered for check in trip.checks) / len(trip.checks)
        assert own >= 0.8, trip.seed


@pytest.mark.slow
def test_scenarios_do_the_same_in_recovered_companies():
    """Of all companies, scenarios and main KPIs at least nine in ten agree."""
    rows = all_effects()
    agree = sum(row.agrees for row in rows)
    assert agree >= 0.9 * len(rows), "\n".join(effects_table(rows))
