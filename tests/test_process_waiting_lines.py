"""Waiting lines: who is next, whoever withdraws."""

from hypothesis import given
from hypothesis import strategies as st

from o2c_sim.process.waiting_lines import Line, WaitingLines

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.integers(1, 5), st.integers(0, 4)),
        st.tuples(st.just("pop"), st.just(0), st.just(0)),
        st.tuples(st.just("withdraw"), st.just(0), st.integers(0, 4)),
    ),
    max_size=50,
)


@given(steps=STEPS, rank_of_units=st.sampled_from([-1, 0, 1]))
def test_it_is_a_list_sorted_by_rank_and_arrival(steps, rank_of_units):
    """Beside a plain list that is sorted anew each time; the units waited for are added up."""
    queue, plain = WaitingLines(), []
    for turn, (kind, quantity, claim) in enumerate(steps):
        if kind == "join":
            line = Line(rank_of_units * quantity, quantity, claim, float(turn))
            queue.join(line, turn)
            plain = sorted([*plain, line], key=lambda each: (each.rank, each.since))
        elif kind == "pop" and plain:
            assert queue.pop() == plain.pop(0)
        elif kind == "withdraw":
            gone = [line for line in plain if line.claim == claim]
            assert queue.withdraw(claim) == sorted(gone, key=lambda each: each.since)
            plain = [line for line in plain if line.claim != claim]
        assert bool(queue) == bool(plain)
        assert not plain or queue.first() == plain[0]
        assert set(queue) == set(plain)
        units = {}
        for line in plain:
            units[line.rank] = units.get(line.rank, 0) + line.quantity
        assert queue.units == units
