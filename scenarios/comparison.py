"""What a comparison of scenarios found: estimates, paired differences, cash curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mining.performance import DirectlyFollows

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replications with its confidence interval.

    Parameters
    ----------
    mean, low, high
        Point estimate and interval limits, in the metric's unit; NaN when undefined.
    standard_deviation
        Between replications.
    replications
        Number of values behind the estimate.
    confidence
        Confidence level, 0 to 1.
    """

    mean: float
    low: float
    high: float
    standard_deviation: float
    replications: int
    confidence: float


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
        The same differences as a percentage of the baseline's mean; None when the baseline's
        interval contains zero.
    adjusted_p
        Two-sided p-value of the paired t test after Holm's correction: over all scenarios, the
        main metrics as one family, all others as a second one.
    detected
        Whether the difference is told from zero at the comparison's confidence after Holm.
    """

    metric: str
    baseline: Estimate
    scenario: Estimate
    difference: Estimate
    relative_pct: Estimate | None
    adjusted_p: float
    detected: bool


@dataclass(frozen=True, slots=True)
class Band:
    """A curve by day with a band over replications.

    Parameters
    ----------
    day
        Days since the start of the measured period.
    mean
        By day, over replications, in the metric's unit.
    low, high
        Limits of the band: of a curve, a 90 % prediction interval for one more replication; of a
        lead, the confidence interval of the mean.
    """

    day: Array
    mean: Array
    low: Array
    high: Array


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
