"""What a scenario gains in a company that is not known exactly: intervals that say so.

Replication r of baseline and scenario alike is made with draw r of the company's parameters, so
the pairing holds. How far a change differs from the same replication of the company as
calibrated, under the same luck, is due to the parameters; the luck itself averages out over
replications, not knowing the company does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from mining.calibration.uncertainty import Uncertainty, drawn_company
from o2c_sim import CompanyModel, override
from scenarios.differences import MAIN, kpi_values
from scenarios.estimate import Estimate
from scenarios.experiment import Plan, Replication, run_replications
from scenarios.request import Answer, Request
from scenarios.scenario import Scenario, rebased
from scenarios.statistics import t_interval

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UncertainEffect:
    """A change of one KPI, for the company as calibrated and for what it might be.

    Parameters
    ----------
    scenario, metric
        Name and KPI key.
    known
        The change if the company is exactly as calibrated: the interval is of chance alone.
    uncertain
        The change in the company that the data tell of: the interval includes that its parameters
        are not known.
    parameter_share
        Part of the variance behind the second interval that is due to the parameters, 0 to 1; NaN
        if nothing varies.
    """

    scenario: str
    metric: str
    known: Estimate
    uncertain: Estimate
    parameter_share: float


@dataclass(frozen=True, slots=True)
class UncertainComparison:
    """The effects of all scenarios, and what they rest on."""

    effects: tuple[UncertainEffect, ...]
    parameters: tuple[str, ...]
    companies: int
    replications: int
    confidence: float

    def document(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            "parameters": list(self.parameters),
            "companies": self.companies,
            "replications": self.replications,
            "confidence": self.confidence,
            "effects": [
                {
                    "scenario": one.scenario,
                    "kpi": one.metric,
                    "known_company": _interval(one.known),
                    "with_parameter_uncertainty": _interval(one.uncertain),
                    "parameter_share": one.parameter_share,
                }
                for one in self.effects
            ],
        }


def uncertain_comparison(
    baseline: CompanyModel,
    uncertainty: Uncertainty,
    scenarios: Sequence[Scenario],
    request: Request,
    found: Answer,
    settings: Mapping[str, Any] | None = None,
) -> UncertainComparison:
    """Return what scenarios gain where the company's parameters are not known exactly.

    Parameters
    ----------
    baseline
        The company that the uncertainty belongs to.
    uncertainty
        Draws of its parameters.
    scenarios, request, found
        As they were compared for the company as calibrated, and the replications of that.
    settings
        Path to value that holds in every draw, too (``--set``).

    Raises
    ------
    ModelError, ScenarioError
        If a draw goes with neither the company nor a scenario.
    """
    replications = len(found.baseline)
    companies = tuple(
        drawn_company(baseline, uncertainty, number)
        for number in range(min(uncertainty.count, replications))
    )
    if settings:
        companies = tuple(override(one, settings, "--set") for one in companies)
    plans = [Plan(companies[0], draws=tuple(Plan(one) for one in companies))]
    for scenario in scenarios:
        moved = [rebased(scenario, one) for one in companies]
        draws = tuple(Plan(one.model, one.changes(request.period)) for one in moved)
        plans.append(replace(draws[0], draws=draws))
    before, *after = run_replications(
        plans,
        seed=request.seed,
        replications=range(replications),
        window=request.period,
        executor=request.executor,
        workers=request.workers,
        store=request.store,
        extension=request.extension,
        opening=request.opening,
        progress=request.progress,
    )
    effects = [
        _effect(scenario.name, key, found, runs, before, request.confidence)
        for scenario, runs in zip(scenarios, after, strict=True)
        for key in MAIN
    ]
    return UncertainComparison(
        tuple(effects),
        tuple(uncertainty.draws),
        len(companies),
        replications,
        request.confidence,
    )


def _effect(
    name: str,
    key: str,
    found: Answer,
    drawn: Sequence[Replication],
    drawn_baseline: Sequence[Replication],
    confidence: float,
) -> UncertainEffect:
    known = kpi_values(found.scenarios[name], key) - kpi_values(found.baseline, key)
    drawn_changes = kpi_values(drawn, key) - kpi_values(drawn_baseline, key)
    uncertain, share = with_parameters(known, drawn_changes, confidence)
    return UncertainEffect(name, key, t_interval(known, confidence), uncertain, share)


def with_parameters(known: Floats, drawn: Floats, confidence: float) -> tuple[Estimate, float]:
    """Return the interval of a change that includes not knowing the company.

    Parameters
    ----------
    known
        Change by replication in the company as calibrated.
    drawn
        Change by replication, each in another draw of the company, under the same luck.
    confidence
        Of the interval.

    Returns
    -------
    tuple
        The estimate, and the part of its variance that is due to the parameters.

    Notes
    -----
    With luck L and parameters P the change of a replication is f(P) + L. Under the same luck
    ``drawn - known`` varies with P alone, so its variance V estimates that of f(P); that of
    ``known`` estimates the luck's, W. The company is one draw of P however many replications there
    are, so the variance of the change in *this* company about the mean of n replications is
    V (1 + 1/n) + W / n; Student's t with n - 1 degrees of freedom.
    """
    n = len(known)
    parameters = float(np.var(drawn - known, ddof=1))
    luck = float(np.var(known, ddof=1))
    variance = parameters * (1 + 1 / n) + luck / n
    half = float(special.stdtrit(n - 1, 0.5 + confidence / 2)) * math.sqrt(variance)
    mean = float(np.mean(drawn))
    share = parameters * (1 + 1 / n) / variance if variance > 0 else math.nan
    interval = replace(t_interval(drawn, confidence), mean=mean, low=mean - half, high=mean + half)
    return interval, share


def _interval(estimate: Estimate) -> dict[str, float]:
    return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high}
