"""Batch runs are found from the clock, and nothing that people do is taken for one."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from calibrated_company import CHANGES, calibrated_company
from real_logs import DISTRIBUTOR, folder

from mining.calibration.batch_runs import (
    IDENTIFIABLE,
    estimate_billing_runs,
    estimate_runs,
    run_found,
)
from mining.calibration.run_clock import Stamps, in_runs, instants, is_day_grain, runs_in
from mining.calibration.source import source_of
from mining.read import read_log

MONDAY = dt.datetime(2024, 1, 1)
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]


def stamps_at(days, clock, each=3):
    """Return stamps at a clock time of some days after a Monday, several a day."""
    hours, minutes = map(int, clock.split(":"))
    at = [MONDAY + dt.timedelta(days=d, hours=hours, minutes=minutes) for d in days]
    return [time for time in at for _ in range(each)]


def by_people(count, seed=1):
    """Return stamps at any moment of an office day from 8 to 17."""
    rng = np.random.default_rng(seed)
    days, seconds = rng.integers(0, 180, count), rng.uniform(8 * 3600, 17 * 3600, count)
    return [
        MONDAY + dt.timedelta(days=int(d), seconds=float(s))
        for d, s in zip(days, seconds, strict=True)
        if d % 7 < 5
    ]


def found_in(times):
    """Return the runs of some times."""
    return runs_in(Stamps.of(pl.Series(times).cast(pl.Datetime("us")), "UTC"))


def test_a_nightly_run_is_found_among_the_work_of_people():
    """Three a night at 03:10 among 1,500 done by day."""
    nights = [day for day in range(180) if day % 7 < 5]
    (run,) = found_in(stamps_at(nights, "03:10") + by_people(1_500))
    assert run.value == {"days": WEEKDAYS, "times": ["03:10"]}
    assert run.events == 3 * len(nights)


def test_people_make_no_run():
    """Whatever the number: no minute of an office day stands out."""
    for count in (30, 300, 3_000):
        assert found_in(by_people(count)) == ()


def test_one_large_batch_is_no_run():
    """500 in one minute of one day have no calendar."""
    assert found_in(stamps_at([40], "10:00", 500) + by_people(500)) == ()


def test_weekly_and_month_end_runs_at_one_time_are_told_apart():
    """Wednesdays and the last days of the months, all at 18:00."""
    days = [MONDAY + dt.timedelta(days=day) for day in range(200)]
    last = [n for n, day in enumerate(days) if (day + dt.timedelta(days=1)).day == 1]
    wednesdays = [n for n, day in enumerate(days) if day.weekday() == 2]
    runs = found_in(stamps_at(sorted({*last, *wednesdays}), "18:00"))
    assert [run.value for run in runs] == [
        {"days": ["wed"], "times": ["18:00"]},
        {"month_days": ["last"], "times": ["18:00"]},
    ]


def test_a_run_that_takes_ten_minutes_is_one_run():
    """Its time is the one at which it usually begins."""
    rng = np.random.default_rng(3)
    times = [
        MONDAY + dt.timedelta(days=day, minutes=210 + float(minute))
        for day in range(120)
        if day % 7 < 5
        for minute in [0.2, *rng.uniform(0, 10, 40)]
    ]
    (run,) = found_in(times)
    assert run.times == ("03:30",)


def test_run_times_are_local_in_summer_and_winter():
    """03:00 in New York is 08:00 UTC in January and 07:00 UTC in July."""
    run = {"days": ["mon"], "times": ["03:00"]}
    winter = instants(run, dt.date(2024, 1, 1), dt.date(2024, 1, 7), "America/New_York")
    summer = instants(run, dt.date(2024, 7, 1), dt.date(2024, 7, 7), "America/New_York")
    hours = [pl.Series(one).cast(pl.Datetime("us")).dt.hour().to_list() for one in (winter, summer)]
    assert hours == [[8], [7]]
    both = pl.concat([pl.Series(winter), pl.Series(summer)]).cast(pl.Datetime("us"))
    assert set(Stamps.of(both, "America/New_York").minutes.tolist()) == {180}


def test_month_days_and_the_last_one():
    """February of a leap year ends on the 29th."""
    run = {"month_days": [15, "last"], "times": ["22:00"]}
    found = instants(run, dt.date(2024, 2, 1), dt.date(2024, 3, 31), "UTC")
    dates = pl.Series(found).cast(pl.Datetime("us")).dt.date().to_list()
    assert [(d.month, d.day) for d in dates] == [(2, 15), (2, 29), (3, 15), (3, 31)]


def test_dates_are_no_run():
    """Goods issue stamped 23:59:59 says the day, and nothing of the hour."""
    times = pl.Series([MONDAY + dt.timedelta(days=d, seconds=86_399) for d in range(90)])
    assert is_day_grain(times, "UTC")
    assert run_found(times, "UTC", "fulfilment.pickup_run", 0.5) is None


def test_few_events_tell_nothing():
    """19 of them, all at noon."""
    times = pl.Series(stamps_at(range(19), "12:00", 1)).cast(pl.Datetime("us"))
    assert run_found(times, "UTC", "dunning.run", 0.5) is None


@pytest.mark.parametrize("path", IDENTIFIABLE)
def test_runs_of_a_known_company_come_back(path):
    """From its log alone, each as the model has it."""
    model, source = calibrated_company()
    found = {
        one.path: one for one in (*estimate_runs(source, 1), *estimate_billing_runs(source, 1))
    }
    if path == "credit.recheck_run":
        pytest.skip("this company has none")
    if path == "write_off.run" and path not in found:
        pytest.skip("fewer than 20 write-offs")
    section, name = path.split(".")
    truth = getattr(getattr(model, section), name).value
    assert found[path].value == {
        key: list(value) for key, value in truth.model_dump().items() if value
    }
    assert path not in CHANGES or found[path].sample > 0


def test_billing_runs_are_told_apart_by_the_clock_alone():
    """Without the customers' attribute: by the number of days on which they happen."""
    _, source = calibrated_company()
    bare = replace(source, log=replace(source.log, objects=source.log.objects.drop("billing_run")))
    found = {one.path: one.value for one in estimate_billing_runs(bare, 1)}
    assert found["billing.daily_run"] == CHANGES["billing.daily_run"]
    assert found["billing.weekly_run"] == CHANGES["billing.weekly_run"]


