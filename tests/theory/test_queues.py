"""Known answers of queueing theory, through the real staff pool.

Times are in units of the mean service time; the calendar never closes.
"""

from math import factorial

import numpy as np
import pytest
import simpy
from slow_twins import kiefer_wolfowitz

from o2c_sim.engine import StaffPool, Streams, WorkingCalendar
from scenarios.statistics import t_interval


def erlang_c_wait(arrival_rate, servers):
    """Return the mean wait of M/M/c with service rate 1 (Erlang 1917).

    C = a^c/c! * c/(c-a) / (sum_{k<c} a^k/k! + a^c/c! * c/(c-a)), W = C / (c - a), a = rate.
    """
    a, c = arrival_rate, servers
    tail = a**c / factorial(c) * c / (c - a)
    probability = tail / (sum(a**k / factorial(k) for k in range(c)) + tail)
    return probability / (c - a)


def simulate(arrivals, durations, servers, priorities=None):
    """Return the waits of tasks served by a pool, in the order of the tasks."""
    env = simpy.Environment()
    pool = StaffPool(env, servers, WorkingCalendar.always_open())
    waits = np.empty(len(arrivals))
    classes = [0] * len(arrivals) if priorities is None else priorities

    def case(number):
        start, _ = yield pool.work(durations[number], classes[number])
        waits[number] = start - arrivals[number]

    def source():
        for number, arrival in enumerate(arrivals):
            yield env.timeout(max(0, arrival - env.now))
            env.process(case(number))

    env.process(source())
    env.run()
    return waits, pool, env


def draw(replication, purpose, count, quantile=None):
    """Return draws of the engine's own streams."""
    return Streams(2025, replication).draws(purpose, quantile).span(0, count)


def exponential(probability):
    """Return quantiles with mean 1."""
    return -np.log1p(-probability)


def replicate(rate, servers, tasks, replications, service=exponential, warm_up=0.2):
    """Return the mean wait after the warm-up of each replication."""
    means = []
    for r in range(replications):
        arrivals = np.cumsum(draw(r, "gap", tasks, exponential)) / rate
        durations = draw(r, "service", tasks, service)
        waits, _, _ = simulate(arrivals.tolist(), durations.tolist(), servers)
        means.append(waits[int(warm_up * tasks) :].mean())
    return t_interval(np.array(means), 0.999)


def test_erlang_c_by_hand():
    """M/M/1 at 0.5: 0.5/(1-0.5) = 1. M/M/2 at 1: C = (1/2*2)/(1+1+1) = 1/3, W = 1/3."""
    assert erlang_c_wait(0.5, 1) == pytest.approx(1)
    assert erlang_c_wait(1, 2) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("rate", "servers"), [(0.6, 1), (2.1, 3), (4.0, 6)])
def test_mean_wait_of_m_m_c_is_erlang_c(rate, servers):
    """The 99.9 % interval of 12 replications of 6,000 tasks holds Erlang C's wait.

    It is narrow enough to mean something: its half-width is below a fifth of the wait, so that
    a pool with one person more or less (a wait several times as long or short) would fail.
    """
    found = replicate(rate, servers, 6_000, 12)
    expected = erlang_c_wait(rate, servers)
    assert found.low < expected < found.high
    assert found.high - found.mean < 0.2 * expected
    assert not found.low < erlang_c_wait(rate, servers + 1) < found.high


@pytest.mark.parametrize(
    ("service", "squared_cv"),
    [(np.ones_like, 0.0), (lambda p: 2 * p, 1 / 3)],
    ids=["deterministic", "uniform"],
)
def test_mean_wait_of_m_g_1_is_pollaczek_khinchine(service, squared_cv):
    """W = rho (1 + cv^2) / (2 (1 - rho)); at rho = 0.7: 7/6 for M/D/1, 14/9 for uniform service.

    cv^2 of uniform(0, 2) is (4/12)/1 = 1/3.
    """
    expected = 0.7 * (1 + squared_cv) / (2 * 0.3)
    found = replicate(0.7, 1, 6_000, 12, service)
    assert found.low < expected < found.high
    assert found.high - found.mean < 0.2 * expected
    assert not found.low < 0.7 / 0.3 < found.high, "told from exponential service"


