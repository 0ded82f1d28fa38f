"""The answer in words: every sentence a reader could act on, and the numbers it is made of."""

from __future__ import annotations

import dataclasses
import math

import pytest
from example_comparison import DEFINITIONS, difference, estimate, example_comparison

from mining.kpis import KpiDefinition
from reports.answer import (
    comparison_answer,
    definition_of,
    difference_words,
    estimate_text,
    signed_text,
    verdict,
)
from reports.number_text import count_text, duration_text, scale_of, value_text
from scenarios.comparison import Estimate, MetricDifference

NAN = float("nan")


def definition(unit: str, better: str) -> KpiDefinition:
    """Return a definition of which only unit and direction matter."""
    return KpiDefinition("key", "Order to cash, mean", unit, "", "", "", better)


def found(
    mean: float, low: float, high: float, *, detected: bool = True, replications: int = 10
) -> MetricDifference:
    """Return a difference with exactly this mean and interval."""
    base = Estimate(50.0, 49.0, 51.0, 1.0, replications, 0.95)
    change = Estimate(mean, low, high, 1.0, replications, 0.95)
    return MetricDifference("key", base, base, change, None, 0.01, detected)


@pytest.mark.parametrize(
    ("mean", "low", "high", "unit", "better", "words"),
    [
        (-6.4, -7.8, -4.9, "days", "lower", "saves 6.4 days (4.9 to 7.8)"),
        (6.4, 4.9, 7.8, "days", "lower", "adds 6.4 days (4.9 to 7.8)"),
        (-6.1, -6.3, -6.0, "hours", "lower", "saves 6.1 h (6.0 to 6.3)"),
        (2.5, 2.0, 3.0, "days", "neither", "rises by 2.5 days (2.0 to 3.0)"),
        (-0.031, -0.042, -0.020, "share", "lower", "falls by 3.1 percentage points (2.0 to 4.2)"),
        (1.2e6, 0.9e6, 1.5e6, "currency", "higher", "rises by EUR 1.2 m (0.9 to 1.5)"),
        (-9.6e5, -9.9e5, -9.3e5, "currency", "lower", "falls by EUR 960.0 k (930.0 to 990.0)"),
    ],
)  # fmt: skip
def test_detected_difference_says_how_much_and_how_sure(
    mean: float, low: float, high: float, unit: str, better: str, words: str
) -> None:
    """A saving is told as a positive amount; its interval turns with it."""
    assert difference_words(found(mean, low, high), definition(unit, better), "EUR") == words


def test_undetected_difference_gives_the_interval_and_the_replications() -> None:
    """Nothing found is not nothing there: the reader sees how large it could be."""
    item = found(0.1, -0.3, 0.5, detected=False)
    words = "no detectable difference (-0.3 to 0.5 days with 10 replications)"
    assert difference_words(item, definition("days", "lower")) == words
    money = found(-28_600, -85_800, 28_600, detected=False)
    words = "no detectable difference (-EUR 85.8 k to EUR 28.6 k with 10 replications)"
    assert difference_words(money, definition("currency", "higher"), "EUR") == words


def test_difference_lost_to_holms_correction_says_so() -> None:
    """An interval without zero beside 'no difference' would look like a mistake."""
    item, kpi = found(0.5, 0.1, 0.9, detected=False), definition("days", "lower")
    assert verdict(item, kpi) == "not detected after correction"
    words = difference_words(item, kpi)
    assert words == (
        "no detectable difference once corrected for the number of comparisons "
        "(0.1 to 0.9 days with 10 replications)"
    )


def test_detected_difference_never_rounds_to_nothing() -> None:
    """'Saves 0.2 days (0.0 to 0.3)' contradicts itself, so a decimal is added."""
    words = difference_words(found(-0.16, -0.30, -0.012), definition("days", "lower"))
    assert words == "saves 0.16 days (0.01 to 0.30)"


