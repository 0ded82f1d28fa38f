"""Known answers of queueing theory for people who help one another, through the real pools.

Times are in units of the mean service time; nobody ever goes home.
"""

import numpy as np
import pytest
import simpy
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

from o2c_sim.engine import StaffPool, Streams, WorkingCalendar
from scenarios.statistics import t_interval

TASKS, REPLICATIONS, WARM_UP = 6_000, 12, 1_200
CUT = 60


def exponential(replication, purpose):
    """Return draws with mean 1 of the engine's own streams."""
    uniform = Streams(2026, replication).draws(purpose).span(0, TASKS)
    return -np.log1p(-uniform)


def mean_waits(rates, mutual):
    """Return the 99.9 % intervals of the mean waits of two queues with one person each.

    Person 2 helps queue 1; with *mutual*, person 1 helps queue 2 as well.
    """
    means = []
    for r in range(REPLICATIONS):
        env = simpy.Environment()
        # A calendar of each person's own, so that the roster of persons is under test, too.
        first = StaffPool(env, 1, [WorkingCalendar.always_open()], 1)
        second = StaffPool(env, 1, [WorkingCalendar.always_open()], 2)
        second.help(first)
        if mutual:
            first.help(second)
        gaps = exponential(r, "gap") / sum(rates)
        to_first = Streams(2026, r).draws("queue").span(0, TASKS) < rates[0] / sum(rates)
        durations = exponential(r, "service")
        waits = np.zeros(TASKS)

        def case(i, pool, duration, env=env, waits=waits):
            arrival = env.now
            start, _ = yield pool.work(duration)
            waits[i] = start - arrival

        def source(env=env, gaps=gaps, to_first=to_first, durations=durations,
                   first=first, second=second, case=case):  # fmt: skip
            for i in range(TASKS):
                yield env.timeout(gaps[i])
                env.process(case(i, first if to_first[i] else second, durations[i]))

        env.process(source())
        env.run()
        kept, theirs = waits[WARM_UP:], to_first[WARM_UP:]
        means.append((kept.mean(), kept[theirs].mean(), kept[~theirs].mean()))
    return [t_interval(np.array(means)[:, k], 0.999) for k in range(3)]


def waits_of_one_way_help(rates):
    """Return the mean waits of both queues, person 2 helping queue 1, from the balance equations.

    The state is who is busy and how many wait: (person 1 busy, person 2 busy, waiting in queue 1,
    waiting in queue 2), each queue cut off at 60. Service has rate 1, whoever works on what, so
    that what person 2 works on does not matter. A task waits in queue 1 only while both are busy,
    in queue 2 only while person 2 is. The waits are the queues' mean lengths over their rates
    (Little 1961).
    """
    states, into = {}, []

    def number(state):
        return states.setdefault(state, len(states))

    todo = [(False, False, 0, 0)]
    while todo:
        state = todo.pop()
        one, two, wait_one, wait_two = state
        moves = []
        if not one:
            moves.append((rates[0], (True, two, 0, wait_two)))
        elif not two:
            moves.append((rates[0], (True, True, 0, 0)))
        elif wait_one < CUT:
            moves.append((rates[0], (True, True, wait_one + 1, wait_two)))
        if not two:
            moves.append((rates[1], (one, True, wait_one, 0)))
        elif wait_two < CUT:
            moves.append((rates[1], (one, True, wait_one, wait_two + 1)))
        if one:
            moves.append((1.0, (wait_one > 0, two, max(wait_one - 1, 0), wait_two)))
        if two and wait_two:
            moves.append((1.0, (one, True, wait_one, wait_two - 1)))
        elif two:
            moves.append((1.0, (one, wait_one > 0, max(wait_one - 1, 0), 0)))
        for rate, following in moves:
            if following not in states:
                number(following)
                todo.append(following)
            into.append((number(following), number(state), rate))
            into.append((number(state), number(state), -rate))
    rows, columns, values = zip(*into, strict=True)
    balance = coo_matrix((values, (rows, columns))).tolil()
    balance[0, :] = 1  # the shares of time sum to 1
    shares = spsolve(balance.tocsr(), np.eye(1, len(states))[0])
    waiting = np.array(list(states), dtype=float)[:, 2:]
    return (shares @ waiting) / rates


def test_balance_equations_by_hand():
    """Nobody ever comes to queue 2: person 2 is there for queue 1 alone, M/M/2 at rate 1, W = 1/3.

    Nobody ever comes to queue 1: M/M/1 at rate 0.5, W = 1.
    """
    assert waits_of_one_way_help(np.array([1.0, 1e-9]))[0] == pytest.approx(1 / 3, rel=1e-6)
    assert waits_of_one_way_help(np.array([1e-9, 0.5]))[1] == pytest.approx(1, rel=1e-6)


def test_two_who_help_each_other_wait_as_in_m_m_2():
    """Rates 1.2 and 0.3, all help all: as many wait as in M/M/2 at 1.5, W = (9/14) / 0.5 = 9/7.

    C = (1.5^2/2 x 2/0.5) / (1 + 1.5 + 1.5^2/2 x 2/0.5) = 4.5/7. Without help queue 1 (load 1.2)
    would never end.
    """
    overall, _, _ = mean_waits((1.2, 0.3), mutual=True)
    assert overall.low < 9 / 7 < overall.high
    assert overall.high - overall.mean < 0.25 * 9 / 7


def test_one_way_help_has_the_waits_of_its_balance_equations():
    """Rates 1.1 and 0.4, person 2 helps queue 1: both waits as the Markov chain says.

    The answer is told from no help (queue 1 would grow without end; queue 2 would wait 2/3) and
    from help both ways (queue 2 would wait less).
    """
    rates = np.array([1.1, 0.4])
    expected = waits_of_one_way_help(rates)
    _, first, second = mean_waits(tuple(rates), mutual=False)
    for found, wait in zip((first, second), expected, strict=True):
        assert found.low < wait < found.high
        assert found.high - found.mean < 0.25 * wait
    assert not second.low < 0.4 / 0.6 < second.high
