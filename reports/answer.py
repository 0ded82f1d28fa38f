"""The answer in words: what a scenario saves or adds, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.number_text import NOT_AVAILABLE, Scale, scale_of
from scenarios.comparison import Comparison, Estimate, MetricDifference, ScenarioOutcome

# The first key that a comparison holds is taken: the whole cycle, then each case's own.
HEADLINE_TIME = (
    "order_to_cash_mean_days",
    "invoice_to_cash_mean_days",
    "order_processing_mean_hours",
    "dso_simple_days",
)
HEADLINE_CASH = ("cash_tied_up_mean", "receivables_mean")
CASE_KEYS = (
    "order_processing_mean_hours",
    "invoice_to_cash_mean_days",
    "invoice_to_payment_mean_days",
)

BETTER = "better"
WORSE = "worse"
CHANGED = "changed"
UNDETECTED = "no detectable difference"
UNCORRECTED = "not detected after correction"
UNKNOWN = "not estimated"


def definition_of(
    metric: str, definitions: Mapping[str, KpiDefinition] = DEFINITIONS
) -> KpiDefinition:
    """Return the definition of *metric*, or one read from its key when it is not listed."""
    found = definitions.get(metric)
    if found is not None:
        return found
    unit = next((unit for unit in ("days", "hours", "share") if metric.endswith(unit)), "count")
    return KpiDefinition(metric, metric.replace("_", " "), unit, "", "", "", "neither")


def told_population(definition: KpiDefinition) -> str:
    """Return population, clock, weighting and censoring of a KPI in one text."""
    counted = f"clock: {definition.clock}; weighting: {definition.weighting}"
    return f"{definition.population}; {counted}; {definition.censoring}"


def verdict(difference: MetricDifference, definition: KpiDefinition) -> str:
    """Return one of the verdicts of this module: ``better``, ``worse``, ``changed`` and so on.

    ``changed`` is a detected difference of a metric for which neither direction is better;
    ``not detected after correction`` one whose own interval leaves zero out, but which may be
    chance among so many comparisons.
    """
    mean = difference.difference.mean
    if math.isnan(mean):
        return UNKNOWN
    if not difference.detected:
        # Without an interval nothing was tested, which is not the same as finding nothing.
        if _no_interval(difference.difference):
            return UNKNOWN
        return UNCORRECTED if _leaves_zero_out(difference.difference) else UNDETECTED
    if definition.better not in ("lower", "higher") or mean == 0:
        return CHANGED
    return BETTER if (mean < 0) == (definition.better == "lower") else WORSE


def difference_words(
    difference: MetricDifference,
    definition: KpiDefinition,
    currency: str = "",
    subject: str = "",
) -> str:
    """Return what the scenario does to one metric, in words, with the interval.

    Parameters
    ----------
    difference
        Scenario minus baseline.
    definition
        Gives the unit and which direction is better.
    currency
        ISO code for metrics in currency.
    subject
        Name of the metric to weave in; empty where a heading already says it.

    Returns
    -------
    str
        ``saves 6.4 days (4.9 to 7.8)``, ``falls by 3.1 percentage points (2.0 to 4.2)``, or
        ``no detectable difference (-0.3 to 0.5 days with 10 replications)``; with a subject,
        ``saves 6.4 days (4.9 to 7.8) in order to cash`` or ``raises cash in by EUR 1.2 m (...)``.
    """
    found = difference.difference
    within = f" in {subject}" if subject else ""
    if math.isnan(found.mean):
        return f"the difference{within} cannot be estimated from these replications"
    scale = scale_of(
        definition.unit, found.mean, found.low, found.high, currency=currency, difference=True
    )
    if _no_interval(found):
        change = "no change" if found.mean == 0 else f"{_sign(found.mean)}{scale.text(found.mean)}"
        return f"{change}{within}, without an interval ({_replications(found)})"
    if not difference.detected:
        span = f"{scale.number(found.low)} to {scale.text(found.high)}"
        if definition.unit == "currency":
            # The code stands in front, so one alone would seem to belong to the first number.
            span = f"{scale.text(found.low)} to {scale.text(found.high)}"
        span = f"{span} with {_replications(found)}"
        if _leaves_zero_out(found):
            # Its own interval leaves zero out; saying only "none" would hide why it does not count.
            return f"{UNDETECTED}{within} once corrected for the number of comparisons ({span})"
        return f"{UNDETECTED}{within} ({span})"
    falls = found.mean < 0
    # A saving of 4.9 to 7.8 is easier than a change of -7.8 to -4.9.
    low, high = (-found.high, -found.low) if falls else (found.low, found.high)
    size = f"{scale.text(abs(found.mean))} ({scale.number(low)} to {scale.number(high)})"
    if definition.unit in ("days", "hours") and definition.better == "lower":
        return f"{'saves' if falls else 'adds'} {size}{within}"
    if subject:
        return f"{'lowers' if falls else 'raises'} {subject} by {size}"
    return f"{'falls' if falls else 'rises'} by {size}"


def estimate_text(estimate: Estimate | None, unit: str, currency: str = "") -> tuple[str, str]:
    """Return a value with its unit and its interval, for example ``("6.4 days", "4.9 to 7.8")``.

    The second text is empty when there is no interval.
    """
    if estimate is None or math.isnan(estimate.mean):
        return NOT_AVAILABLE, ""
    scale = scale_of(unit, estimate.mean, estimate.low, estimate.high, currency=currency)
    if _no_interval(estimate):
        return scale.text(estimate.mean), ""
    return scale.text(estimate.mean), _span(estimate, scale)


def signed_text(estimate: Estimate | None, unit: str, currency: str = "") -> tuple[str, str]:
    """Return a difference with sign and unit and its interval, for a table cell."""
    if estimate is None or math.isnan(estimate.mean):
        return NOT_AVAILABLE, ""
    scale = scale_of(
        unit, estimate.mean, estimate.low, estimate.high, currency=currency, difference=True
    )
    text = scale.text(estimate.mean).replace(" percentage points", " pp")
    # A difference that rounds to nothing has no direction to show.
    sign = "" if scale.is_nothing(estimate.mean) else _sign(estimate.mean)
    return f"{sign}{text}", "" if _no_interval(estimate) else _span(estimate, scale)


def find(comparison: Comparison, scenario: str, keys: tuple[str, ...]) -> MetricDifference | None:
    """Return the scenario's difference for the first of *keys* that was compared."""
    by_metric = {item.metric: item for item in comparison.differences.get(scenario, ())}
    return next((by_metric[key] for key in keys if key in by_metric), None)


