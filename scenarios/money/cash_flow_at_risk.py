"""Cash-flow-at-risk: how far customers' money may fall short of what is expected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scenarios.estimate import Estimate
from scenarios.money.ledger_bridge import net_receipts
from scenarios.money.paired_runs import MINOR_UNITS, Array, MeasuredRun, Timing, require_paired
from scenarios.money.results import CashFlowAtRisk
from scenarios.statistics import t_interval

Indices = npt.NDArray[np.int64]

HORIZONS_DAYS = (30, 60, 90)
LEVEL = 0.95
ENOUGH = 40
_RESAMPLES = 2_000


def cash_flow_at_risk(
    baseline: Sequence[MeasuredRun],
    scenario: Sequence[MeasuredRun],
    timing: Timing,
    confidence: float,
    *,
    horizons_days: Sequence[int] = HORIZONS_DAYS,
    level: float = LEVEL,
) -> tuple[CashFlowAtRisk, ...]:
    """Return the cash-flow-at-risk of both, by horizon.

    The cash flow of a period is what the bank account gains from customers: receipts and
    recoveries less refunds, returned payments and fees. Its target is the mean of the same period
    over the replications; the shortfalls of all periods that follow one another without overlap
    are taken together.

    Parameters
    ----------
    baseline, scenario
        Paired replications.
    timing
        Periods begin when the change is in force.
    confidence
        Of the intervals: percentile bootstrap over replications, the same ones for both.
    horizons_days
        Lengths of the periods; those longer than what is measured are left out.
    level
        Confidence level of the risk, 0 to 1.

    Raises
    ------
    ScenarioError
        If the runs do not belong together.

    References
    ----------
    CFaR(h) = E[CF(h)] - Q_{1-level}(CF(h)): the shortfall of cash flow against a target at a
    confidence level over a period, after RiskMetrics Group, "CorporateMetrics Technical
    Document", 1999 (cited from general knowledge; not opened). Efron and Tibshirani, "An
    Introduction to the Bootstrap", 1993, chapter 13, for the percentile interval.
    """
    require_paired(baseline, scenario)
    before, after = (
        net_receipts(runs)[:, timing.first_day :] / MINOR_UNITS for runs in (baseline, scenario)
    )
    found = []
    for horizon in horizons_days:
        if horizon > before.shape[1]:
            continue
        one, other = _periods(before, horizon), _periods(after, horizon)
        picks = _resamples(len(one))
        risks = [(_at_risk(part, level), _drawn(part, picks, level)) for part in (one, other)]
        (base, base_drawn), (changed, changed_drawn) = risks
        found.append(
            CashFlowAtRisk(
                horizon_days=horizon,
                level=level,
                baseline_mean=t_interval(one.mean(axis=1), confidence),
                scenario_mean=t_interval(other.mean(axis=1), confidence),
                baseline=_estimate(base, base_drawn, len(one), confidence),
                scenario=_estimate(changed, changed_drawn, len(one), confidence),
                difference=_estimate(
                    changed - base, changed_drawn - base_drawn, len(one), confidence
                ),
                periods=one.shape[1],
                note=_note(len(one)),
            )
        )
    return tuple(found)


def _periods(daily: Array, horizon: int) -> Array:
    """Return the sums of consecutive periods, shape (replications, periods)."""
    periods = daily.shape[1] // horizon
    return np.asarray(
        daily[:, : periods * horizon].reshape(len(daily), periods, horizon).sum(axis=2)
    )


def _at_risk(flows: Array, level: float) -> float:
    return float(_shortfall(flows[None], level)[0])


def _drawn(flows: Array, picks: Indices, level: float) -> Array:
    # A part of the resamples at a time, so that many replications fit into memory.
    parts = np.array_split(picks, 1 + picks.size * flows.shape[1] // 1_000_000)
    return np.concatenate([_shortfall(flows[part], level) for part in parts])


def _shortfall(flows: Array, level: float) -> Array:
    """Return the risk of each set of replications, shape (sets,) of (sets, replications, periods).

    The mean is taken from the same replications, which draws their deviations together; the factor
    undoes that.
    """
    n = flows.shape[1]
    deviations = (flows - flows.mean(axis=1, keepdims=True)) * np.sqrt(n / (n - 1))
    pooled = deviations.reshape(len(flows), -1)
    return np.asarray(-np.quantile(pooled, 1 - level, axis=1), dtype=np.float64)


def _resamples(replications: int) -> Indices:
    """Return which replications each resample draws; always the same, so that results are."""
    generator = np.random.Generator(np.random.Philox(key=replications))
    return generator.integers(replications, size=(_RESAMPLES, replications), dtype=np.int64)


def _estimate(value: float, drawn: Array, replications: int, confidence: float) -> Estimate:
    low, high = np.quantile(drawn, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return Estimate(
        mean=value,
        low=float(low),
        high=float(high),
        standard_deviation=float(np.std(drawn, ddof=1)),
        replications=replications,
        confidence=confidence,
    )


def _note(replications: int) -> str:
    if replications >= ENOUGH:
        return ""
    return (
        f"{replications} replications are few for a quantile this far out: the interval may be "
        f"too narrow; take {ENOUGH} or more"
    )
