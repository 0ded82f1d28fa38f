"""Which people of a role work the same shifts, and which roles share a calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl

from mining.calibration.weekly_hours import (
    Moments,
    WeeklyHours,
    clear_cut,
    narrowest,
    weekly_hours,
)
from mining.calibration.working_time import POOL_STAMPS, moments_of_work

# Assumed: hours that overlap so far are the same, but for noise at the edges.
SAME_HOURS = 0.9
# Assumed: people of one role whose hours overlap less than this work in different shifts.
SAME_SHIFT = 0.6
# Assumed: where few stamps fit no known hours, those that this share of them lies in will do.
_MOSTLY_INSIDE = 0.8
# Of fewer people all may be absent on the same day.
_CROWD = 4


def overlap(one: WeeklyHours, other: WeeklyHours) -> float:
    """Return the open minutes that two have in common, as a share of those that either has."""
    first, second = one.minutes(), other.minutes()
    return float((first & second).sum() / max((first | second).sum(), 1))


def role_of_team(team: str) -> str:
    """Return the role of a team that :func:`teams_of` named."""
    return team.partition(" ")[0]


def teams_of(tasks: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return tasks with ``team``: the role, and a number from the second shift of a role on.

    People with few stamps belong to the shift that theirs lie in, the first one in doubt.

    Parameters
    ----------
    tasks
        ``role``, ``resource``, ``activity``, ``start`` and ``time``; work without a role has no
        team.
    zone
        IANA time zone of the clock.
    """
    team_of: dict[str, str] = {}
    for (role,), rows in tasks.drop_nulls(["role", "resource"]).group_by(
        "role", maintain_order=True
    ):
        moments = _by(rows, "resource", zone)
        shifts: list[WeeklyHours] = []
        members: dict[str, int] = {}
        unclear = []
        for name in sorted(moments, key=lambda name: (-moments[name].size, name)):
            own = None
            if moments[name].size >= POOL_STAMPS:
                own = weekly_hours(moments[name], by_weekday=False)
            if own is None or not clear_cut(moments[name], own):
                unclear.append(name)
                continue
            same = [i for i, shift in enumerate(shifts) if overlap(own, shift) >= SAME_SHIFT]
            members[name] = same[0] if same else len(shifts)
            if not same:
                shifts.append(own)
        for name in unclear:
            found = narrowest(moments[name], shifts)
            members[name] = 0 if found is None else shifts.index(found)
        team_of |= {
            name: str(role) if not number else f"{role} {number + 1}"
            for name, number in members.items()
        }
    own_team = pl.col("resource").replace_strict(team_of, default=None, return_dtype=pl.String)
    return tasks.with_columns(pl.coalesce(own_team, "role").alias("team"))


def hours_of(tasks: pl.DataFrame, zone: str) -> dict[str, WeeklyHours]:
    """Return the hours of each team; teams with (nearly) the same hours have the same.

    A team with few stamps, or whose work runs out before its hours end, has the shortest hours of
    another that its stamps lie in.

    Parameters
    ----------
    tasks
        As :func:`teams_of` returns them.
    zone
        IANA time zone of the clock.
    """
    known = tasks.drop_nulls("team")
    moments = _by(known, "team", zone)
    groups: list[tuple[list[str], WeeklyHours]] = []
    own = {team: _without_holidays(local) for team, local in moments.items()}
    clear = {
        team
        for team, hours in own.items()
        if hours is not None
        and moments[team].size >= POOL_STAMPS
        and clear_cut(moments[team], hours)
    }
    for team in sorted(moments, key=lambda team: (team not in clear, -moments[team].size, team)):
        hours = own[team]
        if team in clear and hours is not None:
            shared = [group for group in groups if overlap(hours, group[1]) >= SAME_HOURS]
        else:
            others = [known_hours for _, known_hours in groups]
            fitting = narrowest(moments[team], others)
            if fitting is None and moments[team].size < POOL_STAMPS:
                fitting = narrowest(moments[team], others, _MOSTLY_INSIDE)
            shared = [group for group in groups if group[1] is fitting]
        if shared:
            shared[0][0].append(team)
        elif hours is not None:
            groups.append(([team], hours))
    found: dict[str, WeeklyHours] = {}
    for teams, shown in groups:
        rows = known.filter(pl.col("team").is_in(teams))
        local = moments_of_work(rows, zone)["local"].to_numpy()
        common = weekly_hours(local, by_weekday=False) or shown
        if rows["resource"].n_unique() < _CROWD:
            elsewhere = known.filter(~pl.col("team").is_in(teams))
            common = replace(common, closed=_of_all(common, elsewhere, zone))
        found |= dict.fromkeys(teams, common)
    return found


def _without_holidays(local: Moments) -> WeeklyHours | None:
    hours = weekly_hours(local, by_weekday=False)
    return None if hours is None else replace(hours, closed=())


def _of_all(hours: WeeklyHours, others: pl.DataFrame, zone: str) -> tuple[dt.date, ...]:
    """Return the holidays on which the others do not work either.

    Where few people work, a day without work may be that of an absence.
    """
    dates = set(moments_of_work(others, zone)["local"].dt.date())
    return tuple(date for date in hours.closed if date not in dates)


def _by(rows: pl.DataFrame, column: str, zone: str) -> dict[str, Moments]:
    return {
        str(name): moments_of_work(part, zone)["local"].to_numpy()
        for (name,), part in rows.group_by(column, maintain_order=True)
    }
