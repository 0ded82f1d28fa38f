"""Fitness, precision and deviations."""

from __future__ import annotations

import naive
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from real_logs import DISTRIBUTOR, MANUFACTURING, case_view

from mining import alignments, conformance, discovery, precision, variants
from o2c_sim.errors import LogError

ABCD = discovery.discover_petri_net(naive.case_view(["abcd"]))
CHOICES = discovery.discover_petri_net(
    naive.case_view(["abcd", "acbd", "abbcd", "ad", "abcbd"]), noise=0.0
)
TRACES = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=5), min_size=1, max_size=5)


def test_injected_deviations_are_found_exactly() -> None:
    """Nine clean cases, two without b, one with c twice, against a-b-c-d.

    Worst case of a trace is its length plus 4. Two cost 1 of 7 and one costs 1 of 9, so the
    average fitness is 1 - (2/7 + 1/9) / 12 and the log fitness 1 - 3 / (9*8 + 2*7 + 9).
    """
    result = conformance.check(naive.case_view(["abcd"] * 9 + ["acd"] * 2 + ["abccd"]), ABCD)
    assert result.deviations.rows() == [
        ("missing", "b", 2, 2, 2 / 12),
        ("unexpected", "c", 1, 1, 1 / 12),
    ]
    assert result.fitting_share == 9 / 12
    assert result.average_fitness == pytest.approx(1 - (2 / 7 + 1 / 9) / 12, abs=1e-12)
    assert result.log_fitness == pytest.approx(1 - 3 / 95, abs=1e-12)
    assert result.worst_variants["count"].to_list() == [2, 1]


def test_precision_counts_what_is_allowed_but_never_done() -> None:
    """A choice of b or c after a, of which only b occurs.

    Two cases a-b: at the start a is allowed (1 x 2), after a b and c are (2 x 2), of which c
    escapes (1 x 2): precision 1 - 2 / 6.
    """
    model = discovery.discover_petri_net(naive.case_view(["ab", "ac"]))
    found = precision.etc_precision({("a", "b"): 2}, model)
    assert found == precision.Precision(1 - 2 / 6, 1.0)


def test_prefixes_that_do_not_replay_are_left_out_and_reported() -> None:
    """Of the prefixes (), a, ax only the first two replay on a-b-c-d: two thirds."""
    assert precision.etc_precision({("a", "x", "d"): 1}, ABCD).replayed == pytest.approx(2 / 3)


@given(TRACES)
@settings(deadline=None, max_examples=40)
def test_precision_equals_the_slow_twin(traces: list[list[str]]) -> None:
    """Remembered markings change nothing."""
    counts = naive.variants(naive.case_view(traces))
    fast = precision.etc_precision(counts, CHOICES).value
    assert fast == pytest.approx(naive.etc_precision(counts, CHOICES), abs=1e-12)


@given(TRACES)
@settings(deadline=None, max_examples=25)
def test_fitness_equals_the_referee(traces: list[list[str]]) -> None:
    """Both engines find optimal alignments, so every average agrees."""
    cases = naive.case_view(traces)
    one, other = (
        conformance.check(cases, CHOICES, precision=False, engine=engine)
        for engine in ("r4pm", "pm4py")
    )
    assert one.average_fitness == pytest.approx(other.average_fitness, abs=1e-9)
    assert one.log_fitness == pytest.approx(other.log_fitness, abs=1e-9)
    assert one.fitting_share == other.fitting_share


@pytest.mark.parametrize("name", [MANUFACTURING, DISTRIBUTOR])
def test_a_real_log_agrees_with_pm4py(name: str) -> None:
    """Common and rare variants of a real log, on the model discovered from all of it."""
    cases = case_view(name)
    model = discovery.discover_petri_net(cases)
    ranked = list(variants.counted(cases).items())
    some = dict(ranked[:40] + ranked[-10:])
    one = conformance.check_variants(some, model, precision=False)
    other = conformance.check_variants(some, model, precision=False, engine="pm4py")
    assert one.average_fitness == pytest.approx(other.average_fitness, abs=1e-9)
    assert one.log_fitness == pytest.approx(other.log_fitness, abs=1e-9)


