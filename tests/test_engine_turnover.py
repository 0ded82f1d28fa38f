"""People who join, leave and get other hours while tasks wait and are in progress."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim.engine import Environment, StaffPool, WorkingCalendar
from o2c_sim.engine.calendar import NO_HOURS, SuccessiveCalendar
from o2c_sim.engine.turnover import change_people

HOUR, DAY = 3_600.0, 86_400.0
YEAR = 365


def hours(first, last):
    """Return a calendar that is open each day from one hour to another."""
    return WorkingCalendar(
        lambda year: [
            (day * DAY + first * HOUR, day * DAY + last * HOUR)
            for day in range(year * YEAR, (year + 1) * YEAR)
        ]
    )


DAYS, LATE, ALWAYS = hours(8, 16), hours(12, 20), WorkingCalendar.always_open()


def company(*, people=1, places=4, calendar=DAYS):
    """Return an environment and a pool with some people and numbers for more, from 1 on."""
    env = Environment()
    return env, StaffPool(env, people, calendar, 1, places)


def place(env, pool, at, work_hours):
    """Let a task arrive at an hour; return the list that gets (start, end, worker) in hours."""
    done = []

    def task():
        yield at * HOUR
        start, worker = yield pool.work(work_hours * HOUR)
        done.extend((start / HOUR, env.now / HOUR, worker))

    env.launch(task())
    return done


def change(env, pool, at, people):
    """Let the pool have other people, by place, from an hour on."""
    event = env.first_at(at * HOUR)
    event.callbacks.append(lambda _: change_people(env, {pool: people}, []))


def busy_hours(pool, until):
    """Return busy and open hours up to an hour."""
    found = pool.statistics(0, until * HOUR)
    return found.busy_hours, found.open_hours


def test_who_joins_takes_what_waits():
    """Two tasks of five hours for one person; a second one comes at 10 and begins at once."""
    env, pool = company()
    first, second = place(env, pool, 8, 5), place(env, pool, 8, 5)
    change(env, pool, 10, {0: DAYS, 1: DAYS})
    env.run(24 * HOUR)
    assert first == [8, 13, 1]
    assert second == [10, 15, 2]
    assert busy_hours(pool, 24) == (10, 8 + 6)
    assert (pool.headcount_at(9 * HOUR), pool.headcount_at(11 * HOUR)) == (1, 2)


def test_who_leaves_finishes_the_task_and_takes_no_other():
    """The second person leaves at 10 in the midst of work until 12, and is paid until then."""
    env, pool = company(people=2)
    tasks = [place(env, pool, 8, 4) for _ in range(4)]
    change(env, pool, 10, {0: DAYS})
    env.run(48 * HOUR)
    assert tasks == [[8, 12, 1], [8, 12, 2], [12, 16, 1], [24 + 8, 24 + 12, 1]]
    assert busy_hours(pool, 48) == (16, 8 + 4 + 8)


def test_who_leaves_overnight_work_comes_back_for_it_and_goes():
    """A task of 12 hours is done at noon of the next day; nothing else is begun then."""
    env, pool = company(people=2)
    long, short, other = (place(env, pool, 8, h) for h in (12, 1, 20))
    change(env, pool, 24, {1: DAYS})
    env.run(96 * HOUR)
    assert long == [8, 24 + 12, 1]
    assert short == [8, 9, 2]
    assert other == [9, 48 + 8 + 5, 2]
    assert busy_hours(pool, 96) == (33, 8 + 4 + 4 * 8)


def test_a_task_goes_on_in_other_hours():
    """Ten hours from 8 end at 10 the next day; from 12 on in the late shift."""
    env, pool = company()
    task, unmoved = place(env, pool, 8, 10), place(env, pool, 8, 1)
    change(env, pool, 24, {0: LATE})
    env.run(96 * HOUR)
    assert task == [8, 24 + 14, 1]
    assert unmoved == [24 + 14, 24 + 15, 1]
    assert busy_hours(pool, 96) == (11, 8 + 3 * 8)


def test_who_returns_before_the_last_task_is_done_goes_on():
    """Gone at 9 and back at 10 while one task lasts until 12: the next begins then."""
    env, pool = company(people=2)
    one, two, three, four = (place(env, pool, 8, h) for h in (8, 4, 2, 1))
    change(env, pool, 9, {0: DAYS})
    change(env, pool, 10, {0: DAYS, 1: DAYS})
    env.run(24 * HOUR)
    assert [one, two, three, four] == [[8, 16, 1], [8, 12, 2], [12, 14, 2], [14, 15, 2]]
    assert busy_hours(pool, 24) == (15, 16)


def test_a_wake_up_of_before_does_not_hold_for_other_hours():
    """Work that waits for 8 o'clock begins at 12 when the only person works late from now on."""
    env, pool = company()
    task = place(env, pool, 2, 1)
    change(env, pool, 3, {0: LATE})
    env.run(24 * HOUR)
    assert task == [12, 13, 1]


