"""A discovered process is run: queues, calendars, precedence, routing, reproducibility."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from itertools import islice, pairwise
from math import factorial

import numpy as np
import polars as pl
import pytest
from discovered_by_hand import ALWAYS, OFFICE, STAY, Step, exponential, model
from hypothesis import given, settings
from hypothesis import strategies as st

from o2c_sim import ModelError
from o2c_sim.discovered.model import Pool, Routing
from o2c_sim.discovered.simulation import run_discovered, simulate_discovered
from o2c_sim.discovered.strata import BLOCK, for_cases_that_queue
from o2c_sim.engine.randomness import Streams
from scenarios.statistics import t_interval

MONDAY = dt.datetime(2026, 1, 5)


def run(process, cases, seed=1, start=MONDAY, replication=0, follow_up_hours=float("inf")):
    """Return the log of a run."""
    return simulate_discovered(
        process,
        cases=cases,
        start=start,
        seed=seed,
        replication=replication,
        follow_up_hours=follow_up_hours,
    )


def sequences(log):
    """Return each case's activities as one text."""
    return log.group_by("case", maintain_order=True).agg("activity")["activity"].list.join("")


def variants(log):
    """Return each case's activities as one text, whatever branch was first."""
    return sequences(log.sort("case", "activity"))


def hours(column):
    """Return times in hours since the Monday of the tests."""
    return ((column - MONDAY).dt.total_microseconds() / 3.6e9).to_numpy()


def erlang_c_wait(a, c):
    """Return the mean wait of M/M/c at load *a* with service of mean 1 (Erlang 1917)."""
    tail = a**c / factorial(c) * c / (c - a)
    return tail / (sum(a**k / factorial(k) for k in range(c)) + tail) / (c - a)


@pytest.mark.parametrize(("load", "capacity"), [(0.6, 1), (2.1, 3)])
def test_the_wait_for_a_pool_is_that_of_erlang(load, capacity):
    """Exponential histories, Poisson arrivals: the 99.9 % interval of 10 runs holds M/M/c's wait.

    Its half-width is under a quarter of the wait. All histories are of one hour of the week, so
    that each arrival is as likely to follow any of them.
    """
    steps = [[Step(0), Step(1, pool=0, work=work)] for work in exponential(2_000, 1)]
    process = model(
        steps,
        [Pool("p", ("ann",), capacity, ALWAYS)],
        per_week=168 * load,
        gaps=exponential(2_000, 2),
    )
    waits = []
    for replication in range(10):
        log = run(process, 5_000, replication=replication)
        served = log.filter(pl.col("activity") == "b")["start"]
        waits.append((hours(served) - hours(log.filter(pl.col("activity") == "a")["time"])).mean())
    interval = t_interval(np.array(waits), 0.999)
    expected = erlang_c_wait(load, capacity)
    assert interval.low <= expected <= interval.high
    assert interval.high - interval.low < 0.5 * expected


@st.composite
def plans(draw):
    """Return a history with concurrency, in quarters of an hour, and its start."""
    steps = []
    for place in range(draw(st.integers(1, 6))):
        after = draw(st.sets(st.integers(0, place - 1), max_size=3)) if place else set()
        steps.append(
            Step(
                activity=place,
                pool=draw(st.sampled_from([-1, 0, 1])),
                delay=draw(st.integers(0, 60)) / 4,
                work=draw(st.integers(1, 60)) / 4,
                after=tuple(sorted(after)),
            )
        )
    return steps, draw(st.integers(0, 4 * 168 - 1)) / 4


def worked_until(open_at, time, hours_of_work):
    """Return when work is done, by going through quarters of an hour; *open_at* says which."""
    while hours_of_work > 0:
        hours_of_work -= 0.25 * open_at(time)
        time += 0.25
    return time


