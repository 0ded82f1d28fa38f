"""Two logs side by side: none from itself, a planted one with its size, honest intervals."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mining.censoring import censored_quantile
from mining.kpis import measure
from mining.linked_objects import grouping, linked_objects
from mining.log_comparison import MeasuredLog, compare_logs
from mining.log_comparison.case_table import case_table
from mining.log_comparison.frequencies import activity_frequencies, arc_frequencies
from mining.log_comparison.kpi_differences import kpi_differences
from mining.log_comparison.resampling import (
    MEAN,
    MEDIAN,
    P90,
    Grouped,
    _by_group,
    _figures,
    differences,
)
from mining.multiplicity import benjamini_hochberg
from mining.proportions import (
    difference_interval,
    exact_p,
    risk_ratio,
    same_share_p,
    wilson,
)
from o2c_sim import LogError, Window, load_company, simulate
from tests.case_logs import case_log, random_cases, shuffled
from tests.command_line import o2c, refused, refused_as_json

QUICK = {"resamples": 100, "relabelings": 3}


def log_of(cases):
    """Return cases as a log to compare."""
    return MeasuredLog(case_log(cases), "order")


def table_of(cases, cluster=None):
    """Return a case table; *cluster* gives the customer of each case."""
    attributes = None if cluster is None else {"customer": cluster}
    log = case_log(cases, attributes)
    return case_table(log, "order", None if cluster is None else "customer")


def process(seed, count, *, skipped=0.0, slow=0.0):
    """Return cases of a process in which a check may be skipped or a step take a day more."""
    draw = np.random.default_rng(seed)
    cases = {}
    for n in range(count):
        at = float(draw.uniform(0, 2000))
        events = [("create", at)]
        if draw.random() >= skipped:
            at += float(draw.exponential(5))
            events.append(("check", at))
        at += float(draw.exponential(10)) + slow
        events.append(("ship", at))
        if draw.random() < 0.3:
            events.append(("change", at + 1))
        cases[f"c{n:05d}"] = events
    return cases


@settings(max_examples=12)
@given(st.integers(0, 500))
def test_a_log_does_not_differ_from_itself_in_another_order(seed):
    """No difference, no significance, anywhere."""
    cases = random_cases(seed, 25)
    found = compare_logs(log_of(cases), log_of(shuffled(cases, seed)), **QUICK)
    for table in (found.arcs, found.activities, found.variants):
        assert set(table["change"]) == {"equal"}
        assert set(table["difference"]) == {0.0}
        assert set(table["holm_p_value"]) == {1.0}
    assert all(one.first == one.second for one in found.throughput.values())
    assert set(found.lags["difference_hours"]) <= {0.0}
    assert set(found.distances["distance"]) == {0.0}


def test_the_order_of_rows_changes_no_figure():
    """Not even of the random draws: the same intervals to the last digit."""
    one, other = process(1, 80), process(2, 90, slow=3)
    first = compare_logs(log_of(one), log_of(other), **QUICK)
    second = compare_logs(log_of(shuffled(one, 5)), log_of(shuffled(other, 6)), **QUICK)
    assert first.throughput == second.throughput
    for name in ("arcs", "activities", "variants", "lags", "kpis", "distances"):
        assert getattr(first, name).equals(getattr(second, name)), name


def test_the_other_way_round_changes_the_sign():
    """Differences turn their sign, p-values stay, new becomes gone."""
    one, other = table_of(process(1, 300)), table_of(process(2, 200, skipped=0.4))
    names = ["source", "target"]
    there = arc_frequencies(one, other).sort(names)
    back = arc_frequencies(other, one).sort(names)
    assert there["difference"].to_list() == pytest.approx((-back["difference"]).to_list())
    assert there["p_value"].to_list() == pytest.approx(back["p_value"].to_list())
    turned = {"new": "gone", "gone": "new", "more": "fewer", "fewer": "more", "equal": "equal"}
    assert there["change"].to_list() == [turned[c] for c in back["change"]]


def test_a_planted_change_is_found_with_its_size_and_nothing_else():
    """A check skipped in a fifth of the cases, a step a day longer."""
    found = compare_logs(
        log_of(process(1, 2_000)),
        log_of(process(2, 2_000, skipped=0.2, slow=24)),
        confidence=0.99,
        **QUICK,
    )
    sure = found.activities.filter(pl.col("holm_p_value") < 0.01)
    assert sure["activity"].to_list() == ["check"]
    assert sure["low"].item() < -0.2 < sure["high"].item()
    arcs = found.arcs.filter(pl.col("holm_p_value") < 0.01)
    assert {tuple(row) for row in arcs.select("source", "target").iter_rows()} == {
        ("create", "check"),
        ("create", "ship"),
        ("check", "ship"),
    }
    assert set(arcs["change"]) == {"fewer", "new"}
    lag = found.lags.filter((pl.col("source") == "check") & (pl.col("target") == "ship"))
    assert lag["low_hours"].item() < 24 < lag["high_hours"].item()
    assert lag["holm_p_value"].item() < 0.01
    same = found.lags.filter((pl.col("source") == "ship") & (pl.col("target") == "change"))
    assert same["holm_p_value"].item() == 1.0
    # Every case is a day longer, but for a fifth that saves the five hours of the check.
    mean = found.throughput["mean"]
    assert mean.low < 24 - 0.2 * 5 < mean.high


def test_the_test_of_a_share_is_the_pooled_one():
    """What happens at most once in a case is tested as two shares, up to n / (n - 1)."""
    one = {f"c{n}": [("a", n), *([("b", n + 1)] if n < 30 else [])] for n in range(100)}
    other = {f"c{n}": [("a", n), *([("b", n + 1)] if n < 90 else [])] for n in range(200)}
    row = activity_frequencies(table_of(one), table_of(other)).filter(activity="b")
    pooled = 120 / 300
    z = (0.45 - 0.3) / math.sqrt(pooled * (1 - pooled) * (1 / 100 + 1 / 200))
    assert row["p_value"].item() == pytest.approx(2 * stats.norm.sf(z), rel=0.02)
    assert same_share_p(30, 100, 90, 200) == pytest.approx(2 * stats.norm.sf(z))


def test_copies_of_a_case_in_one_cluster_are_no_evidence():
    """Ten copies of every case prove nothing more, once they are known to hang together."""
    rng = np.random.default_rng(4)
    small = [{f"c{n}": [("a", n)] + [("b", n + 1)] * int(rng.random() < p) for n in range(60)}
             for p in (0.3, 0.6)]  # fmt: skip
    large = [{f"{c}-{k}": e for c, e in one.items() for k in range(10)} for one in small]
    clusters = [[name.partition("-")[0] for name in one] for one in large]
    few = activity_frequencies(*(table_of(one) for one in small)).filter(activity="b")
    many = activity_frequencies(*map(table_of, large, clusters)).filter(activity="b")
    naive = activity_frequencies(*map(table_of, large)).filter(activity="b")
    for column in ("difference", "low", "high", "p_value"):
        assert many[column].item() == pytest.approx(few[column].item())
    assert naive["p_value"].item() < 1e-6 < few["p_value"].item()


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 30), st.integers(1, 30))
def test_fishers_test_equals_that_of_scipy(hits, others, rest, more):
    """On tables of every shape."""
    table = [[hits, rest], [others, more]]
    expected = stats.fisher_exact(table)[1]
    total = hits + others
    assert exact_p(hits, hits + rest, total, total + rest + more) == pytest.approx(expected)


def test_intervals_of_shares_equal_published_examples():
    """Newcombe 1998: 56 of 70 against 48 of 80, and nought of ten against nought of twenty."""
    assert difference_interval(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference_interval(0, 10, 0, 20) == pytest.approx((-0.1611, 0.2775), abs=5e-5)
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    ratio, low, high = risk_ratio(15, 100, 5, 100)
    error = math.sqrt(1 / 15 - 1 / 100 + 1 / 5 - 1 / 100)
    assert ratio == pytest.approx(3)
    assert (math.log(low), math.log(high)) == pytest.approx(
        (math.log(3) - 1.959964 * error, math.log(3) + 1.959964 * error), abs=1e-5
    )
    assert risk_ratio(3, 10, 0, 10)[0] == math.inf


@given(st.lists(st.floats(0, 1), max_size=12))
def test_benjamini_hochberg_equals_its_definition(values):
    """The smallest rate at which the step-up procedure would find it."""
    adjusted = benjamini_hochberg(values)
    for p, q in zip(values, adjusted, strict=True):
        reaches = [
            len(values) * other / sum(v <= other for v in values) for other in values if other >= p
        ]
        assert q == pytest.approx(min(1.0, *reaches))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.floats(0, 9)), max_size=40))
def test_weighted_figures_equal_those_of_the_repeated_sample(rows):
    """A weight is so many copies: mean, median and ninth decile of each group."""
    weights = np.array([0, 1, 2, 1, 3, 0])
    units, groups, values = (np.array(x) for x in zip(*rows, strict=True)) if rows else [[]] * 3
    sample = Grouped(
        np.array(units, np.int64), np.array(groups, np.int64), np.array(values, float), (6, 3)
    )
    found = _figures(_by_group(sample), weights, (MEAN, MEDIAN, P90))
    for g in range(3):
        copies = [v for u, k, v in rows if k == g for _ in range(weights[u])]
        if not copies:
            assert all(math.isnan(found[name][g]) for name in found)
            continue
        assert found[MEAN][g] == pytest.approx(np.mean(copies))
        assert found[MEDIAN][g] == pytest.approx(np.quantile(copies, 0.5))
        assert found[P90][g] == pytest.approx(np.quantile(copies, 0.9))


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 9), st.booleans()), min_size=1, max_size=30
    ),
    st.tuples(*[st.integers(0, 3)] * 6).filter(any),
)
def test_weighted_quantiles_with_open_cases_equal_those_of_the_repeated_sample(rows, weights):
    """A weight is so many copies, of ended cases and of open ones."""
    units, values, ended = (np.array(x) for x in zip(*rows, strict=True))
    sample = Grouped(units, np.zeros(units.size, np.int64), values.astype(float), (6, 1), ended)
    found = _figures(_by_group(sample), np.array(weights), (MEAN, MEDIAN, P90))
    often = np.array(weights)[units]
    times, over = np.repeat(values.astype(float), often), np.repeat(ended, often)
    assert found[MEAN][0] == pytest.approx(
        times[over].mean() if over.any() else math.nan, nan_ok=True
    )
    for name, level in ((MEDIAN, 0.5), (P90, 0.9)):
        if over.all():
            continue  # the sample quantile, which lies between two values
        expected = censored_quantile(times, over, level)
        assert found[name][0] == pytest.approx(
            expected if math.isfinite(expected) else math.nan, nan_ok=True
        )


@pytest.mark.slow
def test_the_values_below_a_kpi_give_the_kpi(run):
    """Each KPI with an interval is the statistic of its sample, and the customers are the draw."""
    one = MeasuredLog(run.log, "order", cluster="customer")
    table = kpi_differences(one, one, resamples=100, seed=1)
    drawn = table.filter(pl.col("drawn").is_not_null())
    assert drawn.height >= 30
    assert {"order_to_cash_median_days", "invoice_to_cash_median_days"} <= set(drawn["kpi"])
    assert {"order", "invoice", "delivery"} == set(drawn["drawn"])
    samples = kpi_differences(one, MeasuredLog(run.log, "order"), resamples=100, seed=1)
    expected = measure(run.log)
    for row in samples.filter(pl.col("drawn").is_not_null()).iter_rows(named=True):
        assert row["first"] == pytest.approx(expected[row["kpi"]], rel=1e-12), row["kpi"]
        assert row["low"] <= 0 <= row["high"]


def test_linked_objects_lead_to_the_customer(run):
    """An invoice leads to its customer through delivery and order; an unknown type to nothing."""
    links = linked_objects(run.log, "invoice")
    assert links["customer"].height > 0.9 * run.log.objects_of("invoice").height
    groups = grouping(run.log, "order", "Customer")
    assert groups.height == run.log.objects_of("order").height
    assert grouping(run.log, "order", "channel")["group"].n_unique() > 1
    assert grouping(run.log, "order", "nothing") is None


def test_two_runs_of_one_company_do_not_differ(distributor):
    """Other customers, other luck, the same process: nothing is found."""
    logs = [
        MeasuredLog(simulate(distributor, seed=s, window=Window(10, 30, 10)).log, "order",
                    cluster="customer")
        for s in (1, 2)
    ]  # fmt: skip
    found = compare_logs(*logs, **QUICK)
    for table in (found.arcs, found.activities, found.kpis):
        assert table["holm_p_value"].drop_nulls().min() > 0.01


def test_a_log_without_cases_is_refused():
    """With the type that it lacks."""
    log = case_log({"x": [("a", 0)]})
    with pytest.raises(LogError, match="no objects of type 'invoice'"):
        compare_logs(MeasuredLog(log, "invoice"), MeasuredLog(log, "order"))


@pytest.mark.slow
def test_the_bootstrap_covers_as_often_as_it_says():
    """Mean, median and ninth decile of long-tailed clusters: about 95 of 100 intervals hold."""
    hits = dict.fromkeys((MEAN, MEDIAN, P90), 0)
    rounds = 300
    for n in range(rounds):
        draw = np.random.default_rng([7, n])
        samples = []
        for shift in (0.0, 2.0):
            cluster = np.repeat(np.arange(150), 3)
            values = draw.lognormal(1, 0.8, 150)[cluster] + draw.exponential(2, 450) + shift
            samples.append(Grouped(cluster, np.zeros(450, np.int64), values, (150, 1)))
        found = differences(*samples, tuple(hits), resamples=300, seed=n)
        for name in hits:
            hits[name] += found[name][0].low <= 2.0 <= found[name][0].high
    assert all(0.90 <= hit / rounds <= 0.99 for hit in hits.values()), hits


@pytest.mark.slow
def test_differences_are_found_by_chance_as_rarely_as_promised():
    """Two simulated logs of one company: any finding in about one pair of twenty."""
    wrong = 0
    model = load_company("distributor")
    logs = [
        MeasuredLog(simulate(model, seed=s, window=Window(5, 15, 5)).log, "order",
                    cluster="customer")
        for s in range(40)
    ]  # fmt: skip
    for first, second in zip(logs[::2], logs[1::2], strict=True):
        tables = [case_table(one.log, "order", "customer") for one in (first, second)]
        wrong += activity_frequencies(*tables)["holm_p_value"].min() < 0.05
    # Binomial(20, 0.05): more than four happens less than once in three hundred.
    assert wrong <= 4


def write_csv(path, cases):
    """Write cases as a flat file."""
    log = case_log(cases)
    rows = log.flatten("order").join(
        log.objects.select(pl.col("object").alias("case"), "object_id"), on="case"
    )
    rows.select(
        pl.col("object_id").alias("case id"),
        "activity",
        pl.col("time").dt.strftime("%Y-%m-%d %H:%M:%S").alias("timestamp"),
    ).write_csv(path)


def test_the_command_line(tmp_path):
    """Tables, JSON and files of one comparison say the same."""
    one, other = tmp_path / "before.csv", tmp_path / "after.csv"
    write_csv(one, process(1, 300))
    write_csv(other, process(2, 300, skipped=0.3))
    told = o2c("diff", one, other, "--resamples", "100")
    assert told.code == 0, told.err
    assert "check" in told.out
    assert "N-gram (NGD, share)" in told.out
    kept = o2c("diff", one, other, "--resamples", "100", "--json", "-o", tmp_path / "out")
    result = kept.document["result"]
    worst = min(result["activities"], key=lambda row: row["p_value"])
    assert (worst["activity"], worst["change"]) == ("check", "fewer")
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"difference.html", "difference.json", "arcs.csv", "lags.csv", "kpis.csv"} <= files
    page = (tmp_path / "out" / "difference.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "Difference map" in page
    assert o2c("diff", one, other, "--resamples", "100", "--quiet").out == ""


def test_faults_of_the_command_line(tmp_path):
    """A missing file, a folder that exists, a case type that neither log has."""
    one = tmp_path / "one.csv"
    write_csv(one, process(1, 30))
    refused(o2c("diff", one, tmp_path / "none.csv"), 3, "none.csv")
    (tmp_path / "there").mkdir()
    refused(o2c("diff", one, one, "-o", tmp_path / "there"), 2, "there")
    refused_as_json(o2c("diff", one, tmp_path / "none.csv", "--json"), 3, "log")
