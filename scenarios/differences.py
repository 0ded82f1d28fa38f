"""Paired differences of every KPI, corrected for their number, with what could have been found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import special

from mining.kpis import DEFINITIONS
from scenarios.comparison import MetricDifference
from scenarios.control_variates import Controlled, controlled_interval
from scenarios.estimate import Estimate
from scenarios.experiment import Replication
from scenarios.power import detectable_difference, strictest_level
from scenarios.statistics import holm, paired_p_value, t_interval

Array = npt.NDArray[np.float64]

# What a comparison is made to find out: the whole cycle, cash, and each case's own cycle time.
MAIN = (
    "order_to_cash_mean_days",
    "cash_tied_up_mean",
    "order_processing_mean_hours",
    "invoice_to_cash_mean_days",
    "invoice_to_payment_mean_days",
)


@dataclass(frozen=True, slots=True)
class Controls:
    """What is known of the luck of each replication; nothing by default.

    Parameters
    ----------
    values
        Name to its value by replication.
    means
        Name to its expectation, from the model.
    """

    values: Mapping[str, Array] = field(default_factory=dict)
    means: Mapping[str, float] = field(default_factory=dict)


def differences(
    scenarios: Mapping[str, Sequence[Replication]],
    baseline: Sequence[Replication],
    confidence: float,
    controls: Mapping[str, Controls] | None = None,
) -> dict[str, tuple[MetricDifference, ...]]:
    """Return every KPI's paired difference from the baseline.

    Holm's correction is made over all scenarios for the :data:`MAIN` KPIs as one family and for all
    others as a second one, so that the many figures told beside it do not drown the answer.

    Parameters
    ----------
    scenarios
        Scenario name to its replications.
    baseline
        Its replications, in the same order.
    confidence
        Of intervals and verdicts.
    controls
        Unit of a KPI to its control variates, used for each difference where they pay.
    """
    keys = [key for key in DEFINITIONS if all(key in run.kpis for run in baseline)]
    before = {key: kpi_values(baseline, key) for key in keys}
    pairs = [(name, key) for name in scenarios for key in keys]
    after = {(name, key): kpi_values(scenarios[name], key) for name, key in pairs}
    of_key = {key: (controls or {}).get(DEFINITIONS[key].unit) for key in keys}
    found = {
        (name, key): _controlled(after[name, key] - before[key], of_key[key], confidence)
        for name, key in pairs
    }
    adjusted: dict[tuple[str, str], float] = {}
    detectable: dict[bool, float] = {}
    for family in (True, False):
        tested = [pair for pair in pairs if (pair[1] in MAIN) == family]
        values = [
            _p_value(found[name, key], after[name, key] - before[key]) for name, key in tested
        ]
        adjusted |= dict(zip(tested, holm(values), strict=True))
        detectable[family] = _detectable_deviations(len(baseline), confidence, len(tested))
    levels = {key: t_interval(before[key], confidence) for key in keys}
    rows: dict[str, list[MetricDifference]] = {name: [] for name in scenarios}
    for name, key in pairs:
        one, p = found[name, key], adjusted[name, key]
        rows[name].append(
            MetricDifference(
                metric=key,
                baseline=levels[key],
                scenario=t_interval(after[name, key], confidence),
                difference=one.estimate,
                relative_pct=relative_difference(
                    after[name, key], before[key], confidence, of_key[key]
                ),
                adjusted_p=p,
                detected=p < 1 - confidence,
                detectable=detectable[key in MAIN] * one.estimate.standard_deviation,
                controls=one.controls,
                variance_ratio=one.variance_ratio if one.controls else float("nan"),
                pairing_gain=_pairing_gain(after[name, key], before[key]),
            )
        )
    return {name: tuple(of_one) for name, of_one in rows.items()}


def _controlled(values: Array, controls: Controls | None, confidence: float) -> Controlled:
    if controls is None or not np.isfinite(values).all():
        plain = t_interval(values, confidence)
        return Controlled(plain, plain, (), float("nan"))
    return controlled_interval(values, controls.values, controls.means, confidence)


def _pairing_gain(after: Array, before: Array) -> float:
    """Return :func:`scenarios.statistics.pairing_gain` without its interval, which takes time."""
    if len(before) < 2 or not np.isfinite(after - before).all():
        return float("nan")
    apart = float(after.var(ddof=1) + before.var(ddof=1))
    paired = float((after - before).var(ddof=1))
    return apart / paired if paired > 1e-24 * apart else float("inf")


def _p_value(found: Controlled, values: Array) -> float:
    """Return the p-value that belongs to an interval: it is that of the same t distribution."""
    if not found.controls:
        return paired_p_value(values)
    estimate = found.estimate
    freedom = len(values) - len(found.controls) - 1
    quantile = float(special.stdtrit(freedom, 0.5 + estimate.confidence / 2))
    error = (estimate.high - estimate.mean) / quantile
    return float(2 * special.stdtr(freedom, -abs(estimate.mean) / error))


def _detectable_deviations(replications: int, confidence: float, tests: int) -> float:
    """Return the smallest detectable difference, in standard deviations of the differences."""
    if replications < 2 or not tests:
        return float("nan")
    return detectable_difference(1.0, replications, level=strictest_level(confidence, tests))


def relative_difference(
    scenario: Array, baseline: Array, confidence: float, controls: Controls | None = None
) -> Estimate | None:
    """Return by how many percent the scenario's mean lies above the baseline's.

    Both means vary from replication to replication, so the interval is that of the ratio of two
    paired means, by the linear approximation: its residuals are scenario less ratio times
    baseline.

    Returns
    -------
    Estimate or None
        None where the baseline's own interval contains zero: a percentage would say nothing.

    References
    ----------
    Cochran, "Sampling Techniques", 3rd ed., 1977, section 6.3.
    """
    before = t_interval(baseline, confidence)
    if not before.low > 0 and not before.high < 0:
        return None
    ratio = float(np.mean(scenario)) / before.mean
    residuals = (scenario - ratio * baseline) / before.mean
    change = (ratio - 1) * np.sign(before.mean)
    values = 100 * (np.sign(before.mean) * residuals + change)
    return _controlled(values, controls, confidence).estimate


def kpi_values(runs: Sequence[Replication], key: str) -> Array:
    """Return a KPI by replication."""
    return np.array([run.kpis[key] for run in runs], dtype=np.float64)