@settings(max_examples=40, deadline=None)
@given(plans())
def test_a_case_alone_does_its_history_step_by_step(plan):
    """With people enough, times are those of a slow twin: predecessors, delay, work, open hours."""
    steps, begins = plan

    def office(time):
        return any(opens <= time % 168 < closes for opens, closes in OFFICE)

    done, expected, observed = [], [], []
    for step in steps:
        open_at = office if step.pool == 0 else lambda time: True
        ready = max((done[k] for k in step.after), default=begins)
        start = worked_until(open_at, ready, step.delay)
        while not open_at(start):
            start += 0.25
        done.append(worked_until(open_at, start, step.work))
        expected.append((step.activity, start, done[-1]))
        observed.append(replace(step, hour=ready % 168))

    people = [Pool("office", ("ann",), 9, OFFICE), Pool("bot", ("bot",), 1, ALWAYS)]
    log = run(model([observed], people), 1, start=MONDAY + dt.timedelta(hours=begins))
    found = zip(log["activity"], hours(log["start"]), hours(log["time"]), strict=True)
    # A delay that ends with the day: the next step may start then or the next morning; both are
    # the same moment of the calendar.
    assert Counter("abcdefgh".index(a) for a, _, _ in found) == Counter(a for a, _, _ in expected)
    times = {
        "abcdefgh".index(a): t for a, t in zip(log["activity"], hours(log["time"]), strict=True)
    }
    for activity, _, end in expected:
        assert times[activity] == pytest.approx(end, abs=1e-6)


def test_one_person_serves_in_the_order_of_asking_and_goes_home():
    """Cases at 15:00, 16:00 and 17:00 with two hours of work: until 17:00, then from 9:00 on.

    The second waits until Tuesday, 9:00; the third, too, and then for the second.
    """
    process = model([[Step(0, pool=0, work=2)]], [Pool("p", ("ann",), 1, OFFICE)])
    log = run(process, 3, start=MONDAY + dt.timedelta(hours=15))
    assert hours(log["start"]).tolist() == pytest.approx([15, 33, 35])
    assert hours(log["time"]).tolist() == pytest.approx([17, 35, 37])
    assert log["resource"].unique().to_list() == ["ann"]


def test_a_join_waits_for_the_last_branch():
    """One step, then two at the same time (1 h and 3 h), then one after both."""
    steps = [
        Step(0),
        Step(1, work=1, after=(0,)),
        Step(2, work=3, after=(0,)),
        Step(3, after=(1, 2)),
    ]
    log = run(model([steps]), 1)
    assert log["activity"].to_list() == ["a", "b", "c", "d"]
    assert hours(log["start"]).tolist() == [0, 0, 0, 3]


ABC = [Step(0, work=1), Step(1, work=1), Step(2, work=1)]
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


MIXED = [
    [Step(0, 0, 0.3, work), Step(1, 1, 1.0, 2 * work), Step(2, 0, 0, 0.5), Step(1, -1, 2.0, 1.0)]
    for work in exponential(40, 5)
] + [
    [
        Step(0, 0, 0, work),
        Step(2, 0, 0.5, 1, after=(0,)),
        Step(3, 1, 4, work, after=(0,)),
        Step(4, 0, 0, 1, after=(1, 2)),
    ]
    for work in exponential(40, 6)
]
PEOPLE = (Pool("front", ("ann", "bob"), 2, OFFICE), Pool("back", ("cat", "dan", "eve"), 2, ALWAYS))


def busy(capacity=2, switch_share=0.2):
    """Return a process with queues, concurrency and switching."""
    front, back = PEOPLE
    people = (Pool("front", front.resources, capacity, OFFICE), back)
    return model(
        MIXED,
        people,
        per_week=25,
        gaps=exponential(50, 7),
        routing=Routing(switch_share=switch_share),
    )


@pytest.mark.parametrize("follow_up_hours", [0.0, 30.0, float("inf")])
def test_the_log_holds_whole_cases_in_order(follow_up_hours):
    """As many cases as asked for, numbered by arrival, rows in order, none double-booked."""
    log = run(busy(), 300, follow_up_hours=follow_up_hours)
    assert log["case"].unique(maintain_order=True).to_list() == list(range(300))
    assert log["event"].to_list() == list(range(log.height))
    assert log.equals(log.sort("case", "start", "time", maintain_order=True))
    assert (log["time"] >= log["start"]).all()
    for _, own in log.drop_nulls("resource").group_by("resource"):
        one_by_one = own.sort("start", "time")
        assert (one_by_one["start"][1:] >= one_by_one["time"][:-1]).all()
    front = log.filter(pl.col("resource").is_in(["ann", "bob"]))
    begun = hours(front["start"])
    assert all(any(opens <= at < closes for opens, closes in OFFICE) for at in begun % 168)


