"""How a simulated log differs from a real one, and what the model may be used for."""

from __future__ import annotations

import pytest
from process_logs import events, office_process
from scipy.stats import ks_2samp

from mining.validation.general_measures import general_measures
from mining.validation.log_profile import log_profile
from mining.validation.next_activity import next_activity_accuracy
from mining.validation.published_accuracy import PUBLISHED
from mining.validation.scores import MEASURES, Score
from mining.validation.verdict import verdict


def test_measures_by_hand():
    """Two short logs, each figure worked out on paper."""
    day = 24
    test = events(("x", "a", 8, 9), ("x", "b", 11, 12), ("y", "a", day + 8, day + 9))
    made = events(("x", "a", 8, 9), ("x", "c", 12, 12), ("y", "a", 9, 9), ("y", "b", 10, 12))
    found = general_measures([log_profile(made)], log_profile(test), log_profile(test))
    shares = {one.activity: (one.test, one.simulated) for one in found.prevalence}
    assert shares == {"a": (1, 1), "b": (0.5, 0.5), "c": (0, 0.5)}
    assert found.prevalence_gap == 0.5
    # Ends: two on Monday and one on Tuesday, against four on Monday.
    assert found.weekday == {"simulated": pytest.approx(1 / 3), "train": 0}
    # At 9, 9, 12 against 9, 9, 12, 12.
    assert found.hour["simulated"] == pytest.approx(1 / 6)
    # Of a-b and a, only a-b is simulated.
    assert found.variants == {"simulated": 0.5, "train": 1}
    cycle = next(kpi for kpi in found.kpis if kpi.name == "mean_cycle_hours")
    assert (cycle.test, cycle.simulated) == (2.5, 3.5)
    assert found.lags == ()


def test_lags_are_compared_where_all_logs_have_enough():
    """Durations twice as long are half of their mean apart, by the measures of scipy."""
    test, train = office_process(1), office_process(2)
    slow = office_process(3, slower=2)
    found = general_measures([log_profile(slow)], log_profile(test), log_profile(train))
    steps = {(lag.source, lag.target): lag for lag in found.lags}
    assert set(steps) >= {("register", "check"), ("register", ""), ("check", "decide")}
    lag = steps["register", "check"]
    assert lag.wasserstein_hours == pytest.approx(2, rel=0.3)
    assert lag.train_wasserstein_hours < 0.6
    pair = "register", "check"
    both = [log_profile(log).lags_hours[pair] for log in (slow, test)]
    assert lag.ks == pytest.approx(ks_2samp(*both).statistic)
    assert found.lag_ratio > 3


def test_the_band_of_runs_holds_one_more_run():
    """Of 60 further runs, about 3 fall outside the 95 % band; and a slower process does."""
    runs = [log_profile(office_process(n)) for n in range(10)]
    outside = 0
    for seed in range(100, 160):
        other = log_profile(office_process(seed))
        kpis = general_measures(runs, other, other).kpis
        outside += not next(kpi for kpi in kpis if kpi.name == "mean_cycle_hours").inside
    assert outside <= 9
    slow = log_profile(office_process(1, slower=1.5))
    kpis = {kpi.name: kpi.inside for kpi in general_measures(runs, slow, slow).kpis}
    assert not kpis["mean_cycle_hours"]
    assert kpis["events_per_case"]


def test_next_activity_by_hand():
    """Learnt from a-b-c: knows b and c and the end; a-d is new, and after d it is a guess."""
    learnt = events(
        ("x", "a", 0, 1), ("x", "b", 2, 3), ("x", "c", 4, 5), ("y", "a", 0, 1), ("y", "b", 3, 4)
    )
    test = events(("x", "a", 0, 1), ("x", "b", 2, 3), ("y", "a", 4, 5), ("y", "d", 6, 7))
    # After a: b, right. After a-b: c or the end, equally often; the end's name is first: right.
    # After a: b, wrong (d). After d, new: the most frequent of all, which is b or the end: right.
    assert next_activity_accuracy(learnt, test) == 3 / 4


def scored(**changed):
    """Return equal scores for all measures but those named."""
    return {name: Score((changed.get(name, 1.0),)) for name in MEASURES}


def same_measures():
    """Return the measures of a log beside itself."""
    profile = log_profile(office_process(1))
    return general_measures([profile], profile, profile)


def test_the_verdict_says_what_for_and_what_not_for():
    """Each distance has its use; a tenth above the replayed past is still as good."""
    good = verdict(scored(ngd=1.09), scored(), same_measures())
    assert good[0] == "At or below the replayed past in 4 of 5 distances."
    assert not any(sentence.startswith("Not for") for sentence in good)
    bad = " ".join(verdict(scored(ctdd=1.2), scored(), same_measures()))
    assert "Not for the length of cases (CTDD): replaying the past comes nearer." in bad


def test_the_verdict_does_not_trust_a_past_that_is_as_far_off():
    """A process that has become slower: equal distances do not make the lengths right."""
    fast, slow = log_profile(office_process(1)), log_profile(office_process(2, slower=2))
    measures = general_measures([fast], slow, fast)
    said = " ".join(verdict(scored(), scored(), measures))
    assert "the length of cases (CTDD): no farther than replaying the past, but" in said
    assert "how often activities" in said.split("Not for")[0]


def test_the_verdict_names_the_published_methods():
    """Production: below the best in one distance, above the median in one."""
    model = {name: Score((value,)) for name, value in PUBLISHED["Production"].median.items()}
    model |= {"ngd": Score((0.5,)), "ctdd": Score((500.0,))}
    said = verdict(model, model, same_measures(), PUBLISHED["Production"])[-1]
    assert said == (
        "At or below the best published method in 1 of 5 distances; above the published median in "
        "CTDD."
    )