def test_a_log_without_a_run_has_none():
    """All moved to any moment: no pick-up run; the delivery run, which a model needs, stays."""
    _, source = calibrated_company()
    rng = np.random.default_rng(5)
    shift = pl.Series(rng.uniform(0, 86_400e6, source.log.events.height)).cast(pl.Int64)
    moved = pl.col("time") + shift.cast(pl.Duration("us"))
    events = source.log.events.with_columns(moved.alias("time"))
    moved_source = replace(source, log=replace(source.log, events=events))
    found = {one.path: one for one in estimate_runs(moved_source, 1)}
    assert found["fulfilment.pickup_run"].value is None
    assert len(found["fulfilment.delivery_run"].value["times"]) > 10
    assert "dunning.run" not in found


def test_goods_issue_at_a_fixed_interval_is_no_pick_up():
    """It is an echo of the delivery's creation."""
    path = folder() / DISTRIBUTOR
    if not path.is_file():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    log = read_log(path)
    found = {one.path: one for one in estimate_runs(source_of(log, log.log.object_types[0]), 1)}
    assert found["fulfilment.pickup_run"].value is None
    times = found["fulfilment.delivery_run"].value["times"]
    # Half of all deliveries are created at about 03:30, the others in runs by day.
    assert any(time.startswith("03:") for time in times)
    assert set(found["fulfilment.delivery_run"].value["days"]) == set(WEEKDAYS)


def test_stamps_in_runs_are_those_of_the_peaks():
    """All of the run's, and next to none of the people's."""
    nights = [day for day in range(180) if day % 7 < 5]
    run, people = stamps_at(nights, "03:10"), by_people(1_500)
    inside = in_runs(Stamps.of(pl.Series(run + people).cast(pl.Datetime("us")), "UTC"))
    assert inside[: len(run)].all()
    assert inside[len(run) :].mean() < 0.02
