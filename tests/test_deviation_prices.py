"""What deviations go with, computed by hand on ten cases, and what stays null."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hand_log import build

from mining import conformance, deviation_prices, discovery
from mining.comparable_cases import comparable_cases
from mining.compliance import RuleFile, check_rules
from mining.deviation_prices import Deviation, from_conformance, from_rules, priced
from o2c_sim import EventLog, UsageError
from o2c_sim import vocabulary as v

DAY = "01-{:02d} 12:00"


def order(days, amount, *, blocked=False, ended=True):
    """Return an order of so many days from receipt to clearing, of which an invoice is made."""
    middle = [(v.SET_CREDIT_BLOCK, DAY.format(1), None)] if blocked else []
    steps = [
        (v.RECEIVE_ORDER, DAY.format(1), None),
        *middle,
        (v.CREATE_INVOICE, DAY.format(1), None),
        *([(v.CLEAR_INVOICE, DAY.format(1 + days), None)] if ended else []),
    ]
    return {"steps": steps, "amount": amount, "due": "02-01"}


def ten_cases() -> EventLog:
    """Five orders without a block (2, 4, 6 days; 3, 5 of another segment), five with one."""
    log = build(
        [
            order(2, 100.0), order(4, 100.0), order(6, 100.0),
            order(10, 300.0, blocked=True), order(12, 500.0, blocked=True),
            order(3, 100.0), order(5, 100.0),
            order(6, 200.0, blocked=True),
            # Under way, and alone in its segment: neither is compared.
            order(1, 900.0, blocked=True, ended=False),
            order(20, 900.0, blocked=True),
        ]
    )  # fmt: skip
    segments = ["big"] * 5 + ["small"] * 3 + ["big", "lonely"]
    objects = log.objects.with_columns(
        pl.Series("segment", segments + [None] * (log.objects.height - 10), dtype=pl.String)
    )
    return EventLog(log.events, objects, log.event_objects)


def blocked(log: EventLog) -> list[Deviation]:
    """Return the orders whose credit was blocked, as a rule finds them."""
    rule = {"title": "A block", "case": "order", "template": "absence",
            "activity": v.SET_CREDIT_BLOCK}  # fmt: skip
    return from_rules(check_rules(log, RuleFile.model_validate({"rules": {"r": rule}})))


def test_days_and_cash_by_hand() -> None:
    """Big: mean 11 against 4 days, two cases; small: 6 against 4, one case.

    Added days (2 * 7 + 1 * 2) / 3 = 16/3; the medians are the same. Value 300 + 500 + 200 = 1000.
    The log spans 20 days, so 50 a day x 16/3 days are tied up, and 1000 x 16/3 x 0.0365 / 365.
    """
    log = ten_cases()
    row = priced(log, blocked(log), cost_of_capital=0.0365).row(0, named=True)
    assert (row["kind"], row["what"], row["case_type"]) == ("rule", "A block", "order")
    assert (row["cases"], row["share"], row["compared_cases"]) == (5, 0.5, 3)
    assert row["added_mean_days"] == pytest.approx(16 / 3)
    assert row["added_median_days"] == pytest.approx(16 / 3)
    assert row["value"] == 1000.0
    assert row["cash_tied_up"] == pytest.approx(50 * 16 / 3)
    assert row["cash_cost"] == pytest.approx(1000 * 16 / 3 * 0.0365 / 365)
    assert row["added_low_days"] is None, "three cases make no interval"


def test_what_makes_cases_comparable() -> None:
    """Segment, how far it got, and whether it ended; an invoice knows its order's segment too."""
    log = ten_cases()
    orders = comparable_cases(log, "order")
    assert orders["days"].to_list() == [2, 4, 6, 10, 12, 3, 5, 6, 0, 20]
    assert orders["reached"].to_list() == ["cleared"] * 8 + ["billed", "cleared"]
    assert orders["ended"].to_list() == [True] * 8 + [False, True]
    invoices = comparable_cases(log, "invoice")
    assert invoices["value"].to_list()[3:5] == [300.0, 500.0]


def test_the_interval_covers_and_repeats() -> None:
    """A hundred cases with and without, five days apart: the interval is right and repeats."""
    source = np.random.default_rng(1)
    longer = source.integers(8, 13, 100)
    log = build(
        [order(int(d) - 5, 10.0) for d in source.integers(8, 13, 100)]
        + [order(int(d), 10.0, blocked=True) for d in longer]
    )
    one, two = (priced(log, blocked(log), cost_of_capital=0.1) for _ in range(2))
    assert one.equals(two)
    low, high = one.select("added_low_days", "added_high_days").row(0)
    assert low < 5 < high
    assert high - low == pytest.approx(2 * 1.96 * (2 * 2 / 100) ** 0.5, rel=0.15)


def test_large_groups_use_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Normal draws and resamples of one group agree in mean and spread."""
    values = np.random.default_rng(2).exponential(3.0, 1_500)
    exact = deviation_prices._means(np.random.default_rng(3), values)
    monkeypatch.setattr(deviation_prices, "MANY", 1_000)
    limit = deviation_prices._means(np.random.default_rng(3), values)
    assert limit.mean() == pytest.approx(exact.mean(), abs=0.01)
    assert limit.std() == pytest.approx(exact.std(), rel=0.1)


def test_the_cases_behind_a_model_s_deviations() -> None:
    """Each kind of deviation has the cases that the check counted."""
    log = build([order(2, 1.0)] * 3 + [order(5, 1.0, blocked=True)] * 2)
    view = log.flatten("order")
    model = discovery.discover_petri_net(log.flatten("order").filter(pl.col("case") < 3))
    result = conformance.check(view, model, precision=False)
    (found,) = from_conformance(view, "order", result)
    assert (found.kind, found.what) == ("unexpected", v.SET_CREDIT_BLOCK)
    assert sorted(found.cases) == [3, 4]
    assert sorted(found.among) == [0, 1, 2, 3, 4]
    counted = result.deviations.select("kind", "activity", "cases").rows()
    assert counted == [("unexpected", v.SET_CREDIT_BLOCK, 2)]


def test_the_dearest_comes_first() -> None:
    """By cost, then by days in all; what has no price comes last."""
    log = ten_cases()
    everyone = np.arange(10)
    found = [
        Deviation("rule", "none to compare", "order", everyone, everyone),
        Deviation("rule", "short", "order", np.array([0]), everyone),
        Deviation("rule", "long", "order", np.array([3, 4, 7]), everyone),
    ]
    prices = priced(log, found, cost_of_capital=0.1)
    assert prices["what"].to_list() == ["long", "short", "none to compare"]
    assert prices["added_mean_days"].to_list()[2] is None


def test_a_cost_of_capital_in_per_cent_is_refused() -> None:
    """9 means 900 %."""
    with pytest.raises(UsageError, match=r"0\.08 for 8 %"):
        priced(ten_cases(), [], cost_of_capital=9)
