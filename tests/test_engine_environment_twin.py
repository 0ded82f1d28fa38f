"""The environment beside SimPy's: random processes do the same in both."""

from math import inf

import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from o2c_sim.engine.environment import Environment


class FaultError(Exception):
    """What the random processes raise."""


class StockWorld:
    """The processes of a random program, run as SimPy runs them."""

    def __init__(self):
        self.env = simpy.Environment()

    def start(self, generator):
        return self.env.process(generator)

    def sleep(self, delay):
        return self.env.timeout(delay)

    alarm = sleep

    def first(self, one, other):
        return one | other


class LightWorld(StockWorld):
    """The same processes, light."""

    def __init__(self):
        self.env = Environment()

    def start(self, generator):
        return self.env.start(generator)

    def sleep(self, delay):
        return self.env.now + delay

    def alarm(self, delay):
        return self.env.at(self.env.now + delay)

    def first(self, one, other):
        return self.env.first_of(one, other)


class MixedWorld(LightWorld):
    """SimPy's own processes and timeouts in our environment."""

    start, sleep, alarm = StockWorld.start, StockWorld.sleep, StockWorld.alarm


EVENTS = 3


# Few values, so that many things happen at once; one lies beyond the schedule's span. All are
# multiples of 1/8, which SimPy's sums of times do not round.
DELAYS = st.sampled_from([0, 1, 1.0, 2, 2.5, 16_384.0]) | st.integers(0, 2**20).map(
    lambda eighths: eighths / 8
)


TIES = st.sampled_from([0, 1, 1.0, 2])


NUMBERS = st.integers(0, EVENTS - 1)


ACTIONS = st.one_of(
    st.tuples(st.just("sleep"), TIES),
    st.tuples(st.just("sleep"), TIES),
    st.tuples(st.just("sleep"), DELAYS),
    st.tuples(st.just("wait"), NUMBERS),
    st.tuples(st.just("fire"), NUMBERS),
    st.tuples(st.just("fail"), NUMBERS),
    st.tuples(st.just("race"), NUMBERS, TIES),
    st.tuples(st.just("first"), NUMBERS, TIES),
    st.tuples(st.just("both"), NUMBERS, TIES),
    st.tuples(st.just("fork"), st.integers(0, 5)),
    st.tuples(st.just("join")),
    st.tuples(st.just("raise")),
)


PROGRAMS = st.lists(st.tuples(st.booleans(), st.lists(ACTIONS, max_size=6)), min_size=1, max_size=6)


STOPS = st.lists(st.sampled_from([1, 2, 16_384.0]), max_size=3)


def trace_of(world, programs, stops):
    """Run programs in a world; return all that happens, in order.

    A program may fork those with a higher number; every one is also started at time 0. A hardy
    one catches what is thrown into it.
    """
    env, trace = world.env, []
    shared = [env.event() for _ in range(EVENTS)]

    def act(action, children):
        kind, *what = action
        if kind == "sleep":
            yield world.sleep(what[0])
        elif kind == "wait":
            return (yield shared[what[0]])
        elif kind == "fire" and not shared[what[0]].triggered:
            shared[what[0]].succeed(what[0])
        elif kind == "fail" and not shared[what[0]].triggered:
            shared[what[0]].fail(FaultError("event", what[0]))
        elif kind == "race":
            return sorted(map(str, (yield shared[what[0]] | world.alarm(what[1])).values()))
        elif kind == "first":
            # Two that end the same: SimPy's condition has a value, ours has none.
            yield world.first(shared[what[0]], world.alarm(what[1]))
        elif kind == "both":
            return len((yield shared[what[0]] & world.alarm(what[1])).todict())
        elif kind == "fork" and children["next"] + what[0] < len(programs):
            children["last"] = world.start(process(children["next"] + what[0]))
        elif kind == "join" and children["last"] is not None:
            return (yield children["last"])
        elif kind == "raise":
            raise FaultError("raised")
        return None

    def process(number):
        hardy, actions = programs[number]
        children = {"next": number + 1, "last": None}
        for step, action in enumerate(actions):
            try:
                result = yield from act(action, children)
            except FaultError as fault:
                if not hardy:
                    raise
                result = fault.args
            trace.append((env.now, number, step, result, env.active_process is not None))
        return number

    def go(until):
        try:
            env.run(until)
        except FaultError as fault:
            trace.append((env.now, "unhandled", fault.args))

    for number in range(len(programs)):
        world.start(process(number))
    for stop in stops:
        go(env.now + stop)
        trace.append((env.now, env.peek(), env.active_process))
    # A fault before a stop leaves the stop in the schedule, in SimPy too.
    while env.peek() < inf:
        go(None)
    return trace


@pytest.mark.parametrize("world", [LightWorld, MixedWorld])
@settings(max_examples=300)
@given(programs=PROGRAMS, stops=STOPS)
def test_random_processes_do_the_same_as_in_simpy(world, programs, stops):
    """Same things at the same times in the same order: ties, faults, conditions, stops."""
    assert trace_of(world(), programs, stops) == trace_of(StockWorld(), programs, stops)
