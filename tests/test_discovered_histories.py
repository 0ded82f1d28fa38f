"""Cases of a discovered process follow histories, change between them and mix them."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import polars as pl
import pytest
from discovered_by_hand import (
    ABC,
    ALWAYS,
    MONDAY,
    STAY,
    Step,
    exponential,
    hours,
    model,
    run,
    sequences,
)

from o2c_sim.discovered.model import Pool, Routing
from o2c_sim.discovered.strata import BLOCK, for_cases_that_queue
from o2c_sim.engine.randomness import Streams
from scenarios.statistics import t_interval

DBE = [Step(3, work=1), Step(1, work=1), Step(4, work=1)]


def test_without_switching_only_what_was_observed_happens():
    """Cases are copies of histories."""
    assert set(sequences(run(model([ABC, DBE]), 200))) == {"abc", "dbe"}


def test_histories_that_too_few_share_pass_on_where_their_last_activity_is_the_same():
    """Three histories abc, three dbe, all points are switched at.

    No beginning is shared by five, so after b a case goes on as any of the six: abe and dbc
    appear, and each second case goes on with c.
    """
    process = model([ABC] * 3 + [DBE] * 3, routing=Routing(switch_share=1.0))
    found = sequences(run(process, 2_000))
    assert set(found) == {"abc", "abe", "dbc", "dbe"}
    assert found.str.ends_with("c").mean() == pytest.approx(0.5, abs=4 * 0.5 / 2_000**0.5)


def test_histories_that_enough_share_keep_their_beginning():
    """Five of each: who began with ab goes on as those that began with ab."""
    process = model([ABC] * 5 + [DBE] * 5, routing=Routing(switch_share=1.0))
    assert set(sequences(run(process, 500))) == {"abc", "dbe"}


def test_cases_end_where_histories_end():
    """Of ten histories that begin alike, three end after a: so do three of ten cases."""
    process = model([ABC] * 7 + [ABC[:1]] * 3, routing=Routing(switch_share=1.0, neighbours=10))
    found = sequences(run(process, 2_000))
    assert set(found) == {"abc", "a"}
    assert (found == "a").mean() == pytest.approx(0.3, abs=4 * (0.21 / 2_000) ** 0.5)


def test_switching_preserves_how_often_one_activity_follows_another():
    """Histories of a Markov chain, 3,000 cases that switch at each step.

    How often one activity follows another is as in the histories, within three points.
    """
    generator = np.random.default_rng(3)
    chain = np.array([[0.1, 0.5, 0.2, 0.2], [0.4, 0.1, 0.3, 0.2], [0.2, 0.3, 0.3, 0.2]])
    texts = []
    for _ in range(400):
        state, text = 0, "a"
        while (state := int(generator.choice(4, p=chain[state]))) < 3:
            text += "abc"[state]
        texts.append(text)
    steps = [[Step("abc".index(letter)) for letter in text] for text in texts]
    routing = Routing(switch_share=1.0, memory=1, least=10_000)
    found = sequences(run(model(steps, routing=routing), 3_000))

    def follows(cases):
        pairs = Counter(pair for text in cases for pair in pairwise(f"{text}."))
        before = Counter(pair[0] for pair in pairs.elements())
        return {pair: count / before[pair[0]] for pair, count in pairs.items()}

    observed, simulated = follows(texts), follows(found)
    assert simulated == pytest.approx(observed, abs=0.03)
    assert len(set(found) - set(texts)) > 100, "unseen variants"


def test_endless_switching_ends():
    """A loop that is always taken up again: a case of 20 times the longest history follows it."""
    loop = [Step(0, work=1)] * 3
    process = model([loop] * 9, routing=Routing(switch_share=1.0, memory=1, least=10, neighbours=1))
    lengths = sequences(run(process, 50)).str.len_chars()
    assert lengths.max() <= 20 * 3 + 3


def test_heavier_histories_are_followed_more_often():
    """Weight 3 against 1: three of four cases."""
    found = sequences(run(model([ABC, DBE], weight=(3, 1)), 2_000))
    assert (found == "abc").mean() == pytest.approx(0.75, abs=4 * (0.1875 / 2_000) ** 0.5)


def test_a_case_follows_the_history_of_its_hour():
    """Cases from Monday 0:00 on are nearer to one of Monday, 8:00, until 14:00, than of 20:00."""
    morning = [[Step(0, hour=8.0)]] * 5
    evening = [[Step(1, hour=20.0)]] * 5
    process = model(morning + evening, routing=Routing(switch_share=0.0, neighbours=5))
    log = run(process, 24, start=MONDAY + dt.timedelta(minutes=30))
    assert sequences(log).to_list() == ["a"] * 14 + ["b"] * 10


def test_stratified_histories_are_as_likely_and_their_shares_vary_less():
    """One history in four is long; 40 runs of 100 cases: the mean share is right either way.

    Independent draws let the count vary with a variance of 100 / 4 * 3 / 4; stratified ones, over
    the twelve histories of the hour, with hardly any.
    """
    steps = [[Step(0, work=float(1 + 9 * (number % 4 == 0)))] for number in range(12)]
    variance = {}
    for stratified in (False, True):
        routing = Routing(switch_share=0.0, neighbours=12, stratified=stratified)
        process = model(steps, routing=routing)
        logs = [run(process, 100, replication=replication) for replication in range(40)]
        long = [(log["time"] - log["start"] > dt.timedelta(hours=5)).sum() for log in logs]
        assert np.mean(long) == pytest.approx(25, abs=4 * (18.75 / 40) ** 0.5)
        variance[stratified] = np.var(long)
    assert variance[True] < 2 < 8 < variance[False] < 40


def test_stratified_histories_wait_as_long_as_independent_ones():
    """Long work does not alternate with short: the 99.9 % interval of 12 runs holds M/G/1's wait.

    Fifty histories, nearly exponential; arrivals are Poisson at a load of 0.6: Pollaczek and
    Khinchine. A Kronecker sequence gives a wait below it.
    """
    work = exponential(50, 3)
    rate = 0.6 / np.mean(work)
    process = model(
        [[Step(0), Step(1, pool=0, work=one)] for one in work],
        [Pool("p", ("ann",), 1, ALWAYS)],
        per_week=168 * rate,
        gaps=exponential(2_000, 2),
        routing=replace(STAY, neighbours=50, stratified=True),
    )
    waits = []
    for replication in range(12):
        log = run(process, 5_000, replication=replication)
        served = log.filter(pl.col("activity") == "b")["start"]
        waits.append((hours(served) - hours(log.filter(pl.col("activity") == "a")["time"])).mean())
    interval = t_interval(np.array(waits), 0.999)
    expected = rate * np.mean(np.square(work)) / 2 / (1 - 0.6)
    assert interval.low <= expected <= interval.high
    assert interval.high - interval.low < 0.5 * expected


def test_each_part_of_a_block_is_met_once():
    """In an order without a pattern: neighbours have a correlation of minus one in a block."""
    places = np.array(list(islice(for_cases_that_queue(Streams(1, 0), "place"), 400 * BLOCK)))
    for block in places.reshape(-1, BLOCK):
        assert sorted((block * BLOCK).astype(int)) == list(range(BLOCK))
    assert np.corrcoef(places[:-1], places[1:])[0, 1] == pytest.approx(-1 / BLOCK, abs=0.02)
    assert places[:5].tolist() == list(islice(for_cases_that_queue(Streams(1, 0), "place"), 5))
