"""Quantiles of durations some of which are open, against the product written out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.censoring import censored_quantile


def product_limit(durations: list[float], ended: list[bool], probability: float) -> float:
    """Return the quantile by the definition of 1958: one factor per time at which cases end."""
    surviving = 1.0
    for time in sorted({d for d, e in zip(durations, ended, strict=True) if e}):
        at_risk = sum(d >= time for d in durations)
        ends = sum(d == time and e for d, e in zip(durations, ended, strict=True))
        surviving *= 1 - ends / at_risk
        if 1 - surviving >= probability - 1e-12:
            return time
    return math.inf


def quantile(durations: list[float], ended: list[bool], probability: float) -> float:
    """Return the quantile that is tested."""
    return censored_quantile(np.array(durations), np.array(ended, dtype=bool), probability)


def test_the_remission_times_of_the_textbooks() -> None:
    """The figures that every textbook of survival analysis has are met."""
    # Freireich et al. (1963), the 21 patients treated: the median remission is 23 weeks.
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    durations = [float(week) for week in ended + censored]
    flags = [True] * len(ended) + [False] * len(censored)
    assert quantile(durations, flags, 0.5) == 23
    assert quantile(durations, flags, 0.25) == 13
    assert quantile(durations, flags, 0.75) == math.inf


@given(
    cases=st.lists(
        st.tuples(st.integers(0, 12).map(float), st.booleans()), min_size=1, max_size=40
    ).filter(lambda cases: not all(ended for _, ended in cases)),
    probability=st.sampled_from([0.1, 0.25, 0.5, 0.9]),
)
def test_it_is_the_product_limit(cases: list[tuple[float, bool]], probability: float) -> None:
    """Random cases, with ties, agree with the definition."""
    durations, ended = [d for d, _ in cases], [e for _, e in cases]
    assert quantile(durations, ended, probability) == product_limit(durations, ended, probability)


def test_without_open_cases_it_is_the_sample_quantile() -> None:
    """Where nothing is open nothing changes."""
    assert quantile([1.0, 2.0, 3.0, 10.0], [True] * 4, 0.5) == 2.5


def test_open_cases_make_the_process_slower() -> None:
    """Who forgets the open cases reports less than half of the time."""
    # Exponential with mean 10, watched for 8: of those that have ended the median is under 4.
    durations = np.random.default_rng(1).exponential(10.0, 20_000)
    ended = durations < 8
    of_the_ended = float(np.median(durations[ended]))
    found = censored_quantile(np.minimum(durations, 8), ended, 0.5)
    assert of_the_ended < 4 < found
    assert found == pytest.approx(10 * math.log(2), rel=0.03)


def test_nothing_and_nothing_but_open_cases() -> None:
    """Without a case there is no number, without an end no finite one."""
    assert math.isnan(quantile([], [], 0.5))
    assert quantile([1.0, 2.0], [False, False], 0.5) == math.inf
