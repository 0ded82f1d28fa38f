"""The schedule: a heap in what it gives, whatever lies near or far."""

from heapq import heappop, heappush
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim.engine.schedule import Schedule

# Many are equal; the last ones lie beyond the span.
DELAYS = st.sampled_from([0, 1, 1.0, 2.5, 16_384.0]) | st.floats(0, 1e5)


@given(
    operations=st.lists(st.none() | DELAYS, max_size=60),
    first=st.sampled_from([0.0, 16_383.0, -40_000.0]),
)
def test_the_schedule_is_a_heap(operations, first):
    """A number pushes an entry that much later than the last one popped, None pops."""
    schedule, heap, now = Schedule(), [], first
    for number, delay in enumerate(operations):
        if delay is not None:
            entry = (now + delay, number % 2, number, None)
            schedule.push(*entry)
            heappush(heap, entry)
        elif heap:
            assert schedule.peek() == heap[0][0]
            entry = heappop(heap)
            assert schedule.pop() == entry
            now = entry[0]
    assert [schedule.pop() for _ in range(len(heap))] == sorted(heap)
    assert schedule.peek() == inf
    with pytest.raises(IndexError):
        schedule.pop()


def test_an_entry_before_the_span_that_was_looked_at_comes_first():
    """Peeking moves on to the span of the next entry; an earlier one may still come."""
    schedule = Schedule()
    schedule.push(100_000.0, 1, 0, "far")
    assert schedule.peek() == 100_000.0
    schedule.push(5.0, 1, 1, "near")
    assert [schedule.pop()[3], schedule.pop()[3]] == ["near", "far"]


def test_infinite_times_come_last_and_no_number_is_refused():
    """In the order in which they came, also when one is processed already."""
    schedule = Schedule()
    for number, time in enumerate((inf, 3.0, inf)):
        schedule.push(time, 1, number, None)
    assert [schedule.pop()[2] for _ in range(2)] == [1, 0]
    schedule.push(inf, 1, 3, None)
    assert [schedule.pop()[2] for _ in range(2)] == [2, 3]
    with pytest.raises(ValueError, match="not a number"):
        schedule.push(nan, 1, 4, None)
