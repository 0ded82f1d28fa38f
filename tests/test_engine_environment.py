"""The environment: light processes, their ends and faults, and how a run stops."""

import traceback
from math import inf, nan

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim.engine.environment import Environment


@pytest.fixture
def env():
    """Return a fresh environment of our own."""
    return Environment()


@given(times=st.lists(st.floats(0, 1e9), min_size=1, max_size=10))
def test_a_process_goes_on_at_exactly_the_time_it_yields(times):
    """To the last bit; a time that has passed means now."""
    env, seen = Environment(), []

    def sleeper():
        for time in times:
            yield time
            seen.append(env.now)

    env.start(sleeper())
    env.run()
    assert seen == np.maximum.accumulate(times).tolist()


def test_a_time_that_has_passed_means_after_what_is_scheduled_for_now(env, log):
    """A, back from yesterday, comes after B, who was called before A asked."""

    def latecomer():
        yield 5.0
        called.succeed()
        yield 4.0
        log.append(("A", env.now))

    def other():
        yield called
        log.append(("B", env.now))

    called = env.event()
    env.start(latecomer())
    env.start(other())
    env.run()
    assert log == [("B", 5.0), ("A", 5.0)]


@pytest.mark.parametrize("time", [7, np.float64(7), np.int64(7), np.float32(7)])
def test_any_real_number_is_a_time(env, time):
    """Now stays a plain float."""

    def sleeper():
        yield time
        return env.now

    now = env.run(env.start(sleeper()))
    assert now == 7
    assert type(now) is float


@pytest.mark.parametrize("target", [None, "noon", nan, True, (1.0,)])
def test_what_is_neither_time_nor_event_is_refused_where_it_is_yielded(env, target):
    """The traceback ends in the process, at the line to be mended."""

    def confused():
        yield 1.0
        yield target

    env.start(confused())
    with pytest.raises(TypeError, match="a time in seconds or an event, not") as caught:
        env.run()
    assert traceback.extract_tb(caught.value.__traceback__)[-1].line == "yield target"


def test_a_process_is_the_event_of_its_end(env, log):
    """A parent waits for a child's value, and again once it is over."""

    def child():
        yield 3.0
        return "done"

    def parent():
        process = env.start(child())
        assert process.is_alive
        log.append(((yield process), env.now))
        assert not process.is_alive
        log.append(((yield process), env.now))

    env.start(parent())
    env.run()
    assert log == [("done", 3.0), ("done", 3.0)]
    assert env.active_process is None


class KeywordFaultError(Exception):
    """An exception that cannot be made again from its args."""

    def __init__(self, *, where):
        super().__init__("at", where)
        self.where = where


def test_an_unhandled_fault_leaves_run_as_it_is(env):
    """With what it keeps besides its args, and a traceback into the process."""

    def failing():
        yield 2.0
        raise KeywordFaultError(where="dock")

    env.start(failing())
    with pytest.raises(KeywordFaultError) as caught:
        env.run(until=10)
    assert (caught.value.where, env.now) == ("dock", 2.0)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "failing"


def test_a_fault_goes_to_whoever_waits(env):
    """And no further if it is handled there."""

    def failing():
        yield 2.0
        raise KeywordFaultError(where="dock")

    def parent():
        with pytest.raises(KeywordFaultError, match="dock"):
            yield env.start(failing())
        yield 3.0
        return env.now

    assert env.run(env.start(parent())) == 3.0


def test_run_stops_at_a_time_before_what_is_scheduled_for_then(env, log):
    """And goes on where it stopped; now is the very time asked for."""

    def clock():
        for hour in (1.0, 2.0, 3.0):
            yield hour
            log.append(hour)

    env.start(clock())
    env.run(until=2)
    assert (log, env.now, env.peek()) == ([1.0], 2.0, 2.0)
    env.run(until=0.1 + 2.2)
    assert (log, env.now) == ([1.0, 2.0], 0.1 + 2.2)
    env.run(until=3)
    assert (log, env.now) == ([1.0, 2.0], 3.0)
    with pytest.raises(ValueError, match="cannot run until 1"):
        env.run(until=1)
    env.run()
    assert log == [1.0, 2.0, 3.0]


def test_run_until_an_event_that_does_not_come(env):
    """Is an error, as in SimPy; one that has come gives its value at once."""
    with pytest.raises(RuntimeError, match="no events are left"):
        env.run(env.event())
    done = env.timeout(1, "value")
    env.run()
    assert env.run(done) == "value"


def test_the_others_who_wait_for_the_event_that_stops_a_run_go_on_in_the_next(env, log):
    """Nobody is forgotten, and they come before what else is scheduled for that time."""

    def waiting(event, name):
        yield event
        log.append(name)

    bell, later = env.timeout(4), env.timeout(4)
    env.start(waiting(bell, "before"))
    env.start(waiting(later, "later"))
    env.run(until=1)
    bell.callbacks.append(lambda _: log.append(("nobody", env.active_process)))
    stopped = env.run(bell)
    assert (stopped, log) == (None, ["before", ("nobody", None)])
    env.run()
    assert log[2:] == ["later"]


