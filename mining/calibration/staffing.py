"""Staffing from a log: who works in each role, when, how much of the time, and at what cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.human_work import ROLE_OF_ACTIVITY, HumanWork, human_work
from mining.calibration.presence import (
    LEAST_PERSON_DAYS,
    heads,
    heads_drawn,
    person_days,
    regulars,
    seldom,
    should_work,
)
from mining.calibration.proportions import generator, interval, share_estimate
from mining.calibration.shift_teams import role_of_team
from mining.calibration.weekly_hours import DAY_MINUTES, WeeklyHours
from o2c_sim import vocabulary as v
from o2c_sim.model.section import ROLES, WEEKDAYS

IDENTIFIABLE = (
    "calendars",
    "staff.*.headcount",
    "staff.*.calendar",
    "staff.*.teams",
    "staff.*.absence_share",
    "staff.*.helps",
    "staff.*.cost_per_hour",
)
NOT_IDENTIFIABLE = {
    "staff.*.headcount": "who never had a task in the log cannot be seen; of a role whose main "
    "work is not in the log, such as picking in a log that ends before it, nothing is told",
    "staff.*.absence_share": "of a role with few tasks a day: no task and no person look alike",
    "systems.outages": "a short outage looks like a quiet hour",
}

# What the people of a role do most in the model.
_CORE = {
    "order_desk": (v.CREATE_SALES_ORDER,),
    "credit": (v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT),
    "warehouse": (v.PICK_AND_PACK,),
    "billing": (v.REMOVE_BILLING_BLOCK, v.SEND_INVOICE, v.CANCEL_INVOICE, v.CREATE_INVOICE),
    "collections": (v.CALL_CUSTOMER,),
    "disputes": (v.RESOLVE_DISPUTE,),
    "cash_application": (v.CLEAR_INVOICE, v.APPLY_PAYMENT),
}
# Help is more than a slip: so many tasks, and such a share of those of the role that is helped.
_LEAST_HELP, _LEAST_HELP_SHARE = 5, 0.01
_LEAST_COSTED = 5
_LEAST_COSTED_MINUTES = 1.0


def estimate_staffing(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate the people of each role that the log shows, and the calendars they work on.

    A head is somebody who does at least a tenth of what the colleagues do; who joins or leaves
    counts for the part of the time between the first and the last task, and who is there on less
    than half of the busy days for that part (see :mod:`mining.calibration.presence`).
    """
    work = human_work(source)
    if work is None:
        return ()
    calendars = _calendars(work, source.name)
    names = {hours: estimate.path.partition(".")[2] for hours, estimate in calendars.items()}
    found: list[Estimate] = []
    kept = []
    for role in ROLES:
        tasks = work.tasks.filter(pl.col("role") == role)
        if tasks.filter(pl.col("activity").is_in(list(_CORE[role]))).is_empty():
            # How many people a role has says nothing without the work that the model gives them.
            continue
        kept.append(role)
        if tasks["resource"].null_count() < tasks.height:
            found += _of_role(role, tasks.drop_nulls("resource"), work, names, source.name, seed)
        elif role in work.hours:
            found.append(_unnamed(role, tasks, names[work.hours[role]], source.name))
    used = {hours for team, hours in work.hours.items() if role_of_team(team) in kept}
    hours_of_kept = [estimate for hours, estimate in calendars.items() if hours in used]
    return (*hours_of_kept, *found, *_helpers(work, kept, source.name))


def _unnamed(role: str, tasks: pl.DataFrame, calendar: str, log: str) -> Estimate:
    return Estimate(
        f"staff.{role}.calendar", calendar, f"{log}: {tasks.height} tasks, on the clock",
        tasks.height, assumption="the log names nobody: what the role usually does is its work",
    )  # fmt: skip


def _of_role(
    role: str,
    tasks: pl.DataFrame,
    work: HumanWork,
    names: dict[WeeklyHours, str],
    log: str,
    seed: int,
) -> list[Estimate]:
    """Return what the tasks of a role's people tell of them."""
    found = []
    said = f"{log}: {tasks.height} tasks of {tasks['resource'].n_unique()} people"
    teams = _shifts(tasks, work)
    regular = {team: regulars(rows) for team, rows in teams}
    # The parts of a head that people lack who are seldom there.
    away = {
        team: seldom(rows.filter(pl.col("resource").is_in(regular[team])), work.hours.get(team))
        for team, rows in teams
    }
    counts = [max(1, round(heads(rows) - sum(away[team].values()))) for team, rows in teams]
    total = sum(counts)
    drawn = np.sum(
        [
            np.maximum(heads_drawn(rows, generator(seed, f"staff.{team}.headcount"))
                       + count - heads(rows), 1)
            for (team, rows), count in zip(teams, counts, strict=True)
        ],
        axis=0,
    )  # fmt: skip
    low, high = interval(drawn)
    # The people of shifts have to sum up: then it is known as it is.
    draws = tuple(int(number) for number in drawn) if len(teams) == 1 else ()
    found.append(
        Estimate(
            f"staff.{role}.headcount", total, said, tasks.height,
            min(low, total), max(high, total), draws,
            assumption="who does less than a tenth of what colleagues do is no head; who is there "
            "on less than half of the busy days counts for that part",
        )
    )  # fmt: skip
    known = [
        (
            rows.filter(pl.col("resource").is_in(set(regular[team]) - set(away[team]))),
            work.hours[team],
        )
        for team, rows in teams
        if team in work.hours
    ]
    if known:
        largest = max(zip(counts, known, strict=False), key=lambda pair: pair[0])[1][1]
        found.append(
            Estimate(f"staff.{role}.calendar", names[largest], f"{said}, on the clock",
                     tasks.height)
        )  # fmt: skip
    if len(known) == len(teams) > 1:
        shifts = [
            {"headcount": count, "calendar": names[hours]}
            for count, (_, hours) in zip(counts, known, strict=True)
        ]
        found.append(Estimate(f"staff.{role}.teams", shifts, f"{said}, in shifts", tasks.height))
    return [*found, *_absence(role, known, log, seed), *_cost(role, tasks, log)]


