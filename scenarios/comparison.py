"""What a comparison of scenarios found: estimates, paired differences, cash curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mining.performance import DirectlyFollows
from scenarios.estimate import Band, Estimate
from scenarios.money.results import BusinessCase
from scenarios.warm_up import WarmUp

__all__ = [
    "Band",
    "Comparison",
    "Estimate",
    "LeverSetting",
    "MetricDifference",
    "ParameterSource",
    "ScenarioOutcome",
]


@dataclass(frozen=True, slots=True)
class MetricDifference:
    """Scenario minus baseline for one metric, paired by replication.

    Parameters
    ----------
    metric
        Key of the KPI in :data:`mining.kpis.DEFINITIONS`.
    baseline, scenario
        Estimates of both.
    difference
        Mean of the paired differences with a t interval.
    relative_pct
        The difference of the means as a percentage of the baseline's mean, with the interval of a
        ratio of paired means; None when the baseline's interval contains zero.
    adjusted_p
        Two-sided p-value of the paired t test after Holm's correction: over all scenarios, the
        main metrics as one family, all others as a second one.
    detected
        Whether the difference is told from zero at the comparison's confidence after Holm.
    detectable
        The smallest difference that so many replications find with a probability of 80 %, Holm's
        strictest step assumed, in the metric's unit; NaN where it cannot be said.
    controls
        Control variates behind the difference and its percentage; empty without.
    variance_ratio
        Of the difference: variance with these controls over that without; NaN without.
    pairing_gain
        How many times as many replications with independent seeds would be as good; infinite
        where no replication differs.
    """

    metric: str
    baseline: Estimate
    scenario: Estimate
    difference: Estimate
    relative_pct: Estimate | None
    adjusted_p: float
    detected: bool
    detectable: float = float("nan")
    controls: tuple[str, ...] = ()
    variance_ratio: float = float("nan")
    pairing_gain: float = float("nan")


@dataclass(frozen=True, slots=True)
class LeverSetting:
    """One lever as a scenario sets it: in business words, with before and after."""

    lever: str
    label: str
    unit: str
    before: str
    after: str
    source: str


@dataclass(frozen=True, slots=True)
class ScenarioOutcome:
    """What one scenario gave.

    Parameters
    ----------
    name, title, description
        Short name, headline and explanation for people.
    settings
        The levers it moves; empty for the baseline.
    estimates
        KPI key to estimate.
    cash_in
        Cumulative customer receipts, counted from what the baseline had received when the
        measured period began, currency.
    receivables
        Open accounts receivable at the end of each day, currency.
    utilisation
        Role to estimate of the busy share of working time (0 to 1).
    process_map
        Directly-follows graph of the orders received in the measured period, replication 0.
    warnings
        What limits the result (saturation, censoring), in words.
    cash_lead
        Receipts to date less the baseline's in the same replication, currency: cash that is in
        earlier; None for the baseline.
    business_case
        What it is worth in money; None for the baseline, and where nothing of it can be measured.
    """

    name: str
    title: str
    description: str
    settings: tuple[LeverSetting, ...]
    estimates: Mapping[str, Estimate]
    cash_in: Band
    receivables: Band
    utilisation: Mapping[str, Estimate]
    process_map: DirectlyFollows
    warnings: tuple[str, ...] = ()
    cash_lead: Band | None = None
    business_case: BusinessCase | None = None


@dataclass(frozen=True, slots=True)
class ParameterSource:
    """One parameter of the company with its provenance."""

    path: str
    value: str
    provenance: str
    source: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A baseline and its scenarios, simulated under common random numbers.

    Parameters
    ----------
    company, currency
        Name of the company and ISO code of its currency.
    seed, replications, confidence
        What reproduces the runs.
    warm_up_days, measured_days, cool_down_days
        The window; metrics are of orders and days of the measured period.
    orders
        Orders received in the measured period, mean over replications of the baseline.
    outcomes
        The baseline first.
    differences
        Scenario name to its differences from the baseline.
    terms_bound
        Scenario name to the share (0 to 1) of its invoice-to-cash time that lies within the payment
        terms: the KPI ``terms_share``.
    parameters
        Provenance of the company's parameters.
    checks
        Extra results about the baseline's log (fitness and the like), label to text.
    command
        The command line that reproduces the comparison.
    versions
        Package to version.
    decision
        Why there are no more replications, in words; empty if their number was given.
    warm_up
        Daily series of the baseline to the warm-up that it needs.
    """

    company: str
    currency: str
    seed: int
    replications: int
    confidence: float
    warm_up_days: float
    measured_days: float
    cool_down_days: float
    orders: float
    outcomes: tuple[ScenarioOutcome, ...]
    differences: Mapping[str, tuple[MetricDifference, ...]]
    terms_bound: Mapping[str, float]
    parameters: tuple[ParameterSource, ...]
    checks: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    decision: str = ""
    warm_up: Mapping[str, WarmUp] = field(default_factory=dict)