def test_one_replication_has_no_interval_and_no_verdict() -> None:
    """A single run is reported as such, not as 'no difference'."""
    item = found(-6.4, NAN, NAN, detected=False, replications=1)
    kpi = definition("days", "lower")
    assert difference_words(item, kpi) == "-6.4 days, without an interval (1 replication)"
    assert verdict(item, kpi) == "not estimated"
    assert verdict(found(NAN, NAN, NAN, detected=False), kpi) == "not estimated"
    assert "cannot be estimated" in difference_words(found(NAN, NAN, NAN), kpi)


@pytest.mark.parametrize(
    ("mean", "better", "expected"),
    [
        (-1.0, "lower", "better"),
        (1.0, "lower", "worse"),
        (1.0, "higher", "better"),
        (-1.0, "higher", "worse"),
        (1.0, "neither", "changed"),
    ],
)
def test_verdict_follows_the_direction_that_is_better(
    mean: float, better: str, expected: str
) -> None:
    """Lower is better for days, higher for cash, and some metrics take no side."""
    kpi = definition("days", better)
    assert verdict(found(mean, mean - 0.1, mean + 0.1), kpi) == expected
    undetected = found(mean, -2.0, 2.0, detected=False)
    assert verdict(undetected, kpi) == "no detectable difference"


def test_whole_answer_has_days_cash_and_the_caveat() -> None:
    """One paragraph per scenario; the one with warnings sends the reader there."""
    credit, billing, dunning = comparison_answer(example_comparison(), DEFINITIONS)
    assert billing == (
        "Daily billing and e-invoices: saves 6.4 days (6.2 to 6.5) in mean order to cash; "
        "raises cash received by EUR 1.2 m (1.1 to 1.3). "
        "Saves 4.5 days (4.4 to 4.6) in mean invoice to cash."
    )
    assert credit.endswith("Saves 6.1 h (6.0 to 6.3) in mean order processing.")
    assert "no detectable difference in cash received" in dunning
    assert dunning.endswith("Read it with the warnings below.")


def test_answer_without_headline_metrics_or_scenarios_is_still_honest() -> None:
    """Nothing compared is said in words, and a lone baseline has no answer."""
    whole = example_comparison(scenarios=1)
    bare = dataclasses.replace(whole, differences={})
    assert comparison_answer(bare) == (
        "Automatic credit check: no headline metric was compared with the baseline.",
    )
    assert comparison_answer(dataclasses.replace(whole, outcomes=whole.outcomes[:1])) == ()


def test_unlisted_metric_is_shown_by_its_key() -> None:
    """A KPI that nobody defined keeps its unit where the key tells it, and takes no side."""
    kpi = definition_of("waiting_mean_days", {})
    assert (kpi.label, kpi.unit, kpi.better) == ("waiting mean days", "days", "neither")


def test_table_texts_carry_sign_unit_and_interval() -> None:
    """Cells say +/-; what rounds to nothing has no sign."""
    item = difference("order_to_cash_mean_days", 52.4, 46.0, 0.2)
    assert signed_text(item.difference, "days") == ("-6.4 days", "-6.5 to -6.3")
    assert signed_text(Estimate(0.004, -0.2, 0.2, 1, 5, 0.95), "days") == (
        "0.0 days",
        "-0.2 to 0.2",
    )
    assert signed_text(None, "days") == ("n/a", "")
    assert estimate_text(estimate(0.412, 0.0), "share") == ("41.2 %", "41.2 to 41.2")


def test_numbers_are_locale_neutral() -> None:
    """A point, narrow spaces between groups of three, the currency code in front."""
    assert value_text(1_234_567.0, "currency", "EUR") == "EUR 1.2 m"
    assert value_text(999_960.0, "currency", "EUR") == "EUR 1.0 m"
    assert value_text(-840.0, "currency", "USD") == "-USD 840"
    assert value_text(0.0021, "hours") == "0.002 h"
    assert value_text(-0.0, "days") == "0.0 days"
    assert value_text(math.inf, "days") == "infinite days"
    assert count_text(1_234_567) == "1\u202f234\u202f567"
    assert [duration_text(h) for h in (0.4, 5.25, 60.0, None)] == [
        "24 min",
        "5.2 h",
        "2.5 d",
        "n/a",
    ]
    assert scale_of("share", 0.5, difference=True).text(0.5) == "50.0 percentage points"
