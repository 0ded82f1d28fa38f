"""People and systems as data: who works when, who helps whom, when the systems are down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field, NaiveDatetime, field_validator, model_validator

from o2c_sim.model.calendars import CalendarModel
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import WEEKDAYS, NonNegative, Role, Section

Headcount = Annotated[int, Field(ge=1, le=100_000)]
_YEAR_DAYS = 365
_LONGEST_OUTAGE_HOURS = 8_760
_REACH_YEARS = 100


class TeamModel(Section):
    """Some people of a role who work on one calendar, such as the early shift."""

    headcount: Headcount = Field(description="people of the team")
    calendar: str = Field(description="name of one of the model's calendars: when the team works")


class StaffModel(Section):
    """The people of one role, who share a first-come-first-served queue."""

    headcount: Parameter[Headcount] = Field(
        description="people in the role; more of them mean shorter queues and higher cost"
    )
    calendar: str = Field(
        description="name of one of the model's calendars: when these people work, unless teams "
        "say otherwise"
    )
    cost_per_hour: Parameter[NonNegative] = Field(
        description="loaded cost of one person for one working hour, currency"
    )
    absence_share: Parameter[Annotated[float, Field(ge=0, le=0.9)]] = Field(
        default=Parameter(value=0.0, source="default: nobody is ever absent"),
        description="working days on which a person is ill or on leave, drawn for each person "
        "and day; work begun waits for its person, so more absence means longer queues",
    )
    teams: Parameter[Annotated[tuple[TeamModel, ...], Field(max_length=100)]] = Field(
        default=Parameter(value=(), source="default: everybody works the same hours"),
        description="the people by shift, each team with its headcount and calendar, instead of "
        "everybody on the role's calendar",
    )
    helps: Parameter[tuple[Role, ...]] = Field(
        default=Parameter(value=(), source="default: nobody is cross-trained"),
        description="roles whose tasks these people take while their own queue is empty and "
        "nobody of that role is free, the first named first",
    )

    @field_validator("helps")
    @classmethod
    def _helps_each_once(cls, helps: Parameter[tuple[Role, ...]]) -> Parameter[tuple[Role, ...]]:
        if len(set(helps.value)) < len(helps.value):
            raise ValueError("name each role once")
        return helps

    @model_validator(mode="after")
    def _everybody_in_one_team(self) -> StaffModel:
        in_teams = sum(team.headcount for team in self.teams.value)
        if self.teams.value and in_teams != self.headcount.value:
            raise ValueError(
                f"teams: they have {in_teams} people together, headcount says "
                f"{self.headcount.value}; make them equal"
            )
        return self

    def people(self) -> Iterator[tuple[str, int]]:
        """Yield the calendar's name and the headcount of each team, at least one."""
        if not self.teams.value:
            yield self.calendar, self.headcount.value
        for team in self.teams.value:
            yield team.calendar, team.headcount


class OutageModel(Section):
    """A time in which the systems are down: nobody can work, batch runs wait for its end."""

    start: NaiveDatetime = Field(
        description="local date, or date and time, at which it begins: YYYY-MM-DD [HH:MM]"
    )
    hours: Annotated[float, Field(gt=0, le=_LONGEST_OUTAGE_HOURS)] = Field(
        description="how long it lasts"
    )


class SystemsModel(Section):
    """The systems that people and batch jobs work with."""

    outages: Parameter[Annotated[tuple[OutageModel, ...], Field(max_length=1_000)]] = Field(
        default=Parameter(value=(), source="default: no outage"),
        description="when the systems are down; they may overlap",
    )


def staffing_problems(
    staff: Mapping[Role, StaffModel], calendars: Mapping[str, CalendarModel]
) -> list[str]:
    """Return what is wrong between the roles and with the calendars they name."""
    names = ", ".join(sorted(calendars))
    problems = []
    for role, pool in staff.items():
        if role in pool.helps.value:
            problems.append(f"staff.{role}.helps: a role cannot help itself")
        named = [(f"staff.{role}.calendar", pool.calendar)] + [
            (f"staff.{role}.teams.{i}.calendar", team.calendar)
            for i, team in enumerate(pool.teams.value)
        ]
        problems += [
            f"{path}: {name!r} is not one of the calendars ({names})"
            for path, name in named
            if name not in calendars
        ]
    return problems


def calendar_problems(calendars: Mapping[str, CalendarModel], start_date: dt.date) -> list[str]:
    """Return which calendars have no working day in the first year."""
    first_year = [start_date + dt.timedelta(days=day) for day in range(_YEAR_DAYS)]
    problems = []
    for name, calendar in calendars.items():
        days = {WEEKDAYS.index(day) for day in calendar.days}
        off = set(calendar.holidays)
        if not any(date.weekday() in days and date not in off for date in first_year):
            problems.append(
                f"calendars.{name}: no open hour in the year from {start_date}; every working "
                "day is a holiday"
            )
    return problems


def outage_problems(systems: SystemsModel, start_date: dt.date) -> list[str]:
    """Return which outages begin out of the model's reach."""
    last = start_date + dt.timedelta(days=_REACH_YEARS * _YEAR_DAYS)
    return [
        f"systems.outages.{i}.start: {outage.start} is not between the model's start_date "
        f"{start_date} and {last}"
        for i, outage in enumerate(systems.outages.value)
        if not start_date <= outage.start.date() <= last
    ]
