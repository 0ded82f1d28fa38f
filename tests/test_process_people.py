"""From the model's people to pools: numbers, absences that stay the same, help, outages."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
import simpy
from calendar_checks import batch_jobs
from ideal import ideal
from run_checks import activity_name

from o2c_sim import Window, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.engine import Clock, Streams
from o2c_sim.model.calendars import RunModel
from o2c_sim.model.section import ROLES
from o2c_sim.process.calendars import outages, run_calendar, working_calendars
from o2c_sim.process.staffing import staff_pools

HOUR, DAY = 3600.0, 86_400.0
YEARS = 4


def pools(model, changes=None, seed=3):
    """Return the pools of a model with other values, and their clock."""
    model = override(model, changes or {}, "test")
    clock = Clock(model.start_date, model.zone)
    env = simpy.Environment()
    return staff_pools(model, env, Streams(seed, 0), clock), clock, env


def absent_days(pool, clock, weekdays=range(5)):
    """Return the working days without an open hour, for each person of a pool."""
    days = [day for day in range(YEARS * 365) if clock.weekday(day) in weekdays]
    return [
        {d for d in days if calendar.between(clock.midnight(d), clock.midnight(d + 1)) == 0}
        for calendar in pool._roster.calendars
    ]


def test_people_are_numbered_through_the_roles(distributor):
    """From 1 on, in the order of the roles: nobody has the number of somebody else."""
    found, _, _ = pools(distributor, {"staff.credit.headcount": 3})
    assert list(found) == list(ROLES)
    first = 1
    for role, pool in found.items():
        assert pool.first_number == first
        assert role != "credit" or pool.headcount == 3
        first += pool.headcount


def test_people_without_absence_share_one_calendar(distributor):
    """The office is one calendar, whoever works there."""
    found, _, _ = pools(distributor)
    assert found["credit"]._roster.calendars[0] is found["disputes"]._roster.calendars[0]


def test_the_share_of_absence_is_the_share_asked_for(distributor):
    """60 people on 1,043 working days at 8 %: within 5 standard errors of 8 %.

    And each day by itself, not everybody ill at once: the number absent a day has the variance of
    the binomial, 60 x 0.08 x 0.92 = 4.4.
    """
    found, clock, _ = pools(
        distributor, {"staff.credit.headcount": 60, "staff.credit.absence_share": 0.08}
    )
    absent = absent_days(found["credit"], clock)
    days = sum(clock.weekday(day) < 5 for day in range(YEARS * 365))
    share = sum(map(len, absent)) / (60 * days)
    assert share == pytest.approx(0.08, abs=5 * (0.08 * 0.92 / (60 * days)) ** 0.5)
    a_day = np.bincount(np.concatenate([sorted(person) for person in absent]), minlength=1)
    counts = a_day[[day for day in range(len(a_day)) if clock.weekday(day) < 5]]
    assert counts.var() == pytest.approx(60 * 0.08 * 0.92, rel=0.25)
    assert len({frozenset(person) for person in absent}) == 60


def test_absences_are_whole_local_days_with_the_change_of_clocks(distributor):
    """A day is worked in full or not at all, in New York, for years."""
    found, clock, _ = pools(distributor, {"staff.credit.absence_share": 0.5})
    (calendar,) = found["credit"]._roster.calendars
    (shared,) = found["disputes"]._roster.calendars
    parts = [
        (calendar.between(a, b), shared.between(a, b))
        for a, b in ((clock.midnight(d), clock.midnight(d + 1)) for d in range(YEARS * 365))
    ]
    assert all(hours in (0, whole) for hours, whole in parts)
    assert {hours > 0 for hours, whole in parts if whole} == {True, False}


@pytest.mark.parametrize(
    "other",
    [
        {"staff.credit.headcount": 5},
        {"staff.order_desk.headcount": 9, "staff.disputes.absence_share": 0.3},
        {
            "staff.credit.headcount": 4,
            "staff.credit.teams": [
                {"headcount": 3, "calendar": "office"},
                {"headcount": 1, "calendar": "warehouse"},
            ],
        },
    ],
)
def test_who_is_absent_when_survives_a_change_of_staff(distributor, other):
    """More people in the role, in other roles or in another team: the first three are as before."""
    before = {"staff.credit.headcount": 3, "staff.credit.absence_share": 0.1}
    found, clock, _ = pools(distributor, before)
    changed, _, _ = pools(distributor, {**before, **other})
    three = absent_days(found["credit"], clock)
    assert absent_days(changed["credit"], clock)[:3] == three
    assert all(three)
    assert absent_days(pools(distributor, before, seed=4)[0]["credit"], clock) != three


def test_more_absence_only_adds_days(distributor):
    """At 20 % everybody is away when they are at 10 %, and on other days too."""
    few, clock, _ = pools(distributor, {"staff.warehouse.absence_share": 0.1})
    many, _, _ = pools(distributor, {"staff.warehouse.absence_share": 0.2})
    pairs = zip(
        absent_days(few["warehouse"], clock), absent_days(many["warehouse"], clock), strict=True
    )
    assert all(some < more for some, more in pairs)


def test_a_role_helps_the_roles_it_names(distributor):
    """Two disputes at once, one analyst: the credit analyst takes the second, by company number."""
    found, clock, env = pools(distributor, {"staff.credit.helps": ["disputes", "collections"]})
    first = clock.at(0, 9 * 60)
    workers = []

    def case():
        yield env.timeout(first)
        workers.append((yield found["disputes"].work(HOUR))[1])

    env.process(case())
    env.process(case())
    env.run()
    assert workers == [found["disputes"].first_number, found["credit"].first_number]


def test_an_outage_closes_all_calendars_and_delays_runs(distributor):
    """Two days from Monday 3 February 2025, 12:00 local: nobody works, the 18:00 runs wait.

    Three runs fall due in it: they are one run, on Wednesday at noon.
    """
    down = [{"start": "2025-02-03 12:00:00", "hours": 48}]
    model = override(distributor, {"systems.outages": down}, "test")
    clock = Clock(model.start_date, model.zone)
    start = clock.at(28, 12 * 60)
    closed = outages(model.systems, clock)
    assert clock.date(28) == dt.date(2025, 2, 3)
    assert closed == [(start, start + 2 * DAY)]
    for calendar in working_calendars(model, clock).values():
        assert calendar.between(start, start + 2 * DAY) == 0
        assert calendar.is_open(start - 2 * HOUR)
        assert calendar.next_open(start) >= start + 2 * DAY
    job = RunModel(days=("mon", "tue", "wed", "thu", "fri"), times=("06:00", "18:00"))
    runs, undisturbed = run_calendar(job, clock, closed), run_calendar(job, clock)
    assert runs.next(start) == start + 2 * DAY
    assert runs.next(start + 2 * DAY + 1) == undisturbed.next(start + 2 * DAY)
    assert runs.next(start - 6 * HOUR) == start - 6 * HOUR
    assert runs.next(start - DAY) == undisturbed.next(start - DAY)


def test_nothing_is_entered_while_the_systems_are_down(distributor):
    """Orders by EDI of two days are entered on Wednesday at noon, a minute each, all at once."""
    down = [{"start": "2025-02-03 12:00:00", "hours": 48}]
    model = ideal(distributor, {"systems.outages": down, "capture.system_minutes": 1})
    events = simulate(model, window=Window(0, 40, 0)).log.events
    entered = events.filter(activity_name == v.CREATE_SALES_ORDER)
    first, last = dt.datetime(2025, 2, 3, 12, 1), dt.datetime(2025, 2, 5, 12, 1)
    assert entered.filter(pl.col("time").is_between(first, last, closed="none")).is_empty()
    waited = entered.filter(pl.col("time") == last)
    assert waited.height > 10
    assert set(waited["start"]) == {dt.datetime(2025, 2, 5, 12)}


def test_runs_that_an_outage_puts_off_are_runs(distributor):
    """The statement of 07:00 comes at noon: a second outage begins as the first one ends."""
    down = [
        {"start": "2025-03-03 05:30:00", "hours": 4},
        {"start": "2025-03-03 09:30:00", "hours": 2.5},
    ]
    model = ideal(distributor, {"systems.outages": down, "customers.payment_terms_days": 7})
    run = simulate(model, window=Window(0, 90, 0))
    noon = run.log.events.filter(pl.col("time") == dt.datetime(2025, 3, 3, 12))
    assert v.RECEIVE_PAYMENT in noon["activity"].cast(pl.String)
    assert list(batch_jobs(run, model)) == []
    undisturbed = ideal(distributor, {"customers.payment_terms_days": 7})
    assert list(batch_jobs(run, undisturbed)) != [], "the check knows of the outage by the model"


def test_an_outage_over_a_change_of_clocks_lasts_its_hours(distributor):
    """From Saturday 22:00, 8 March 2025, in New York, 12 hours: until Sunday 11:00 wall time."""
    model = override(
        distributor, {"systems.outages": [{"start": "2025-03-08T22:00", "hours": 12}]}, "test"
    )
    clock = Clock(model.start_date, model.zone)
    ((_, end),) = outages(model.systems, clock)
    assert end == clock.at(62, 11 * 60)
