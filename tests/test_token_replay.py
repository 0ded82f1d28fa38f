"""Token replay: by hand, and equal to pm4py on real logs."""

from __future__ import annotations

import naive
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from real_logs import DISTRIBUTOR, MANUFACTURING, case_view, pm4py_frame

from mining import discovery, token_replay, variants
from o2c_sim.errors import LogError

ABCD = discovery.discover_petri_net(naive.case_view(["abcd"]))
LOOPS = discovery.discover_petri_net(
    naive.case_view(["abcd", "acbd", "abbcd", "ad", "abcbd"]), noise=0.0
)
TRACES = st.lists(
    st.lists(st.sampled_from("abcdx"), min_size=1, max_size=6), min_size=1, max_size=6
)


def test_tokens_by_hand() -> None:
    """Three cases a-b-c-d and one without b, on the sequence a-b-c-d.

    A run makes and takes 5 tokens. Without b, that before c is missing and that before b is left:
    4 made and 4 taken, one each wrong, so fitness (1 - 1/4) / 2 + (1 - 1/4) / 2. Of all tokens
    19 are taken and 19 made.
    """
    found = token_replay.replay({tuple("abcd"): 3, tuple("acd"): 1}, ABCD)
    assert found.fitting_share == 0.75
    assert found.average_fitness == pytest.approx((3 + 0.75) / 4)
    assert found.log_fitness == pytest.approx(1 - 1 / 19)
    assert found.deviations.rows() == [("unexpected", "c", 1, 1, 0.25)]
    assert found.worst_variants["activities"].to_list() == [["a", "c", "d"]]


def test_what_the_model_does_not_have_is_listed() -> None:
    """It costs no fitness, as in pm4py, but it is not passed over in silence."""
    found = token_replay.replay({tuple("abxcd"): 2}, ABCD, precision=False)
    assert (found.average_fitness, found.precision) == (1.0, None)
    assert found.deviations.rows() == [("unexpected", "x", 2, 2, 1.0)]


@given(TRACES)
@settings(deadline=None, max_examples=25)
def test_equals_pm4py_on_any_log(traces: list[list[str]]) -> None:
    """Loops, choices and silent steps, with every case handed to pm4py one by one."""
    with discovery.quiet_pm4py():
        from pm4py.algo.evaluation.replay_fitness import algorithm
        from pm4py.objects.log.obj import Event, EventLog, Trace

        log = EventLog([Trace([Event({"concept:name": a}) for a in trace]) for trace in traces])
        expected = algorithm.apply(
            log,
            LOOPS.net,
            LOOPS.initial,
            LOOPS.final,
            variant=algorithm.Variants.TOKEN_BASED,
        )
    found = token_replay.replay(variants.counted(naive.case_view(traces)), LOOPS, precision=False)
    assert found.average_fitness == pytest.approx(expected["average_trace_fitness"], abs=1e-12)
    assert found.log_fitness == pytest.approx(expected["log_fitness"], abs=1e-12)
    assert 100 * found.fitting_share == pytest.approx(expected["perc_fit_traces"], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "share"),
    [
        (MANUFACTURING, 0.05),
        (DISTRIBUTOR, 0.05),
        pytest.param(MANUFACTURING, 1.0, marks=pytest.mark.slow),
        pytest.param(DISTRIBUTOR, 1.0, marks=pytest.mark.slow),
    ],
)
def test_equals_pm4py_on_a_real_log(name: str, share: float) -> None:
    """The rows shuffled here, sorted for pm4py; some of the cases, and all of them."""
    cases = case_view(name)
    model = discovery.discover_petri_net(cases)
    chosen = cases["case"].unique().sort()
    chosen = chosen.sample(fraction=share, seed=2)
    pm4py, frame = pm4py_frame(name)
    kept = set(chosen.cast(pl.String).to_list())
    frame = frame[frame["case:concept:name"].isin(kept)]
    with discovery.quiet_pm4py():
        expected = pm4py.fitness_token_based_replay(frame, model.net, model.initial, model.final)
    shuffled = cases.filter(pl.col("case").is_in(chosen.implode())).sample(
        fraction=1.0, shuffle=True, seed=3
    )
    found = token_replay.replay(variants.counted(shuffled), model, precision=False)
    assert found.cases == len(kept)
    assert found.average_fitness == pytest.approx(expected["average_trace_fitness"], abs=1e-12)
    assert found.log_fitness == pytest.approx(expected["log_fitness"], abs=1e-12)
    assert 100 * found.fitting_share == pytest.approx(expected["perc_fit_traces"], abs=1e-9)


def test_a_log_without_cases_is_refused() -> None:
    """There is nothing to replay."""
    with pytest.raises(LogError, match="without cases"):
        token_replay.replay({}, ABCD)