def test_without_follow_up_the_log_holds_the_first_cases_to_end():
    """Those that end first among many that arrive, told by a run that waits for all."""
    whole = run(busy(), 600)
    ends = whole.group_by("case").agg(pl.col("time").max()).sort("time", "case")
    first = ends.head(200)["case"].sort()
    settled = run(busy(), 200, follow_up_hours=0.0)
    expected = whole.filter(pl.col("case").is_in(first.to_list()))
    assert settled.select("activity", "start", "time", "resource").equals(
        expected.select("activity", "start", "time", "resource")
    )


def test_a_process_that_cannot_keep_up_still_ends():
    """A hundred times the work that one person can do: 20 cases end, of at most 400 that arrive."""
    process = model(
        [[Step(0, pool=0, work=1)]],
        [Pool("p", ("ann",), 1, ALWAYS)],
        per_week=16_800,
    )
    log = run(process, 20, follow_up_hours=0.0)
    assert hours(log["time"])[-1] == pytest.approx(20)


def test_the_same_seed_gives_the_same_log_and_another_one_another():
    """Bit for bit, also from a model made anew."""
    assert run(busy(), 100).equals(run(busy(), 100))
    assert not run(busy(), 100).equals(run(busy(), 100, seed=2))
    assert not run(busy(), 100).equals(run(busy(), 100, replication=1))


def test_more_people_change_waits_and_not_cases():
    """Arrivals and, without switching, activities are the same; hardly any case begins later.

    With switching, whose choices depend on the hour, nine of ten cases stay as they are.
    """
    few, many = (run(busy(capacity=c, switch_share=0), 300) for c in (2, 6))
    assert variants(few).equals(variants(many))
    first = pl.col("start").min()
    starts = [log.group_by("case", maintain_order=True).agg(first)["start"] for log in (few, many)]
    assert (starts[1] <= starts[0]).mean() > 0.95
    assert (starts[1] < starts[0]).any()
    few, many = (run(busy(capacity=c), 300) for c in (2, 6))
    assert (variants(few) == variants(many)).mean() > 0.9


def test_one_queue_never_gets_longer_with_more_people():
    """A single pool in order of arrival: each case starts no later with one person more."""
    steps = [[Step(0, pool=0, work=work)] for work in exponential(100, 8)]
    logs = [
        run(
            model(steps, [Pool("p", ("x",), c, ALWAYS)], per_week=300, gaps=exponential(50, 9)),
            500,
        )
        for c in (2, 3)
    ]
    assert (logs[1]["start"] <= logs[0]["start"]).all()
    assert (logs[1]["start"] < logs[0]["start"]).mean() > 0.1


def test_a_start_with_a_zone_is_taken_as_utc():
    """Noon in New York in January is 17:00 UTC."""
    zone = dt.timezone(dt.timedelta(hours=-5))
    log = run(model([ABC]), 1, start=dt.datetime(2026, 1, 5, 12, tzinfo=zone))
    assert log["start"][0] == dt.datetime(2026, 1, 5, 17)


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


def test_cases_count_once_they_were_followed_long_enough():
    """What is over, and arrived two days ago, in the order in which both were so."""
    whole = run_discovered(busy(), cases=600, start=MONDAY, seed=1)
    known = np.maximum(whole.ended, whole.arrived + 48 * 3600)
    expected = np.sort(np.argsort(known, kind="stable")[:200])
    log = simulate_discovered(busy(), cases=200, start=MONDAY, seed=1, follow_up_hours=48)
    wanted = whole.log.filter(pl.col("case").is_in(expected.tolist()))
    assert log.select("activity", "start", "time").equals(
        wanted.select("activity", "start", "time")
    )


def test_no_cases_are_refused():
    """With what is allowed."""
    with pytest.raises(ModelError, match="allowed: at least 1"):
        run(model([ABC], routing=STAY), 0)


def test_nobody_waits_for_people_without_number():
    """A pool that is always there and as large as the log has no queue to keep."""
    done = run_discovered(
        model([[Step(0, pool=0, work=1)]], [Pool("p", ("bot",), 10, ALWAYS)]),
        cases=10,
        start=MONDAY,
        seed=1,
    )
    assert done.pools == (None,)
    assert done.log["resource"].to_list() == ["bot"] * 10
