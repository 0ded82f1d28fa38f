"""Tails: how what takes longer than the log is long goes on, and what of it never comes."""

import numpy as np
import pytest

from mining.calibration.correction import KNOTS, moved
from mining.calibration.incidence import Incidence, incidence
from mining.calibration.lag_curve import with_tail
from mining.calibration.tail import Tail, fit_tail

TAILS = [Tail(10.0, 0.0), Tail(10.0, 0.4), Tail(3.0, 0.8)]


def seen_up_to(span, tail, size=2_000, never=0.0):
    """Return excesses at even places of a tail that are seen, their weights, and what is left."""
    places = (np.arange(size) + 0.5) / size
    excess = tail.quantile(places)
    excess = excess[excess <= span]
    share = (1 - never) / size
    return excess, np.full(excess.size, share), 1 - share * excess.size


def arguments(tail, span, never=0.0):
    """Return the arguments of the fit to a tail that is seen up to a span."""
    excess, weights, left = seen_up_to(span, tail, never=never)
    return excess, weights, span, left


@pytest.mark.parametrize("tail", TAILS)
def test_quantile_survival_and_density_belong_together(tail):
    """The quantile undoes the survival, and the density is its slope."""
    excess = np.array([0.5, 5.0, 40.0])
    assert tail.quantile(1 - tail.survival(excess)) == pytest.approx(excess)
    step = 1e-4
    slope = (tail.survival(excess - step) - tail.survival(excess + step)) / (2 * step)
    assert np.exp(tail.log_density(excess)) == pytest.approx(slope, rel=1e-5)


def test_a_heavy_tail_by_hand():
    """Scale 2 and shape 1/2: (1 + 4 / 4)^-2 is a quarter."""
    assert Tail(2.0, 0.5).survival(4.0) == pytest.approx(0.25)
    assert Tail(2.0, 0.5).quantile(np.array([0.75])).tolist() == pytest.approx([4.0])


def test_an_exponential_tail_stays_one():
    """Nothing heavier earns its parameter; all of it comes."""
    found = fit_tail(*arguments(Tail(10.0, 0.0), span=25.0))
    assert found.shape == 0
    assert found.comes == 1
    assert found.scale == pytest.approx(10, rel=0.03)


@pytest.mark.parametrize("shape", [0.4, 0.7])
def test_a_heavy_tail_is_found_from_its_visible_part(shape):
    """The fit tells within a seventh how much is longer than twice what can be seen."""
    true, span = Tail(10.0, shape), 60.0
    found = fit_tail(*arguments(true, span))
    assert found.shape == pytest.approx(shape, abs=0.12)
    assert found.comes == 1
    assert float(found.survival(2 * span)) == pytest.approx(
        float(true.survival(2 * span)), rel=1 / 7
    )


@pytest.mark.parametrize("true", [Tail(10.0, 0.0), Tail(6.0, 0.4)])
def test_what_never_comes_is_no_heavy_tail(true):
    """Half of what exceeds the threshold never comes, and a span is seen that shows it."""
    found = fit_tail(*arguments(true, span=60.0, never=0.5))
    assert found.comes == pytest.approx(0.5, abs=0.05)
    assert found.shape == pytest.approx(true.shape, abs=0.15)


def test_a_curve_goes_on_with_its_heavy_tail_and_ends():
    """Three in a thousand take longer than the log is long: they come, by twice its length."""
    tail = Tail(20.0, 0.6)
    places = (np.arange(20_000) + 0.5) / 20_000
    days = np.where(places < 0.97, 20 * places / 0.97, 0.0)
    days[places >= 0.97] = 20 + tail.quantile((places[places >= 0.97] - 0.97) / 0.03)
    followed = np.full(days.size, 110.0)
    plain = incidence(np.minimum(days, 110), days <= 110, followed)
    whole = with_tail(plain)
    assert plain.ever < 0.9975
    assert whole.ever == pytest.approx(1, abs=1e-6)
    assert whole.longest <= 220
    assert whole.by(180) == pytest.approx(float((days <= 180).mean()), abs=0.0004)


def test_the_longest_lead_times_are_the_lag_less_what_comes_besides():
    """Every lag is the lead time and a day; far out a run shows nothing, and is not followed."""
    places = (np.arange(1_000) + 0.5) / 1_000
    lead = 10 * KNOTS
    observed = Incidence(np.append(20 * places, 400.0), np.append(0.998 * places, 1.0), 400.0)
    shown = Incidence(10 * places + 1, places, 11.0)
    found = moved(lead, observed, shown)
    assert found[KNOTS == 0.5].tolist() == pytest.approx([5 + 0.9 * 4], abs=0.05)
    assert found[-1] == pytest.approx(399, abs=0.05)
