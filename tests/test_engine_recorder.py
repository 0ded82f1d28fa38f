"""The recorder: rows come out as they went in, whenever the table is asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim.engine import Environment, Recorder

ROWS = st.tuples(
    st.integers(0, 50),
    st.integers(0, 2**53),
    st.none() | st.floats(0, 1e9),
    st.integers(0, 500),
    st.integers(-(2**53), 2**53),
)


@given(rows=st.lists(ROWS, max_size=30), looks=st.sets(st.integers(0, 29)))
def test_the_table_is_the_rows_in_order(rows, looks):
    """Looking at the table now and then changes nothing, also in the tables had before."""
    env = Environment()
    recorder, expected, tables = Recorder(env), [], []
    for n, (activity, entity, start, resource, amount_minor) in enumerate(rows):
        env.run(until=n + 0.5)
        recorder.record(activity, entity, start, resource, amount_minor)
        begun = n + 0.5 if start is None else start
        expected.append((activity, entity, begun, n + 0.5, resource, amount_minor))
        if n in looks:
            tables.append(recorder.table())
    for table in (*tables, recorder.table(), recorder.table()):
        assert table.shape[1] == 6
        np.testing.assert_array_equal(table, np.reshape(expected[: len(table)], (-1, 6)))
    assert len(recorder.table()) == len(rows)


def test_an_activity_without_start_resource_or_amount(env):
    """It takes no time, and 0 stands for nobody and no money."""
    recorder = Recorder(env)
    env.run(until=7)
    recorder.record(3, 12)
    assert recorder.table().tolist() == [[3, 12, 7, 7, 0, 0]]


def test_many_events_come_out_as_they_went_in(env):
    """More than are packed together, by far."""
    recorder = Recorder(env)
    for number in range(1_000):
        recorder.record(number % 7, number, amount_minor=-number)
    expected = [[number % 7, number, 0, 0, 0, -number] for number in range(1_000)]
    assert recorder.table().tolist() == expected


def test_what_is_no_number_is_named(env):
    """At once, and nothing of its row is kept."""
    recorder = Recorder(env)
    for wrong in ("SO-7", "7", b"7", None):
        for place in range(4):
            row = [3, 7, 0, 5]
            row[place] = wrong
            activity, entity, resource, amount_minor = row
            with pytest.raises(TypeError, match=f"{wrong!r} was recorded where a number is needed"):
                recorder.record(activity, entity, None, resource, amount_minor)
    with pytest.raises(TypeError, match="'noon' was recorded where a number is needed"):
        recorder.record(3, 7, "noon")
    with pytest.raises(OverflowError):
        recorder.record(3, 7, amount_minor=10**400)
    recorder.record(3, 7)
    assert recorder.table().tolist() == [[3, 7, 0, 0, 0, 0]]
