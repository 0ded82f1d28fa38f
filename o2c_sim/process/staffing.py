"""Staffing: who works in each role, and when; the people may change while the company runs.

A person is known by team and number within it, and keeps place, number and absences in every
model that has such a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from o2c_sim.engine import Clock, Draws, Environment, StaffPool, Streams, WorkingCalendar
from o2c_sim.engine.calendar import Interval
from o2c_sim.engine.turnover import change_people
from o2c_sim.model.calendars import CalendarModel
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.section import ROLES, Role
from o2c_sim.process.calendars import outages, shift_hours

# Absences are addressed by team and person, so that a larger team leaves the others' as they are.
_TEAM_BITS: Final = 20
_YEAR_DAYS: Final = 365


class _Person(NamedTuple):
    team: int
    number: int


class _Hours(NamedTuple):
    """What a person's hours follow from."""

    calendar: CalendarModel
    closed: tuple[Interval, ...]
    absence_share: float


class Staffing:
    """The company's people.

    People are numbered from 1 across the pools, in the order of the roles; 0 is nobody. Who joins
    later has a number from the start, which nobody else gets.

    Parameters
    ----------
    models
        The company's descriptions, in the order in which they come into force.
    env, streams, clock
        Its environment, random draws and clock.

    Attributes
    ----------
    pools
        The pool of each role, linked to those that its people help.
    """

    def __init__(
        self, models: Sequence[CompanyModel], env: Environment, streams: Streams, clock: Clock
    ) -> None:
        self._env = env
        self._clock = clock
        self._draws = {role: streams.draws(f"absence.{role}") for role in ROLES}
        self._shifts_of: dict[CalendarModel, Callable[[int], Sequence[Interval]]] = {}
        # Of each role, the place of everybody who is there at any time, in order of appearance.
        self._places: dict[Role, dict[_Person, int]] = {role: {} for role in ROLES}
        for model in models:
            for role, places in self._places.items():
                for person in _people(model, role):
                    places.setdefault(person, len(places))
        self._hours: dict[Role, dict[int, tuple[_Hours, WorkingCalendar]]] = {}
        self._model = models[0]
        self.pools: dict[Role, StaffPool] = {}
        number = 1
        shared: dict[_Hours, WorkingCalendar] = {}
        for role, places in self._places.items():
            self._hours[role] = self._calendars(models[0], role, {}, shared)
            people = [calendar for _, calendar in self._hours[role].values()]
            self.pools[role] = StaffPool(env, len(people), people, number, len(places))
            number += len(places)
        for role, other in _helps(models[0]):
            self.pools[role].help(self.pools[other])

    def change_to(self, model: CompanyModel) -> None:
        """Let another model's people work from now on."""
        before, self._model = self._model, model
        if (before.staff, before.calendars, before.systems) == (
            model.staff,
            model.calendars,
            model.systems,
        ):
            return
        shared: dict[_Hours, WorkingCalendar] = {}
        for role in ROLES:
            self._hours[role] = self._calendars(model, role, self._hours[role], shared)
        change_people(
            self._env,
            {
                pool: {place: calendar for place, (_, calendar) in self._hours[role].items()}
                for role, pool in self.pools.items()
            },
            [(self.pools[role], self.pools[other]) for role, other in _helps(model)],
        )

    def _calendars(
        self,
        model: CompanyModel,
        role: Role,
        before: dict[int, tuple[_Hours, WorkingCalendar]],
        shared: dict[_Hours, WorkingCalendar],
    ) -> dict[int, tuple[_Hours, WorkingCalendar]]:
        """Return the hours of each person of a role by place; those that stay as they are, stay."""
        closed = tuple(outages(model.systems, self._clock))
        share = model.staff[role].absence_share.value
        found = {}
        for person, name in _people(model, role).items():
            place = self._places[role][person]
            hours = _Hours(model.calendars[name], closed, share)
            if place in before and before[place][0] == hours:
                if not share:
                    shared.setdefault(hours, before[place][1])
                found[place] = before[place]
                continue
            if share > 0:
                absences = _absences(
                    self._draws[role],
                    (person.team << _TEAM_BITS) + person.number,
                    share,
                    self._clock,
                )
                found[place] = hours, WorkingCalendar(self._shifts(hours), closed, absences)
                continue
            if hours not in shared:
                shared[hours] = WorkingCalendar(self._shifts(hours), closed)
            found[place] = hours, shared[hours]
        return found

    def _shifts(self, hours: _Hours) -> Callable[[int], Sequence[Interval]]:
        """Return the shifts by year, worked out only once for all who work them."""
        if hours.calendar not in self._shifts_of:
            self._shifts_of[hours.calendar] = shift_hours(hours.calendar, self._clock)
        return self._shifts_of[hours.calendar]


def staff_pools(
    model: CompanyModel, env: Environment, streams: Streams, clock: Clock
) -> dict[Role, StaffPool]:
    """Return the pool of each role of a company that stays as it is."""
    return Staffing([model], env, streams, clock).pools


def _people(model: CompanyModel, role: Role) -> dict[_Person, str]:
    """Return the name of each person's calendar."""
    return {
        _Person(team, number): name
        for team, (name, headcount) in enumerate(model.staff[role].people())
        for number in range(headcount)
    }


def _helps(model: CompanyModel) -> list[tuple[Role, Role]]:
    return [(role, other) for role in ROLES for other in model.staff[role].helps.value]


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