def scenario_answer(
    comparison: Comparison,
    outcome: ScenarioOutcome,
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> str:
    """Return the scenario's title and its :func:`scenario_sentences`."""
    return f"{outcome.title}: {scenario_sentences(comparison, outcome, definitions)}"


def scenario_sentences(
    comparison: Comparison,
    outcome: ScenarioOutcome,
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> str:
    """Return one or two sentences: days and cash first, then where in the cycle it happens.

    Parameters
    ----------
    comparison
        Gives the differences and the currency.
    outcome
        The scenario; one that is not in ``comparison.differences`` gets a sentence saying so.
    definitions
        Labels, units and directions.
    """
    headline = [
        item
        for keys in (HEADLINE_TIME, HEADLINE_CASH)
        if (item := find(comparison, outcome.name, keys)) is not None
    ]
    if not headline:
        return "no headline metric was compared with the baseline."
    first = _clauses(headline, definitions, comparison.currency)
    told = {item.metric for item in headline}
    # The cases' own metrics are worth a sentence only where something was found.
    rest = [
        item
        for key in CASE_KEYS
        if key not in told
        and (item := find(comparison, outcome.name, (key,))) is not None
        and item.detected
    ]
    second = f" {_capital(_clauses(rest, definitions, comparison.currency))}." if rest else ""
    caveat = " Read it with the warnings below." if outcome.warnings else ""
    return f"{first}.{second}{caveat}"


def comparison_answer(
    comparison: Comparison, definitions: Mapping[str, KpiDefinition] = DEFINITIONS
) -> tuple[str, ...]:
    """Return the whole answer, one paragraph per scenario in the comparison's order."""
    return tuple(
        scenario_answer(comparison, outcome, definitions) for outcome in comparison.outcomes[1:]
    )


def _clauses(
    items: list[MetricDifference], definitions: Mapping[str, KpiDefinition], currency: str
) -> str:
    """Return the words for each item, joined by semicolons."""
    parts = []
    for item in items:
        definition = definition_of(item.metric, definitions)
        parts.append(difference_words(item, definition, currency, _in_sentence(definition.label)))
    return "; ".join(parts)


def _in_sentence(label: str) -> str:
    """Return a label as a sentence needs it: ``Days late, mean`` becomes ``mean days late``."""
    name, comma, statistic = label.rpartition(", ")
    if comma and statistic in ("mean", "median"):
        return f"{statistic} {_in_sentence(name)}"
    # Abbreviations such as DSO keep their capitals.
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _span(estimate: Estimate, scale: Scale) -> str:
    return f"{scale.number(estimate.low)} to {scale.number(estimate.high)}"


def _leaves_zero_out(estimate: Estimate) -> bool:
    return estimate.low > 0 or estimate.high < 0


def _no_interval(estimate: Estimate) -> bool:
    return math.isnan(estimate.low) or math.isnan(estimate.high)


def _replications(estimate: Estimate) -> str:
    number = estimate.replications
    return f"{number} replication" if number == 1 else f"{number} replications"


def _sign(value: float) -> str:
    return "+" if value > 0 else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