def test_who_waits_for_the_event_after_it_has_stopped_a_run_is_called_first(env, log):
    """The stop is not the end of what the event sets off."""
    bell, later = env.timeout(4), env.timeout(4)
    later.callbacks.append(lambda _: log.append("later"))
    env.run(bell)
    bell.callbacks.append(lambda _: log.append("bell"))
    env.run()
    assert log == ["bell", "later"]


@pytest.mark.parametrize("time", [3.0, 50_000.0])
def test_a_sleep_takes_its_turn_among_the_events_of_that_time(env, log, time):
    """In the order of scheduling, in the present span and beyond it."""

    def sleeper(name):
        yield time
        log.append(name)

    env.run(until=1)
    env.start(sleeper("first"))
    env.run(until=2)
    env.at(time).callbacks.append(lambda _: log.append("second"))
    env.start(sleeper("third"))
    env.run()
    assert log == ["first", "second", "third"]


def test_the_end_of_a_launched_process_is_an_event_only_if_somebody_waits(env, log):
    """Launched: a start and a sleep, two steps. Who has got hold of it still learns of its end."""

    def sleeper():
        yield 1.0
        log.append("slept")

    def one_awaited():
        me = env.active_process
        env.start(waiter(me))
        yield 5.0
        return "done"

    def waiter(process):
        log.append((yield process))

    env.launch(sleeper())
    env.step()
    env.step()
    assert (env.peek(), log) == (inf, ["slept"])
    env.launch(one_awaited())
    env.run()
    assert (env.now, log) == (5.0, ["slept", "done"])


def test_a_launched_process_that_tells_at_the_very_last_that_it_runs_has_an_end(env, log):
    """In its last step somebody gets hold of it, who then waits for its end."""

    def brief():
        yield 1.0
        env.start(waiter(env.active_process))

    def waiter(process):
        log.append(((yield process), env.now, process.is_alive))

    env.launch(brief())
    env.run()
    assert log == [(None, 1.0, False)]


def test_the_first_of_two_that_have_happened_happens_at_once(env, log):
    """And a failure that came first is thrown into whoever waits."""

    def racer(one, other):
        try:
            log.append(((yield env.first_of(one, other)), env.now))
        except ValueError as fault:
            log.append((str(fault), env.now))

    early, late, broken = env.at(1.0), env.at(9.0), env.event()
    env.run(until=2.0)
    env.start(racer(late, early))
    env.start(racer(broken, late))
    broken.fail(ValueError("broken"))
    env.run()
    assert (log, env.now) == ([(None, 2.0), ("broken", 2.0)], 9.0)


def test_a_launched_process_that_fails_stops_the_run(env):
    """Nobody waits for it, so nobody else would learn of the fault."""

    def faulty():
        yield 1.0
        raise ValueError("a fault")

    env.launch(faulty())
    with pytest.raises(ValueError, match="a fault"):
        env.run()


def test_what_is_dropped_does_not_happen(env, log):
    """Soon, later and far ahead; what is scheduled from then on happens."""
    for time in (1.0, 50.0, 1e9):
        env.at(time).callbacks.append(lambda _: log.append("dropped"))
    env.run(until=0.5)
    env.drop()
    assert env.peek() == inf
    env.at(2.0).callbacks.append(lambda _: log.append(env.now))
    env.run()
    assert log == [2.0]


def test_step_by_step_is_a_run(env, log):
    """Two sleeps, a start and an end: four steps, then there is nothing left."""

    def sleeper():
        yield 1.0
        log.append(env.now)
        yield 2.0
        log.append(env.now)

    env.start(sleeper())
    steps = 0
    while env.peek() < inf:
        env.step()
        steps += 1
    assert (steps, log) == (4, [1.0, 2.0])
    with pytest.raises(simpy.core.EmptySchedule):
        env.step()


def test_simpys_resources_serve_light_processes(env, log):
    """One desk, two cases of 5 that come at 0 and 1."""

    def case(name, arrival):
        yield arrival
        with desk.request() as turn:
            assert turn.proc is cases[name]
            yield turn
            yield env.now + 5
        log.append((name, env.now))

    desk = simpy.Resource(env)
    cases = {"first": env.start(case("first", 0.0)), "second": env.start(case("second", 1.0))}
    env.run()
    assert log == [("first", 5.0), ("second", 10.0)]


def test_many_events_that_have_happened_cost_no_stack(env):
    """10,000 in a row, in one go."""
    past = env.timeout(0)

    def reader():
        yield 1.0
        for _ in range(10_000):
            yield past
        return env.now

    assert env.run(env.start(reader())) == 1.0


def test_an_alarm_may_be_set_for_the_past(env):
    """It rings now."""
    env.run(until=5)
    assert env.run(env.at(3.0, "late")) == "late"
    assert env.now == 5


def test_only_generators_are_started(env):
    """The error names what was given."""
    with pytest.raises(TypeError, match="made of a generator, not of 5"):
        env.start(5)
