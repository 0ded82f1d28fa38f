"""Ranking and selection: the probability of a correct selection is at least what is promised."""

import numpy as np
import pytest
from noisy_functions import NoisyFunction

from o2c_sim import ScenarioError
from scenarios.search.selection import kn, ocba, subset

POINTS = [{"i": i} for i in range(5)]
LEADS = [0.0, 0.5, 0.5, 0.5, 0.5]  # the hardest case: all others one indifference zone behind


def noisy(means=LEADS, *, own=1.0, common=0.0, seed=0):
    """Return points with these means."""
    return NoisyFunction(lambda point: means[point["i"]], own=own, common=common, seed=seed)


def correct(select, number=200, **noise):
    """Return how often a procedure keeps point 0, and the runs it takes."""
    found = [select(noisy(seed=seed, **noise)) for seed in range(number)]
    return np.mean([0 in one.kept for one in found]), np.mean([one.runs for one in found])


@pytest.mark.parametrize("batch", [1, 4])
def test_kn_selects_the_best_as_often_as_it_promises(batch):
    """With all others exactly one indifference zone behind: 95 % or more of 200, less two sd."""
    share, _ = correct(lambda e: kn(e, POINTS, indifference=0.5, batch=batch))
    assert share >= 0.95 - 2 * np.sqrt(0.95 * 0.05 / 200)


def test_common_random_numbers_make_kn_stop_sooner():
    """The same noise of each point, three quarters of it in common: less than half of the runs."""
    apart = correct(lambda e: kn(e, POINTS, indifference=0.5), own=1.0)
    shared = correct(lambda e: kn(e, POINTS, indifference=0.5), own=0.5, common=0.75**0.5)
    assert shared[0] >= 0.92
    assert shared[1] < apart[1] / 2


def test_kn_makes_the_runs_that_it_counts():
    """The count of runs is that of the runs asked for; eliminated points get no more."""
    evaluate = noisy([0, 3, 0.4, 5, 5])
    found = kn(evaluate, POINTS, indifference=0.3)
    assert evaluate.runs == found.runs == sum(found.replications)
    assert found.replications[3] < found.replications[0]
    assert found.kept == (found.best,)


def test_a_budget_that_ends_keeps_what_could_not_be_told_apart():
    """With 60 runs nobody tells 0.01 apart; the answer is several points, and no more runs."""
    found = kn(noisy([0, 0.01, 0.01, 9, 9]), POINTS, indifference=0.01, max_runs=60)
    assert {0, 1, 2} <= set(found.kept)
    assert found.runs <= 60


def test_more_can_be_better():
    """Maximising finds the largest mean."""
    means = [1, 2, 9, 3, 4]
    for select in (
        lambda e: kn(e, POINTS, indifference=1, maximise=True),
        lambda e: ocba(e, POINTS, max_runs=60, maximise=True),
        lambda e: subset(e, POINTS, replications=9, maximise=True),
    ):
        found = select(noisy(means, own=0.3))
        assert (found.best, found.means[2] > 8) == (2, True)


def test_points_that_are_equal_in_every_run():
    """Two points that are the same, noise and all: one is chosen, without an endless loop."""
    found = kn(noisy([1, 1, 2, 2, 2], own=0, common=1), POINTS, indifference=0.5)
    assert found.best == 0
    assert found.kept == (0,)


def test_the_subset_holds_the_best():
    """In at least 95 % of 300 experiments, less two standard deviations; and not everything."""
    means = [0, 0.2, 0.5, 2, 3]
    found = [subset(noisy(means, seed=s), POINTS, replications=10) for s in range(300)]
    assert np.mean([0 in one.kept for one in found]) >= 0.925
    assert np.mean([len(one.kept) for one in found]) < 4


def test_ocba_spends_its_budget_where_it_helps():
    """All of it; the rivals of the best get more than points far behind; better than equal shares.

    Means 0, 0.5, 1, 3, 3 with noise of 1 and 100 runs: equal shares give 20 to each.
    """
    means = [0, 0.5, 1, 3, 3]
    found = [ocba(noisy(means, seed=s), POINTS, max_runs=100) for s in range(150)]
    assert {one.runs for one in found} == {100}
    spent = np.mean([one.replications for one in found], axis=0)
    assert spent[1] > spent[2] > spent[3]
    equal = [
        int(np.argmin(noisy(means, seed=s)(POINTS, range(20))[:, :, 0].mean(axis=1)))
        for s in range(150)
    ]
    assert np.mean([one.best == 0 for one in found]) >= np.mean(np.equal(equal, 0))


def test_ocbas_estimate_of_being_right_is_cautious():
    """Averaged over 150 experiments it is no more than the true share, and not far below."""
    found = [ocba(noisy(seed=s), POINTS, max_runs=150) for s in range(150)]
    right = np.mean([one.best == 0 for one in found])
    assert right - 0.25 < np.mean([one.confidence for one in found]) < right + 0.05


@pytest.mark.parametrize(
    "ask",
    [
        lambda e: kn(e, POINTS[:1], indifference=1),
        lambda e: kn(e, POINTS, indifference=0),
        lambda e: kn(e, POINTS, indifference=1, first_stage=2),
        lambda e: kn(e, POINTS, indifference=1, confidence=1.0),
        lambda e: ocba(e, POINTS, max_runs=24),
    ],
)
def test_requests_that_make_no_sense(ask):
    """One point, no zone, too few runs at first, certainty, a budget below the first stage."""
    with pytest.raises(ScenarioError, match="allowed"):
        ask(noisy())