def test_people_begin_and_cease_to_help():
    """From 10 to 12 the other desk's person takes what waits."""
    env, pool = company(places=1)
    other = StaffPool(env, 1, DAYS, 2)
    tasks = [place(env, pool, 8, 3) for _ in range(4)]
    staff = {pool: {0: DAYS}, other: {0: DAYS}}
    for at, helps in ((10, [(other, pool)]), (12, [])):
        event = env.first_at(at * HOUR)
        event.callbacks.append(lambda _, helps=helps: change_people(env, staff, helps))
    env.run(24 * HOUR)
    assert tasks[:2] == [[8, 11, 1], [10, 13, 2]]
    assert tasks[2] == [11, 14, 1]
    assert tasks[3] == []
    assert other.statistics(0, DAY).busy_hours == 3
    assert pool.statistics(0, DAY).busy_hours == 3 + 3 + 2


def test_nobody_left_is_refused():
    """A pool needs a person."""
    env, pool = company()
    with pytest.raises(ValueError, match="at least one"):
        change_people(env, {pool: {}}, [])


@given(
    at=st.floats(0, 100 * DAY),
    times=st.lists(st.floats(0, 800 * DAY), min_size=2, max_size=2),
    pair=st.sampled_from([(DAYS, LATE), (LATE, ALWAYS), (ALWAYS, DAYS), (DAYS, None)]),
)
def test_successive_calendars_offer_what_each_does_in_its_time(at, times, pair):
    """Hours before the change by the one, after it by the other, in any order of asking."""
    start, end = sorted(times)
    before, after = pair
    both = SuccessiveCalendar(before, after, at)
    expected = before.between(min(start, at), min(end, at))
    if after is not None:
        expected += after.between(max(start, at), max(end, at))
    assert both.between(start, end) == pytest.approx(expected, abs=1e-4)
    by_hand = before if start < at else after
    assert both.is_open(start) == (by_hand is not None and by_hand.is_open(start))


def test_no_hours():
    """Nobody works, ever."""
    assert NO_HOURS.between(0, 1e9) == 0
    assert not NO_HOURS.is_open(5)
    with pytest.raises(ValueError, match="no open hour"):
        NO_HOURS.next_open(5)


CALENDARS = (DAYS, LATE, ALWAYS, hours(0, 6))
SOME_PEOPLE = st.dictionaries(st.integers(0, 3), st.integers(0, 3), min_size=1)


@given(
    tasks=st.lists(st.tuples(st.integers(0, 90), st.integers(1, 30)), min_size=1, max_size=12),
    turns=st.lists(SOME_PEOPLE, min_size=1, max_size=4),
)
def test_whoever_works_when(tasks, turns):
    """Audit by the half-hour: all is done by people on duty, one task each, and nobody idles.

    Tasks arrive on the full hour and last whole hours; the people change at half past.
    """
    env, pool = company(people=1, calendar=CALENDARS[0])
    staffs = [(0.0, {0: 0}), *((10.5 + 24 * n, people) for n, people in enumerate(turns))]
    for at, people in staffs[1:]:
        change(env, pool, at, {place: CALENDARS[c] for place, c in people.items()})
    rows = [place(env, pool, at, work) for at, work in tasks]
    env.run(3_000 * HOUR)
    assert all(rows)
    for (start, end, worker), (at, work) in zip(rows, tasks, strict=True):
        assert start >= at
        own = pool.calendars[worker - 1]
        assert own.between(start * HOUR, end * HOUR) / HOUR == pytest.approx(work)
    for row in rows:
        assert not [r for r in rows if r[2] == row[2] and r is not row and r[0] <= row[0] < r[1]]
    total, last = sum(work for _, work in tasks), max(end for _, end, _ in rows)
    assert busy_hours(pool, last)[0] == pytest.approx(total)
    for half in range(int(last * 2)):
        moment = half / 2 + 0.25
        people = next(people for at, people in reversed(staffs) if at < moment)
        waits = any(at < moment < row[0] for row, (at, _) in zip(rows, tasks, strict=True))
        busy = {row[2] - 1 for row in rows if row[0] < moment < row[1]}
        idle = {p for p, c in people.items() if CALENDARS[c].is_open(moment * HOUR)} - busy
        assert not (waits and idle), (moment, idle)
