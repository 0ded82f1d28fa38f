"""Comparisons end to end: paired, honest about NaN, the same on one worker and two."""

import dataclasses
import math

import numpy as np
import pytest

from mining.kpis import DEFINITIONS
from o2c_sim import ScenarioError, Window, override
from scenarios.compare import compare
from scenarios.differences import MAIN, differences, relative_difference
from scenarios.experiment import measured_period, run_replications
from scenarios.outcomes import _band
from scenarios.request import Request
from scenarios.scenario import apply, load_scenario
from scenarios.scenario_file import ScenarioFile
from scenarios.statistics import holm, paired_p_value, t_interval

WINDOW = Window(20, 30, 30)


@pytest.fixture(scope="module")
def scenarios():
    """Both shipped cases."""
    return [load_scenario("case_a"), load_scenario("case_b")]


@pytest.fixture(scope="module")
def comparison(distributor, scenarios):
    """Both cases, three short replications, in this process."""
    seen = []
    request = Request(
        seed=2,
        replications=3,
        window=WINDOW,
        workers=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    found = compare(distributor, scenarios, request)
    assert seen == [(i, 9) for i in range(1, 10)]
    return found


@pytest.fixture(scope="module")
def replications(distributor, scenarios):
    """Return the same runs, one by one, from two processes."""
    models = [distributor, *(s.model for s in scenarios)]
    return run_replications(models, seed=2, replications=3, window=WINDOW, workers=2)


def same(one, other):
    """Return whether two results are equal, NaN equal to NaN."""
    if dataclasses.is_dataclass(one):
        names = [field.name for field in dataclasses.fields(one)]
        return type(one) is type(other) and all(
            same(getattr(one, name), getattr(other, name)) for name in names
        )
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=True)
    if hasattr(one, "equals"):
        return one.equals(other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (one != one and other != other)


def test_what_a_comparison_holds(comparison, distributor):
    """The baseline first, every KPI, curves of each measured day, provenance of each parameter."""
    assert [o.name for o in comparison.outcomes] == ["baseline", "case_a", "case_b"]
    assert set(comparison.differences) == {"case_a", "case_b"}
    for outcome in comparison.outcomes:
        assert set(outcome.estimates) == set(DEFINITIONS)
        assert outcome.receivables.day.tolist() == list(range(1, 31))
        assert outcome.receivables.mean.shape == (30,)
        assert (outcome.receivables.low <= outcome.receivables.high).all()
        assert all(0 <= share.mean <= 1 for share in outcome.utilisation.values())
    assert comparison.outcomes[0].cash_lead is None
    assert len(comparison.parameters) > 50
    assert (comparison.seed, comparison.replications) == (2, 3)


@pytest.mark.slow
def test_estimates_are_t_intervals_of_the_replications(comparison, replications):
    """Means, limits and paired differences recomputed from the replications themselves."""
    for outcome, runs in zip(comparison.outcomes, replications, strict=True):
        for key, estimate in outcome.estimates.items():
            values = np.array([run.kpis[key] for run in runs])
            assert same(estimate, t_interval(values, 0.95))
    base, case_a, case_b = replications
    pairs = []
    for runs, name in ((case_a, "case_a"), (case_b, "case_b")):
        for row in comparison.differences[name]:
            delta = np.array(
                [a.kpis[row.metric] - b.kpis[row.metric] for a, b in zip(runs, base, strict=True)]
            )
            assert same(row.difference, t_interval(delta, 0.95))
            pairs.append((row, paired_p_value(delta)))
    for family in (True, False):
        tested = [(row, p) for row, p in pairs if (row.metric in MAIN) == family]
        adjusted = holm([p for _, p in tested])
        for (row, _), p in zip(tested, adjusted, strict=True):
            assert same(row.adjusted_p, p)
            assert row.detected == (p < 0.05)


def test_cash_counts_from_the_baselines_start(comparison, replications):
    """Cash in on day 1 of a scenario = its receipts so far - the baseline's of the day before."""
    base, case_a, _ = replications
    expected = np.mean(
        [a.receipts_to_date[1:] - b.receipts_to_date[0] for a, b in zip(case_a, base, strict=True)],
        axis=0,
    )
    np.testing.assert_allclose(comparison.outcomes[1].cash_in.mean, expected)
    lead = comparison.outcomes[1].cash_in.mean - comparison.outcomes[0].cash_in.mean
    np.testing.assert_allclose(comparison.outcomes[1].cash_lead.mean, lead)


def test_cases_move_what_they_are_about(comparison):
    """A: more touchless orders; B: more automatic matches, and nearly nothing in front.

    B reaches the front half only by way of credit: less is overdue and open, so less is held.
    """
    a, b = ({row.metric: row for row in comparison.differences[n]} for n in ("case_a", "case_b"))
    assert a["touchless_share"].difference.low > 0.1
    assert b["automatic_match_share"].difference.low > 0.05
    assert 0 <= b["touchless_share"].difference.mean < 0.02
    assert b["order_processing_mean_hours"].difference.high < 5


def test_a_replication_is_the_same_alone_and_in_two_processes(distributor, replications):
    """Serial equals parallel to the last bit, NaN, curves and process map included."""
    alone = run_replications([distributor], seed=2, replications=2, window=WINDOW, workers=1)
    assert same(alone[0], replications[0][:2])
    assert not same(alone[0][0], alone[0][1])


@pytest.mark.slow
def test_common_random_numbers_reduce_the_variance(distributor, scenarios):
    """Six replications of case A, the demand side shared: paired differences vary far less.

    Against the same runs paired with the wrong replication of the baseline, which is what
    independent seeds would give. Records of the plan of record: factors of 12 to 17; asked here:
    3, over metrics of the front half.
    """
    base, changed = run_replications(
        [distributor, scenarios[0].model],
        seed=5,
        replications=6,
        window=Window(20, 30, 10),
        workers=1,
    )
    for key in ("order_cycle_mean_days", "receivables_mean"):
        one = np.array([run.kpis[key] for run in changed])
        other = np.array([run.kpis[key] for run in base])
        paired = np.var(one - other, ddof=1)
        # Variance of a difference of independent runs: the sum of the variances.
        independent = np.var(one, ddof=1) + np.var(other, ddof=1)
        assert independent > 3 * paired


def test_no_difference_is_told_from_zero_where_nothing_changes(distributor):
    """A scenario that only renames a source: every difference is 0, p = 1, nothing detected."""
    twin = override(distributor, {"write_off.after_days": 180}, "the same value")
    base, other = run_replications(
        [distributor, twin], seed=1, replications=2, window=Window(5, 20, 5), workers=1
    )
    rows = differences({"twin": other}, base, 0.95)["twin"]
    for row in rows:
        assert not row.detected
        mean = row.difference.mean
        assert mean == 0 or math.isnan(mean)


def test_nan_of_one_replication_is_never_taken_for_a_finding(replications):
    """A KPI that one replication cannot give has NaN limits, a NaN p-value and no verdict."""
    base, case_a, _ = replications
    holed = [
        dataclasses.replace(r, kpis={**r.kpis, "late_share": math.nan} if i == 1 else r.kpis)
        for i, r in enumerate(case_a)
    ]
    rows = {row.metric: row for row in differences({"a": holed}, base, 0.95)["a"]}
    row = rows["late_share"]
    assert math.isnan(row.difference.mean)
    assert math.isnan(row.adjusted_p)
    assert not row.detected
    assert math.isfinite(rows["touchless_share"].adjusted_p)


def test_a_period_without_business_can_be_compared(distributor):
    """Orders in the warm-up only, or no invoice yet: NaN, and no exception and no finding."""
    quiet = override(distributor, {"demand.orders_per_week": 2}, "test")
    busy = override(distributor, {"demand.orders_per_week": 30}, "test")
    window = Window(15, 1, 0)
    runs = run_replications([quiet, busy], seed=3, replications=4, window=window, workers=1)
    assert 0 in {run.orders for run in runs[0]}, "no quiet day: the test shows nothing"
    found = differences({"busy": runs[1]}, runs[0], 0.95)["busy"]
    assert [row.metric for row in found] == list(DEFINITIONS)
    assert any(math.isnan(row.difference.mean) for row in found)
    assert not any(row.detected and math.isnan(row.difference.mean) for row in found)


def test_a_run_without_any_order_is_refused(distributor):
    """There is nothing to compare; the error names the parameter."""
    quiet = override(distributor, {"demand.orders_per_week": 0.0001}, "test")
    with pytest.raises(ScenarioError, match="no order came in replication 0") as caught:
        run_replications([quiet], seed=3, replications=2, window=Window(0, 5, 0), workers=1)
    assert caught.value.problems[0].where == "demand.orders_per_week"


def test_requests_that_make_no_sense(distributor, scenarios):
    """Nothing to compare, one replication, a name twice, another company, no confidence."""
    with pytest.raises(ScenarioError, match="nothing to compare"):
        compare(distributor, [], Request(window=WINDOW))
    with pytest.raises(ScenarioError, match="ask for 2 or more"):
        compare(distributor, scenarios, Request(replications=1, window=WINDOW, workers=1))
    with pytest.raises(ScenarioError, match="two scenarios are called 'case_a'"):
        compare(distributor, [scenarios[0]] * 2, Request(window=WINDOW))
    with pytest.raises(ScenarioError, match="a confidence of 95"):
        compare(distributor, scenarios, Request(confidence=95, window=WINDOW))
    other = override(distributor, {"write_off.after_days": 9}, "test")
    with pytest.raises(ScenarioError) as caught:
        compare(other, scenarios, Request(window=WINDOW))
    assert len(caught.value.problems) == 2


def test_the_measured_period_is_the_windows(distributor):
    """From 20 days after the start, for 30 days."""
    period = measured_period(distributor, WINDOW)
    assert ((period.first - distributor.start_date).days, period.days) == (20, 30)


@pytest.mark.slow
def test_cash_freed_does_not_grow_with_the_length_of_the_run(distributor):
    """Fewer credit memos gain cash for ever; cash tied up is a stock and knows no such drift.

    With the disputes of the baseline and none in the scenario, receipts to date pull ahead by what
    is not credited; a warm-up twice as long leaves the cash freed about where it was. Customers
    and lines are alike, so that two replications are enough.
    """
    alike = {
        "demand.orders_per_week": 60,
        "demand.line_value": 5_000,
        "customers.segments": {},
        "customers.volume_sigma": 0,
        "disputes.reasons": {},
        "staff.disputes.headcount": 50,
    }
    calm = override(distributor, {**alike, "disputes.share": 0}, "test")
    contested = override(distributor, {**alike, "disputes.share": 0.4}, "test")

    def gains(warm_up):
        runs = run_replications(
            [contested, calm],
            seed=1,
            replications=2,
            window=Window(warm_up, 40, 0),
            workers=1,
        )
        tied = [[r.kpis["cash_tied_up_mean"] for r in side] for side in runs]
        receipts = [[r.receipts_to_date.mean() for r in side] for side in runs]
        return np.mean(np.subtract(*tied)), -np.mean(np.subtract(*receipts))

    (freed, ahead), (freed_later, ahead_later) = gains(130), gains(260)
    assert ahead_later > 1.5 * ahead > 0
    assert 0.7 * freed < freed_later < 1.3 * freed


@pytest.mark.slow
def test_a_warm_up_shorter_than_the_terms_is_warned_of(distributor):
    """The longest terms are 60 days, and 60 days of tail: 119 days are too short, 120 are not."""
    scenarios = [load_scenario("case_b")]
    for warm_up, warned in ((119, True), (120, False)):
        request = Request(replications=2, window=Window(warm_up, 5, 0), workers=1)
        result = compare(distributor, scenarios, request)
        found = [w for w in result.outcomes[0].warnings if "warm-up" in w]
        assert bool(found) == warned


def test_bands_hold_one_more_replication_nine_times_in_ten():
    """Normal values, ten replications: the band of each of 4,000 days holds an eleventh value."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(10, 4_000))
    band = _band(values)
    one_more = rng.normal(size=4_000)
    assert 0.88 < np.mean((band.low <= one_more) & (one_more <= band.high)) < 0.92


def test_percentage_covers_the_true_ratio_although_the_baseline_varies():
    """An interval that took the baseline's mean, as uncertain as the rest, for known would miss."""
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(2_000):
        luck = rng.normal(0, 1, (2, 20))
        before = 10 + 2 * luck[0]
        after = 6 + 0.3 * luck[0] + 0.3 * luck[1]
        found = relative_difference(after, before, 0.95)
        covered += found.low <= -40 <= found.high
    assert 0.93 <= covered / 2_000 <= 0.965


def test_percentage_of_a_negative_mean_has_the_sign_of_the_change():
    """A loss that becomes smaller is a rise."""
    found = relative_difference(np.array([-8.0, -8.2]), np.array([-10.0, -10.1]), 0.95)
    assert found.mean == pytest.approx(100 * (10.05 - 8.1) / 10.05)


@pytest.mark.slow
def test_what_happens_once_has_no_yearly_effect(distributor):
    """A customer that fails fails once, and an outage too; reminders from a day on stay."""
    request = Request(replications=2, window=Window(20, 90, 5), workers=1)
    scenarios = [load_scenario("key_customer_insolvency"), load_scenario("outage")]
    found = compare(distributor, scenarios, request)
    for outcome in found.outcomes[1:]:
        assert outcome.business_case.profit.per == "measured days"


def test_in_a_file_of_phases_the_volume_responds_with_the_first(distributor):
    """The business case begins on the same day as the change and its volume response."""
    phases = [{"from_day": 10, "levers": {"auto_match_pct": 90}}]
    file = ScenarioFile(
        schema_version=1, name="later", title="Later", extends="distributor", phases=phases,
        volume_response_pct=-5,
    )  # fmt: skip
    request = Request(replications=2, window=Window(20, 30, 5), workers=1)
    found = compare(distributor, [apply(file, distributor, "later")], request)
    case = found.outcomes[1].business_case
    assert "in force before" not in case.cash.note
    assert any("20 measured days" in text for text in case.assumptions)
