"""Root causes: a planted one with its size, no others, and confounded ones unmasked."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mining.normative import check
from mining.read import ColumnMapping, read_log
from mining.root_causes import find_causes, outcome_of
from mining.root_causes.attributes import Attribute, attributes_of
from mining.root_causes.confounding import adjusted
from mining.root_causes.effects import design_effect, effect, rank_sum_p
from mining.write import write_log
from o2c_sim import LogError, UsageError
from o2c_sim import vocabulary as v
from tests.case_logs import case_log
from tests.command_line import o2c, refused
from tests.real_logs import MANUFACTURING, folder


def orders(seed, count, days, shares=None, attributes=None):
    """Return a log of orders that take some days; some are changed."""
    draw = np.random.default_rng([seed, 99])
    changed = draw.random(count) < (np.full(count, 0.2) if shares is None else shares)
    begin = draw.uniform(0, 24 * 300, count)
    cases = {}
    for n in range(count):
        middle = [("change", begin[n] + 1)] if changed[n] else []
        cases[f"o{n:05d}"] = [("create", begin[n]), *middle, ("ship", begin[n] + 24 * days[n])]
    return case_log(cases, attributes)


def noise(seed, count, columns, levels=4):
    """Return attributes that have nothing to do with anything."""
    draw = np.random.default_rng([seed, 5])
    return {f"noise{c}": [f"v{v}" for v in draw.integers(0, levels, count)] for c in range(columns)}


def test_a_planted_cause_is_found_with_its_size_and_nothing_else():
    """Plant B takes three days more; ten other attributes do nothing."""
    n = 3_000
    draw = np.random.default_rng(1)
    plant = draw.choice(["A", "B", "C"], n, p=[0.5, 0.2, 0.3])
    days = draw.lognormal(1.5, 0.6, n) + 3.0 * (plant == "B")
    value = draw.uniform(100, 200, n)
    log = orders(1, n, days, attributes={"plant": plant, "net_value": value, **noise(1, n, 10)})
    found = find_causes(log, "order", outcome_of(log, "order", "delay"), min_cases=30)
    assert {f.attribute for f in found.findings} == {"plant"}
    worst = found.findings[0]
    assert worst.value == "B"
    assert worst.effect.low < 3.0 < worst.effect.high
    assert worst.excess == pytest.approx(worst.effect.difference * (plant == "B").sum())
    # Three days of the value of the orders of plant B, spread over the days of the log.
    span = (log.events["time"].max() - log.events["time"].min()).total_seconds() / 86_400
    tied_up = worst.effect.difference * value[plant == "B"].sum() / span
    assert worst.cash == pytest.approx(tied_up)
    assert found.value_attribute == "net_value"
    assert not worst.explained_by


def test_a_planted_share_is_found_with_its_ratio():
    """E-mail orders are changed three times as often."""
    n = 4_000
    draw = np.random.default_rng(2)
    channel = draw.choice(["edi", "email"], n)
    shares = np.where(channel == "email", 0.3, 0.1)
    log = orders(2, n, draw.exponential(5, n), shares, {"channel": channel, **noise(2, n, 6)})
    found = find_causes(log, "order", outcome_of(log, "order", "change"))
    (only,) = found.findings
    assert (only.attribute, only.value) == ("channel", "email")
    assert only.effect.ratio_low < 3 < only.effect.ratio_high
    assert only.effect.low < 0.2 < only.effect.high
    assert math.isnan(only.cash)


def test_null_attributes_are_found_as_rarely_as_promised():
    """In 60 logs whose attributes do nothing, at most about 5 % have any finding."""
    n, wrong = 400, {"delay": 0, "change": 0}
    for seed in range(60):
        days = np.random.default_rng(seed).lognormal(1, 1.2, n)
        log = orders(seed, n, days, attributes=noise(seed, n, 6))
        for of in wrong:
            found = find_causes(log, "order", outcome_of(log, "order", of))
            assert found.tested >= 24
            wrong[of] += bool(found.findings)
    # Binomial(60, 0.05): more than eight happens less than once in two hundred.
    assert all(count <= 8 for count in wrong.values()), wrong


def confounded(seed=3, n=4_000):
    """Return a log in which the product alone matters; one customer buys mostly the slow one."""
    draw = np.random.default_rng(seed)
    customer = draw.choice(["big", "small"], n, p=[0.3, 0.7])
    slow = draw.random(n) < np.where(customer == "big", 0.8, 0.2)
    product = np.where(slow, "cable", "plug")
    days = draw.exponential(4, n) + np.where(slow, 10, 0)
    attributes = {"customer": customer, "product": product}
    return orders(seed, n, days, np.where(slow, 0.5, 0.1), attributes)


@pytest.mark.parametrize("of", ["delay", "change"])
def test_a_confounded_attribute_is_unmasked(of):
    """The customer's delay is gone within the product; the product's stands within the customer."""
    log = confounded()
    found = find_causes(log, "order", outcome_of(log, "order", of))
    by = {(f.attribute, f.value): f for f in found.findings}
    big, cable = by["customer", "big"], by["product", "cable"]
    assert big.effect.difference > 0.6 * (6 if of == "delay" else 0.24)
    assert big.explained_by == "product"
    doubt = next(d for d in big.doubts if d.attribute == "product")
    assert doubt.gone > 0.85
    assert "disappears within the same product" in str(doubt)
    assert not cable.explained_by
    assert next(d for d in cable.doubts if d.attribute == "customer").gone < 0.2


def test_an_attribute_that_goes_hand_in_hand_cannot_be_told_apart():
    """Where every order of one plant is of one product, the log cannot say which it is."""
    n = 1_000
    draw = np.random.default_rng(4)
    product = draw.choice(["cable", "plug", "lamp"], n)
    plant = np.where(product == "cable", "Trento", "Rome")
    days = draw.exponential(4, n) + np.where(plant == "Trento", 10, 0)
    twin = np.where(product == "cable", "x", np.where(product == "plug", "y", "z"))
    log = orders(4, n, days, attributes={"plant": plant, "product": product, "twin": twin})
    found = find_causes(log, "order", outcome_of(log, "order", "delay"))
    cable = next(f for f in found.findings if f.value == "cable")
    assert any("cannot be told apart from plant" in str(doubt) for doubt in cable.doubts)
    assert any("twin parts the cases exactly as product does" in note for note in found.notes)


def test_the_order_of_rows_changes_no_figure():
    """The same findings to the last digit from a shuffled log."""
    n = 400
    draw = np.random.default_rng(8)
    plant = draw.choice(["A", "B"], n)
    begin, days = draw.uniform(0, 5_000, n), draw.lognormal(1, 1, n) + 2 * (plant == "B")
    rows = [[("a", begin[k]), ("b", begin[k] + 24 * days[k])] for k in range(n)]
    found = []
    for order in (range(n), draw.permutation(n)):
        cases = {f"o{k:03d}": rows[k] for k in order}
        log = case_log(cases, {"plant": [plant[k] for k in order]})
        found.append(find_causes(log, "order", outcome_of(log, "order", "delay")).findings)
    assert found[0]
    assert str(found[0]) == str(found[1])


def test_mantel_and_haenszel_by_hand():
    """Two strata of a textbook table: weights n1 n0 / n."""
    # Stratum 0: 8 of 10 against 20 of 40. Stratum 1: 6 of 30 against 2 of 20.
    rows = [(0, 1, 8, 10), (0, 0, 20, 40), (1, 1, 6, 30), (1, 0, 2, 20)]
    code, side, value = [], [], []
    for stratum, exposed, hits, cases in rows:
        code += [stratum] * cases
        side += [exposed] * cases
        value += [1.0] * hits + [0.0] * (cases - hits)
    got = adjusted(
        np.array(value),
        np.array(side, bool),
        Attribute("other", ("s", "t"), np.array(code)),
        "share",
    )
    assert got.adjusted == pytest.approx((8 * 0.3 + 12 * 0.1) / 20)
    assert got.crude == pytest.approx(14 / 40 - 22 / 60)
    assert got.ratio == pytest.approx((8 * 40 / 50 + 6 * 20 / 50) / (20 * 10 / 50 + 2 * 30 / 50))
    parts = [0.8 * 0.2 / 9 + 0.5 * 0.5 / 39, 0.2 * 0.8 / 29 + 0.1 * 0.9 / 19]
    error = math.sqrt(8**2 * parts[0] + 12**2 * parts[1]) / 20
    assert got.high - got.adjusted == pytest.approx(1.959964 * error, rel=1e-5)
    assert got.comparable_share == 1.0


@given(st.lists(st.integers(0, 6), min_size=8, max_size=40), st.integers(1, 6))
def test_the_rank_sum_test_equals_that_of_scipy(values, first):
    """With ties, without a correction for continuity."""
    exposed = np.arange(len(values)) < first
    numbers = np.array(values, float)
    if len(set(values)) == 1:
        assert rank_sum_p(numbers, exposed) == 1.0
        return
    expected = stats.mannwhitneyu(
        numbers[exposed], numbers[~exposed], use_continuity=False, method="asymptotic"
    ).pvalue
    assert rank_sum_p(numbers, exposed) == pytest.approx(expected)


def test_copies_in_a_cluster_widen_the_interval():
    """Ten copies of each case are worth one: the design effect is ten."""
    draw = np.random.default_rng(6)
    values, exposed = draw.exponential(3, 300), np.arange(300) < 100
    copies, sides = np.repeat(values, 10), np.repeat(exposed, 10)
    cluster = np.repeat(np.arange(300), 10)
    assert design_effect(copies, sides, cluster) == pytest.approx(10)
    one = effect(values, exposed, "days")
    ten = effect(copies, sides, "days", cluster=cluster)
    assert ten.high - ten.low == pytest.approx(one.high - one.low, rel=0.02)
    assert ten.p_value == pytest.approx(one.p_value, rel=0.02)


def test_outcomes_are_what_they_say():
    """Each kind of outcome on four orders, worked out by hand."""
    log = case_log(
        {
            "o1": [("create", 0), ("ship", 24)],
            "o2": [("create", 0), ("create", 5), ("ship", 72)],
            "o3": [("create", 0)],
            "o4": [("ship", 0), ("create", 1), ("ship", 49), ("ship", 50)],
        },
        {"region": ["n", "s", None, "n"]},
    )

    def values(of, **more):
        cases = outcome_of(log, "order", of, **more).cases
        return dict(cases.iter_rows())

    assert values("delay") == pytest.approx({0: 1.0, 1: 3.0, 2: 0.0, 3: 50 / 24})
    assert values("late", limit_days=2) == {0: 0, 1: 1, 2: 0, 3: 1}
    assert values("rework") == {0: 0, 1: 1, 2: 0, 3: 1}
    assert values("ship") == {0: 1, 1: 1, 2: 0, 3: 1}
    assert values("create > ship") == pytest.approx({0: 1.0, 1: 3.0, 3: 2.0})
    assert values("region=n") == {0: 1, 1: 0, 3: 1}


def test_deviation_is_what_the_check_says():
    """Exactly the cases that leave out a step or swap two."""
    pytest.importorskip("pm4py")
    right = [v.RECEIVE_ORDER, v.CREATE_SALES_ORDER, v.CONFIRM_ORDER, v.CREATE_DELIVERY]
    right += [v.PICK_AND_PACK, v.POST_GOODS_ISSUE]
    paths = {
        "o1": right,
        "o2": [right[0], right[1], right[3], right[2], *right[4:]],
        "o3": right,
        "o4": right[:4] + right[5:],
    }
    log = case_log({o: [(a, n) for n, a in enumerate(path)] for o, path in paths.items()})
    found = outcome_of(log, "order", "deviation")
    assert dict(found.cases.iter_rows()) == {0: 0.0, 1: 1.0, 2: 0.0, 3: 1.0}
    fitting = check(log.flatten("order"), precision=False).all_cases.fitting_share
    assert found.values.mean() == pytest.approx(1 - fitting)


def test_simulated_invoices_are_late_by_their_due_date(run):
    """And the attributes of the customer are among what is tested."""
    outcome = outcome_of(run.log, "invoice", "late")
    names = [a.name for a in attributes_of(run.log, "invoice", outcome.cases["case"])]
    assert {"customer", "customer.segment", "weekday of the first event"} <= set(names)
    assert any(name.startswith("who does ") for name in names)
    found = find_causes(run.log, "invoice", outcome, cluster="customer")
    assert "due_date" not in found.attributes
    assert 0 < found.level < 1


def test_what_restates_the_outcome_is_left_out():
    """A flag of lateness is no cause of lateness."""
    n = 500
    days = np.random.default_rng(7).exponential(5, n)
    flag = np.where(days > 8, "LATE", "IN TIME")
    log = orders(7, n, days, attributes={"flag": flag, **noise(7, n, 2)})
    outcome = outcome_of(log, "order", "late", limit_days=8)
    found = find_causes(log, "order", outcome)
    assert "flag" not in found.attributes
    assert any(note.startswith("flag tells the outcome of 100.0%") for note in found.notes)
    with pytest.raises(UsageError, match="no attribute 'flagg'"):
        find_causes(log, "order", outcome, without=["flagg"])
    none = find_causes(log, "order", outcome_of(log, "order", "late", limit_days=9e9))
    assert (none.findings, none.tested) == ((), 0)
    assert any("the same in all 500 cases" in note for note in none.notes)
    with pytest.raises(LogError, match="known of no case"):
        find_causes(log, "order", outcome_of(log, "order", "ship > create"))


def test_the_real_manufacturing_log_in_seconds():
    """Return orders, big orders: what a reader of the log would expect, within ten seconds."""
    path = folder() / MANUFACTURING
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    began = time.process_time()
    read = read_log(path, ColumnMapping())
    outcome = outcome_of(read.log, read.case_type, "Delayed=DELAYED")
    found = find_causes(read.log, read.case_type, outcome, cluster="customer")
    assert time.process_time() - began < 10
    by = {(f.attribute, f.value): f for f in found.findings}
    assert by["OrderType", "US-Return Order"].effect.ratio_low > 5
    assert by["NetValue", "over 15,554"].effect.ratio_low > 1.3
    # User18 removes the blocks of return orders: most of the lateness is theirs.
    user = by["who does Header Block Removed", "User18"]
    assert any(d.attribute == "OrderType" and d.gone > 0.65 for d in user.doubts)
    assert "Delayed" not in found.attributes


def test_the_command_line(tmp_path):
    """Text, JSON and files say the same; a wrong word is refused with what is allowed."""
    log = confounded()
    write_log(log, tmp_path / "log.csv", format="csv", case_type="order")
    told = o2c("causes", tmp_path / "log.csv", "--case-type", "order")
    assert told.code == 0, told.err
    assert "product = cable" in told.out
    assert "disappears within the same product" in told.out
    assert "Benjamini-Hochberg" in told.out
    kept = o2c("causes", tmp_path / "log.csv", "--of", "change", "--json", "-o", tmp_path / "out")
    result = kept.document["result"]
    assert {f["attribute"] for f in result["findings"]} >= {"product", "customer"}
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"causes.json", "findings.csv"}
    refused(o2c("causes", tmp_path / "log.csv", "--of", "dely"), 2, "did you mean 'delay'")
    refused(o2c("causes", tmp_path / "log.csv", "--of", "late"), 2, "--limit-days")
    refused(o2c("causes", tmp_path / "log.csv", "--value", "product"), 2, "--value 'product'")
    refused(o2c("causes", tmp_path / "log.csv", "-o", tmp_path / "out"), 2, "out")