def test_two_priorities_have_the_waits_of_cobham():
    """Non-preemptive M/M/1, both classes at 0.35: W0 = 0.7, W1 = 0.7/0.65, W2 = W1/0.3.

    Cobham 1954: W_k = W0 / ((1 - sigma_(k-1)) (1 - sigma_k)), W0 = rho for exponential service.
    """
    means = []
    for r in range(12):
        arrivals = np.cumsum(draw(r, "gap", 6_000, exponential)) / 0.7
        classes = (draw(r, "class", 6_000) < 0.5).astype(int)
        durations = draw(r, "service", 6_000, exponential)
        waits, _, _ = simulate(arrivals.tolist(), durations.tolist(), 1, classes.tolist())
        means.append([waits[1_200:][classes[1_200:] == k].mean() for k in (0, 1)])
    for k, expected in enumerate((0.7 / 0.65, 0.7 / 0.65 / 0.3)):
        found = t_interval(np.array(means)[:, k], 0.999)
        assert found.low < expected < found.high
        assert found.high - found.mean < 0.25 * expected


def test_littles_law():
    """Queue length averaged over time = arrival rate x mean wait, exactly, over a whole run.

    The area under the queue, summed event by event, equals the sum of the waits: L T = sum W.
    """
    arrivals = np.cumsum(draw(0, "gap", 2_000, exponential)) / 0.9
    durations = draw(0, "service", 2_000, exponential)
    waits, _, env = simulate(arrivals.tolist(), durations.tolist(), 1)
    changes = sorted(
        [(a, 1) for a in arrivals] + [(a + w, -1) for a, w in zip(arrivals, waits, strict=True)]
    )
    area, length, last = 0.0, 0, 0.0
    for time, step in changes:
        area += length * (time - last)
        length, last = length + step, time
    assert length == 0
    rate, mean_length = 2_000 / env.now, area / env.now
    assert mean_length == pytest.approx(rate * waits.mean(), rel=1e-9)
    assert mean_length > 1


def test_utilisation_is_the_offered_load():
    """Busy share of three people = work brought / (3 x time), to rounding."""
    arrivals = np.cumsum(draw(3, "gap", 3_000, exponential)) / 2.1
    durations = draw(3, "service", 3_000, exponential)
    _, pool, env = simulate(arrivals.tolist(), durations.tolist(), 3)
    found = pool.statistics(0, env.now)
    assert found.utilisation == pytest.approx(durations.sum() / (3 * env.now), rel=1e-9)
    assert 0.6 < found.utilisation < 0.8


def test_real_valued_waits_equal_the_recursion_in_a_busy_pool():
    """3,000 tasks at 97 % load with four people: Kiefer and Wolfowitz to a billionth."""
    arrivals = np.cumsum(draw(5, "gap", 3_000, exponential)) / 3.88
    durations = draw(5, "service", 3_000, exponential)
    waits, _, _ = simulate(arrivals.tolist(), durations.tolist(), 4)
    expected = kiefer_wolfowitz(arrivals.tolist(), durations.tolist(), 4)
    np.testing.assert_allclose(waits, expected, atol=1e-9)
    assert waits.max() > 5


def test_tandem_of_jackson():
    """Two M/M/1 in a row, load 0.5 and 0.7: waits 1 and 7/3, as if the second stood alone.

    Burke 1956: what leaves an M/M/1 in steady state is Poisson again.
    """
    means = []
    for r in range(12):
        arrivals = np.cumsum(draw(r, "gap", 6_000, exponential))  # rate 1
        first = draw(r, "first", 6_000, exponential) * 0.5
        second = draw(r, "second", 6_000, exponential) * 0.7
        one, _, _ = simulate(arrivals.tolist(), first.tolist(), 1)
        left = arrivals + one + first
        two, _, _ = simulate(left.tolist(), second.tolist(), 1)
        means.append([one[1_200:].mean() / 0.5, two[1_200:].mean() / 0.7])
    for k, expected in enumerate((1, 7 / 3)):
        found = t_interval(np.array(means)[:, k], 0.999)
        assert found.low < expected < found.high
        assert found.high - found.mean < 0.25 * expected