def test_precision_of_a_real_log_agrees_with_pm4py() -> None:
    """pm4py's function wants events; three cases of each of the commonest variants do."""
    pandas = pytest.importorskip("pandas")
    cases = case_view(DISTRIBUTOR)
    model = discovery.discover_petri_net(cases)
    some = dict.fromkeys(list(variants.counted(cases))[:25], 3)
    rows = [
        (f"{number}-{copy}", activity, naive.START.replace(second=place))
        for number, sequence in enumerate(some)
        for copy in range(3)
        for place, activity in enumerate(sequence)
    ]
    with discovery.quiet_pm4py() as pm4py:
        frame = pandas.DataFrame(rows, columns=["case", "activity", "time"])
        frame = pm4py.format_dataframe(
            frame, case_id="case", activity_key="activity", timestamp_key="time"
        )
        expected = pm4py.precision_alignments(frame, model.net, model.initial, model.final)
    assert precision.etc_precision(some, model).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("name", [MANUFACTURING, pytest.param(DISTRIBUTOR, marks=pytest.mark.slow)])
def test_a_whole_real_log_is_checked_alike_in_any_row_order(name: str) -> None:
    """Every figure and every table, deviations included."""
    cases = case_view(name)
    model = discovery.discover_petri_net(cases)
    one = conformance.check(cases, model)
    other = conformance.check(cases.sample(fraction=1.0, shuffle=True, seed=5), model)
    assert one.checked_cases == one.cases
    assert (one.average_fitness, one.precision) == (other.average_fitness, other.precision)
    assert one.deviations.equals(other.deviations)
    assert one.worst_variants.equals(other.worst_variants)


def test_a_variant_weighs_as_many_as_its_cases() -> None:
    """Variants with counts and a log of all those cases give one result."""
    counts = {("a", "b", "c", "d"): 3, ("a", "c"): 2}
    log = naive.case_view([sequence for sequence, count in counts.items() for _ in range(count)])
    one, other = conformance.check_variants(counts, ABCD), conformance.check(log, ABCD)
    assert one.average_fitness == other.average_fitness
    assert one.precision == other.precision
    assert one.deviations.equals(other.deviations)


def test_what_is_left_out_for_time_is_reported() -> None:
    """With one variant allowed, the three cases of the commonest are checked."""
    log = naive.case_view(["abcd"] * 3 + ["a"])
    result = conformance.check(log, ABCD, max_variants=1, precision=False)
    assert (result.cases, result.checked_cases) == (4, 3)
    assert result.fitting_share == 1.0
    assert "3 of 4 cases" in result.coverage


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """Native code is kept from standard output too."""
    conformance.check(naive.case_view(["abcd", "ab"]), ABCD)
    assert capfd.readouterr().out == ""


def test_of_several_optimal_alignments_the_same_one_is_reported() -> None:
    """b-a against a-b: either may be the misplaced one, but it is the same in both engines."""
    model = discovery.discover_petri_net(naive.case_view(["ab"]))
    found = {
        alignments.align([("b", "a")], model, engine=engine)["b", "a"]
        for engine in ("r4pm", "pm4py")
        for _ in range(5)
    }
    assert len(found) == 1


def test_a_sequence_beyond_the_limit_has_no_alignment() -> None:
    """The search gives up instead of running on."""
    assert alignments.align([tuple("dcba")], ABCD, max_states=2) == {tuple("dcba"): None}


def test_a_log_without_cases_is_refused() -> None:
    """There is nothing to say about it."""
    with pytest.raises(LogError, match="without cases"):
        conformance.check(naive.case_view(["a"]).clear(), ABCD)
