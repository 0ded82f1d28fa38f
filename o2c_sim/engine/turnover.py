"""Turnover: people join, leave, work other hours and help other pools while a simulation runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import simpy

from o2c_sim.engine.calendar import SuccessiveCalendar, WorkingCalendar
from o2c_sim.engine.environment import Environment
from o2c_sim.engine.roster import roster
from o2c_sim.engine.staff import StaffPool, TaskEnd

# Seconds; a new end of a task that differs by less is the old one.
_SAME: Final = 1e-6

# By number of the person: the end of the task in progress, and its event.
_Running = Mapping[int, tuple[float, TaskEnd]]
_Memo = dict[tuple[WorkingCalendar, WorkingCalendar | None, float], WorkingCalendar]


def change_people(
    env: Environment,
    staff: Mapping[StaffPool, Mapping[int, WorkingCalendar]],
    helps: Iterable[tuple[StaffPool, StaffPool]],
) -> None:
    """Let pools have other people from now on, and other people help.

    Who joins is idle, behind those who are idle already. Who leaves finishes the task in progress,
    in the hours worked so far. Who gets other hours goes on with the task in progress in those.

    Parameters
    ----------
    env
        The environment of the pools.
    staff
        For each pool, helped or helping ones included: who belongs to it by place (from 0, below
        ``places``), and their calendars from now on; the very calendar of before for those whose
        hours stay.
    helps
        Pairs of a pool and one that its people help, in the order in which they do.

    Raises
    ------
    ValueError
        If a pool would be left without people.
    """
    running = {task._value[1]: (end, task) for end, task in env.scheduled(TaskEnd)}
    moved: dict[simpy.Event, float] = {}
    made: _Memo = {}
    for pool, people in staff.items():
        if not people:
            raise ValueError("a pool needs at least one person")
        moved |= _change(pool, people, running, env.now, made)
        pool._helpers, pool._helped = [], []
    if moved:
        env.move(moved)
    for pool, other in helps:
        pool.help(other)
    for pool in staff:
        # Whoever was to be woken may be gone, or on duty at another time.
        pool._wake, pool._wake_at = None, float("inf")
    for pool in staff:
        if pool.waiting:
            pool._serve()


def _change(
    pool: StaffPool,
    people: Mapping[int, WorkingCalendar],
    running: _Running,
    now: float,
    made: _Memo,
) -> dict[simpy.Event, float]:
    """Change one pool's people; return the tasks in progress that end at another time."""
    before, idle = pool._roster.calendars, pool._roster.idle()
    moved: dict[simpy.Event, float] = {}
    others = [
        (place, was, people.get(place))
        for place in range(pool.places)
        if (was := before[place] if place in pool._staff else None) is not people.get(place)
    ]
    if not others:
        return moved
    for place, was, then in others:
        end, task = running.get(pool.first_number + place, (now, None))
        begins = now
        if then is None:
            begins = end
            if task is not None:
                task.callbacks.remove(pool._done)
        elif was is None:
            if task is None:
                idle.append(place)
            else:
                # Back before the last task of the time before is done.
                begins = end
                task.callbacks.insert(0, pool._done)
        elif task is not None:
            later = then.add(now, was.between(now, end))
            if end > now and abs(later - end) > _SAME:
                moved[task] = later
                _move_end(pool, task, end, later)
        key = (pool._hours[place], then, begins)
        if key not in made:
            made[key] = SuccessiveCalendar(*key)
        pool._hours[place] = made[key]
    pool._staff = frozenset(people)
    if len(people) != pool.headcount:
        pool.headcount = len(people)
        pool._headcounts.append((now, len(people)))
    anybody = next(iter(people.values()))
    calendars = [people.get(place, anybody) for place in range(pool.places)]
    pool._roster = roster(calendars, [place for place in idle if place in people], people)
    return moved


def _move_end(crew: StaffPool, task: TaskEnd, end: float, later: float) -> None:
    """Put down that a task of a crew's own pool, or of one that it helps, ends later."""
    begun, worker = task._value
    for pool in (crew, *crew._ever_helped):
        # Closed at the end: bytes that are looked at cannot grow.
        with memoryview(pool._all_tasks()).cast("d") as tasks:
            for row in range(len(tasks) - 4, -1, -4):
                if tasks[row + 3] == worker:
                    if tasks[row + 1] == begun and tasks[row + 2] == end:
                        tasks[row + 2] = later
                        return
                    # A person's last task of this pool is another one.
                    break
