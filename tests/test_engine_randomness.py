"""Draws are addressed, not called in order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from o2c_sim.engine import Draws, Streams
from o2c_sim.model.distribution import SMALLEST_PROBABILITY

ADDRESSES = st.tuples(st.integers(0, 200_000), st.integers(0, 3))


@given(addresses=st.lists(ADDRESSES, min_size=1, max_size=20, unique=True), data=st.data())
def test_a_draw_does_not_depend_on_the_order_of_asking(addresses, data):
    """The same address gives the same value, whatever was asked before."""
    shuffled = data.draw(st.permutations(addresses))
    one, other = (Streams(1, 0).draws("credit.touch") for _ in range(2))
    first = {address: one(*address) for address in addresses}
    second = {address: other(*address) for address in shuffled}
    assert first == second
    assert len(set(first.values())) == len(addresses)


@given(first=st.integers(0, 20_000), count=st.integers(0, 9_000))
def test_span_equals_single_draws(first, count):
    """A span across blocks of 4,096 is the calls one by one."""
    draws = Streams(1, 0).draws("demand.lines")
    span = draws.span(first, count)
    assert span.size == count
    for i in {0, count // 2, count - 1} & set(range(count)):
        assert span[i] == draws(first + i)


def test_span_of_whole_blocks_misses_no_edge():
    """Entities 4,095 to 4,097 lie on both sides of a block's edge."""
    draws = Streams(1, 0).draws("x")
    np.testing.assert_array_equal(draws.span(4_095, 3), [draws(n) for n in (4_095, 4_096, 4_097)])


def test_more_draws_of_a_group_leave_the_first_ones_as_they_were():
    """A busier day adds arrivals and does not redraw those there were; days differ."""
    draws = Streams(1, 0).draws("demand.arrival")
    np.testing.assert_array_equal(draws.of_group(3, 10), draws.of_group(3, 500)[:10])
    assert not np.isin(draws.of_group(4, 500), draws.of_group(3, 500)).any()
    assert not np.isin(draws.of_group(3, 500), draws.span(0, 9_000)).any()


def test_forgotten_draws_are_the_same_when_they_are_asked_for_again():
    """Those of the piece that was read last too."""
    streams = Streams(1, 0)
    draws = streams.draws("credit.touch")
    before = [draws(5), draws(6)]
    streams.forget()
    assert [draws(5), draws(6)] == before


def test_what_is_derived_is_made_once_for_an_equal_description():
    """Another name, another description and forgotten draws have it made again."""
    streams, made = Streams(1, 0), []

    def make():
        made.append(object())
        return made[-1]

    first = streams.derived("demand", {"rate": 1.0}, make)
    assert streams.derived("demand", {"rate": 1.0}, make) is first
    others = [streams.derived("demand", {"rate": 2.0}, make), streams.derived("stock", {}, make)]
    assert first not in others
    assert streams.derived("demand", {"rate": 1.0}, make) is first
    for rate in range(3, 20):
        streams.derived("demand", {"rate": rate}, make)
    assert streams.derived("demand", {"rate": 19}, make) is made[-1]
    count = len(made)
    streams.forget()
    streams.derived("demand", {"rate": 19}, make)
    assert len(made) == count + 1


def test_the_quantile_function_changes_the_value_and_not_the_luck():
    """Two distributions at the same address take the same uniform number."""
    uniform = Streams(1, 0).draws("capture.entry")
    slower = Streams(1, 0).draws("capture.entry", lambda p: 10 + 5 * p)
    np.testing.assert_array_equal(slower.span(0, 50), 10 + 5 * uniform.span(0, 50))


NEIGHBOURS = {
    "purpose": (Streams(1, 0).draws("a"), Streams(1, 0).draws("b")),
    "replication": (Streams(1, 0).draws("a"), Streams(1, 1).draws("a")),
    "seed": (Streams(1, 0).draws("a"), Streams(2, 0).draws("a")),
}


@pytest.mark.parametrize("what", NEIGHBOURS)
def test_neighbouring_addresses_are_uncorrelated(what):
    """20,000 pairs: |r| of independent draws is below 4/sqrt(20,000) = 0.028 (4 sigma)."""
    one, other = (draws.span(0, 20_000) for draws in NEIGHBOURS[what])
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.028
    assert not np.isin(one, other).any()


def test_occurrences_of_an_entity_are_uncorrelated():
    """The second visit of an order to a step has luck of its own."""
    draws = Streams(1, 0).draws("a")
    one, other = ([draws(n, k) for n in range(8_192)] for k in (0, 1))
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(8_192)


def test_seed_and_replication_are_not_mixed_up():
    """Seed 1, replication 23 is not seed 12, replication 3."""
    assert Streams(1, 23).draws("a")(0) != Streams(12, 3).draws("a")(0)


@pytest.mark.parametrize("purpose", ["demand.day_factor", "payment.default", "credit.denial"])
def test_uniform_draws_are_uniform_and_have_no_memory(purpose):
    """Kolmogorov-Smirnov over 50,000 draws, and the correlation of neighbours; p above 1e-4."""
    values = Streams(11, 2).draws(purpose).span(0, 50_000)
    assert stats.kstest(values, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 4 / np.sqrt(50_000)


def test_no_draw_is_zero_or_one():
    """So that no quantile is infinite: within [2^-54, 1 - 2^-53]."""
    values = Draws(key=5).span(0, 200_000)
    assert values.min() >= SMALLEST_PROBABILITY
    assert values.max() < 1


def test_a_draw_is_the_same_when_its_piece_had_to_be_dropped():
    """So many draws are asked for in between that the first ones are worked out anew."""
    draws = Streams(1, 0).draws("a purpose")
    asked = [entity * 1_000 for entity in range(2_000)]
    before = [draws(entity, 3) for entity in asked]
    assert [draws(entity, 3) for entity in asked] == before


@given(first=st.integers(0, 10_000), count=st.integers(0, 70), occurrence=st.integers(0, 3))
def test_a_run_of_draws_is_the_draws_one_by_one(first, count, occurrence):
    """Whether they lie in one piece or across two, and whether it is there yet or not."""
    one_by_one, fresh = Streams(1, 0).draws("a purpose"), Streams(1, 0).draws("a purpose")
    draws = [one_by_one(first + place, occurrence) for place in range(count)]
    assert list(one_by_one.of_run(first, count, occurrence)) == draws
    assert list(fresh.of_run(first, count, occurrence)) == draws
