"""From the model's calendars and people to the engine's."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import simpy

from o2c_sim.engine import Clock, Draws, RunCalendar, StaffPool, Streams, WorkingCalendar
from o2c_sim.engine.calendar import Interval, shift_intervals
from o2c_sim.engine.clock import HOUR
from o2c_sim.engine.runs import LAST
from o2c_sim.model.calendars import CalendarModel, RunModel, minutes_of_day
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.people import StaffModel, SystemsModel
from o2c_sim.model.section import ROLES, WEEKDAYS, Role

# Absences are addressed by team and person, so that a larger team leaves the others' as they are.
_TEAM_BITS = 20
_YEAR_DAYS = 365


def working_calendar(
    model: CalendarModel, clock: Clock, closed: Iterable[Interval] = ()
) -> WorkingCalendar:
    """Return the engine's form of a working calendar, less the *closed* intervals (seconds)."""
    return WorkingCalendar(_intervals(model, clock), closed)


def working_calendars(model: CompanyModel, clock: Clock) -> dict[str, WorkingCalendar]:
    """Return the company's calendars by name, closed while the systems are down."""
    closed = outages(model.systems, clock)
    return {
        name: working_calendar(calendar, clock, closed)
        for name, calendar in model.calendars.items()
    }


def run_calendar(model: RunModel, clock: Clock, closed: Iterable[Interval] = ()) -> RunCalendar:
    """Return the engine's form of a batch job's calendar; *closed* delays runs (seconds)."""
    return RunCalendar(
        clock,
        [WEEKDAYS.index(day) for day in model.days],
        [minutes_of_day(time) for time in model.times],
        closed,
        [LAST if day == "last" else day for day in model.month_days],
    )


def system_run(model: RunModel, company: CompanyModel, clock: Clock) -> RunCalendar:
    """Return the calendar of a batch job of the company's systems: it waits while they are down."""
    return run_calendar(model, clock, outages(company.systems, clock))


def outages(model: SystemsModel, clock: Clock) -> list[Interval]:
    """Return when the systems are down, in seconds of simulation time."""
    found = []
    for outage in model.outages.value:
        day = (outage.start.date() - clock.start_date).days
        start = clock.at(day, outage.start.hour * 60 + outage.start.minute) + outage.start.second
        found.append((start, start + outage.hours * HOUR))
    return found


def system_hours(model: CompanyModel, clock: Clock) -> WorkingCalendar | None:
    """Return when the systems are up; None for always."""
    closed = outages(model.systems, clock)
    always = [(0.0, float("inf"))]
    return WorkingCalendar(lambda year: [] if year else always, closed) if closed else None


def staff_pools(
    model: CompanyModel, env: simpy.Environment, streams: Streams, clock: Clock
) -> dict[Role, StaffPool]:
    """Return the pool of each role, linked to those that its people help.

    People are numbered from 1 across the pools, in the order of the roles; 0 is nobody.
    """
    shared = working_calendars(model, clock)
    closed = outages(model.systems, clock)
    pools: dict[Role, StaffPool] = {}
    number = 1
    for role in ROLES:
        staff = model.staff[role]
        if staff.absence_share.value > 0:
            people = _absent_at_times(role, model, streams, clock, closed)
        else:
            people = [shared[name] for name, headcount in staff.people() for _ in range(headcount)]
        pools[role] = StaffPool(env, len(people), people, number)
        number += len(people)
    for role, pool in pools.items():
        for other in model.staff[role].helps.value:
            pool.help(pools[other])
    return pools


def _absent_at_times(
    role: Role, model: CompanyModel, streams: Streams, clock: Clock, closed: list[Interval]
) -> list[WorkingCalendar]:
    """Return a calendar for each person of a role, less the days on which the person is absent."""
    staff: StaffModel = model.staff[role]
    draws = streams.draws(f"absence.{role}")
    share = staff.absence_share.value
    people = []
    for team, (name, headcount) in enumerate(staff.people()):
        intervals = _intervals(model.calendars[name], clock)
        people += [
            WorkingCalendar(
                intervals, closed, _absences(draws, (team << _TEAM_BITS) + person, share, clock)
            )
            for person in range(headcount)
        ]
    return people


def _absences(
    draws: Draws, person: int, share: float, clock: Clock
) -> Callable[[int], list[Interval]]:
    """Return the whole local days, by year, on which a person is absent."""

    def intervals(year: int) -> list[Interval]:
        first = year * _YEAR_DAYS
        absent = draws.of_group(person, first + _YEAR_DAYS)[first:] < share
        days = (first + np.flatnonzero(absent)).tolist()
        return [(clock.midnight(day), clock.midnight(day + 1)) for day in days]

    return intervals


def _intervals(model: CalendarModel, clock: Clock) -> Callable[[int], list[Interval]]:
    shifts = [
        (minutes_of_day(first.strip()), minutes_of_day(last.strip()))
        for first, _, last in (shift.partition("-") for shift in model.shifts)
    ]
    return shift_intervals(
        clock,
        [WEEKDAYS.index(day) for day in model.days],
        shifts,
        [(holiday - clock.start_date).days for holiday in model.holidays],
    )