def _shifts(tasks: pl.DataFrame, work: HumanWork) -> list[tuple[str, pl.DataFrame]]:
    """Return the tasks of each team; teams that turned out to have the same hours are one."""
    parts: dict[WeeklyHours | None, tuple[str, pl.DataFrame]] = {}
    for (team,), rows in sorted(tasks.group_by("team"), key=lambda one: str(one[0][0])):
        hours = work.hours.get(str(team))
        name, before = parts.get(hours, (str(team), rows.clear()))
        parts[hours] = name, pl.concat([before, rows])
    return list(parts.values())


def _absence(
    role: str, teams: list[tuple[pl.DataFrame, WeeklyHours]], log: str, seed: int
) -> list[Estimate]:
    """Return the share of working days without a task, of people who should have had several."""
    days = absent = 0
    for rows, hours in teams:
        by_day = should_work(person_days(rows, hours))
        days += by_day.size
        absent += int((by_day == 0).sum())
    if days < LEAST_PERSON_DAYS:
        return []
    return [
        share_estimate(
            f"staff.{role}.absence_share", absent, days, seed,
            f"{log}: working days of a person without a task",
            "nobody who is there is without a task all day",
        )
    ]  # fmt: skip


def _cost(role: str, tasks: pl.DataFrame, log: str) -> list[Estimate]:
    """Return what an hour costs, where the log has the cost of work."""
    costed = tasks.drop_nulls(["minutes", "cost"]).filter(
        (pl.col("minutes") >= _LEAST_COSTED_MINUTES) & (pl.col("cost") > 0)
    )
    if costed.height < _LEAST_COSTED:
        return []
    rates = (costed["cost"] / costed["minutes"] * 60).to_numpy()
    # Other costs, such as postage, can only add to what the time costs. Costs are kept to a
    # fraction of a cent, so the rates agree to more digits than matter.
    low, middle, high = (float(q) for q in np.quantile(rates, [0.02, 0.1, 0.5]))
    value = round(middle, 2)
    return [
        Estimate(
            f"staff.{role}.cost_per_hour", value,
            f"{log}: cost of an hour in {costed.height} tasks, the 10 % point", costed.height,
            min(low, value), max(high, value), (value,) * DRAWS,
            assumption="a tenth of the tasks cost nothing but time",
        )
    ]  # fmt: skip


def _helpers(work: HumanWork, roles: Sequence[str], log: str) -> list[Estimate]:
    """Return which roles do the work of others; disputes are decided by whoever owns them."""
    home = pl.col("activity").replace_strict(ROLE_OF_ACTIVITY, default=None)
    done = (
        work.tasks.filter(pl.col("activity") != v.RESOLVE_DISPUTE)
        .with_columns(home.alias("home"))
        .drop_nulls("resource")
        .filter(pl.col("home").is_in(roles) & pl.col("role").is_in(roles))
    )
    totals = dict(done.group_by("home").len().iter_rows())
    pairs = (
        done.filter(pl.col("home") != pl.col("role"))
        .group_by("role", "home")
        .len()
        .sort(["role", "len", "home"], descending=[False, True, False])
    )
    helps: dict[str, list[tuple[str, int]]] = {}
    for role, other, count in pairs.iter_rows():
        if count >= max(_LEAST_HELP, _LEAST_HELP_SHARE * totals[other]):
            helps.setdefault(role, []).append((other, count))
    return [
        Estimate(
            f"staff.{role}.helps", [other for other, _ in others],
            f"{log}: " + ", ".join(f"{count} tasks of {other}" for other, count in others),
            sum(count for _, count in others),
            assumption="they help when they have nothing to do themselves",
        )
        for role, others in helps.items()
    ]  # fmt: skip


def _calendars(work: HumanWork, log: str) -> dict[WeeklyHours, Estimate]:
    """Return the calendar of each set of hours, under a name that says whose it is."""
    people = {
        str(team): rows.height for (team,), rows in work.tasks.drop_nulls("team").group_by("team")
    }
    groups: dict[WeeklyHours, list[str]] = {}
    for team, hours in work.hours.items():
        groups.setdefault(hours, []).append(team)
    found = {}
    for hours, teams in groups.items():
        busiest = max(teams, key=lambda team: (people.get(team, 0), team))
        name = "office" if "order_desk" in teams else busiest.replace(" ", "_")
        found[hours] = Estimate(
            f"calendars.{name}", calendar(hours),
            f"{log}: {hours.stamps} moments of work of {', '.join(sorted(teams))}", hours.stamps,
            assumption="closed where there is hardly any work; holidays are working days without",
        )  # fmt: skip
    return found


def calendar(hours: WeeklyHours) -> dict[str, list[str]]:
    """Return hours as a calendar of a model file: the same shifts on each working day.

    Shifts are those of the first working day, if they differ between days.
    """
    weekdays = hours.weekdays
    first = hours.minutes()[weekdays[0]]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], first.astype(np.int8), [0]])))
    return {
        "days": [WEEKDAYS[day] for day in weekdays],
        "shifts": [f"{_clock(opens)}-{_clock(closes)}" for opens, closes in edges.reshape(-1, 2)],
        "holidays": [date.isoformat() for date in hours.closed],
    }


def _clock(minute: int) -> str:
    return "24:00" if minute == DAY_MINUTES else f"{minute // 60:02d}:{minute % 60:02d}"


ESTIMATORS = (estimate_staffing,)
