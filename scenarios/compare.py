"""Compare scenarios with their baseline: paired differences, bands, what the terms bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from o2c_sim import CompanyModel, load_extension, parameters
from o2c_sim.opening import Opening
from o2c_sim.simulation import versions
from scenarios.comparison import Comparison, ParameterSource
from scenarios.demand_controls import CONTROLS_BY_UNIT, demand_controls
from scenarios.differences import Controls, differences
from scenarios.levers import LEVERS
from scenarios.money.business_case import business_case
from scenarios.money.paired_runs import Span, timing_of
from scenarios.money.results import BusinessCase, Cost
from scenarios.outcomes import outcome, short_warm_up
from scenarios.replication import WHOLE_RUN
from scenarios.request import Answer, Request, answer
from scenarios.scenario import Scenario
from scenarios.scenario_file import Phase
from scenarios.warm_up import WarmUp, detect_warm_ups


def compare(
    baseline: CompanyModel,
    scenarios: Sequence[Scenario],
    request: Request | None = None,
    *,
    command: str = "",
    checks: Mapping[str, str] | None = None,
    found: Answer | None = None,
) -> Comparison:
    """Simulate a baseline and its scenarios and compare them.

    Parameters
    ----------
    baseline
        The company as it is.
    scenarios
        What would change; each must change this company, and names must differ.
    request
        How many replications of which days, and from where.
    command
        The command line that reproduces the comparison.
    checks
        Further results about the baseline, label to text.
    found
        The replications, if they have been made: :func:`scenarios.request.answer`.

    Raises
    ------
    ScenarioError
        If a scenario changes another company, or the request makes no sense.
    """
    request = request or Request()
    window, confidence = request.period, request.confidence
    found = answer(baseline, scenarios, request) if found is None else found
    base = found.baseline
    settled, short = _settling(baseline, found, request)
    outcomes = [
        outcome("baseline", "As it is", baseline.description, (), base, base, confidence, short)
    ]
    outcomes += [
        outcome(
            scenario.name,
            scenario.title,
            scenario.description,
            scenario.settings,
            found.scenarios[scenario.name],
            base,
            confidence,
            business_case=_business_case(scenario, found, request),
        )
        for scenario in scenarios
    ]
    return Comparison(
        company=baseline.name,
        currency=baseline.currency,
        seed=request.seed,
        replications=len(base),
        confidence=confidence,
        warm_up_days=window.warm_up_days,
        measured_days=window.measured_days,
        cool_down_days=window.cool_down_days,
        orders=float(np.mean([run.orders for run in base])),
        outcomes=tuple(outcomes),
        differences=differences(
            found.scenarios, base, confidence, _controls(baseline, len(base), request)
        ),
        terms_bound={
            one.name: one.estimates["terms_share"].mean
            for one in outcomes
            if "terms_share" in one.estimates
        },
        parameters=tuple(
            ParameterSource(path, _text(p.value), p.provenance, p.source)
            for path, p in parameters(baseline)
        ),
        checks=dict(checks or {}),
        command=command,
        warm_up=settled,
        decision="" if found.decision is None else found.decision.text,
        versions=versions() | _extension_used(request.extension) | _opening_used(request.opening),
    )


def _settling(
    baseline: CompanyModel, found: Answer, request: Request
) -> tuple[dict[str, WarmUp], tuple[str, ...]]:
    """Return the warm-up that the baseline's balances need, and a warning if it was shorter."""
    window = request.period
    if request.opening is not None:
        return {}, ()
    settled = detect_warm_ups(
        {name: np.array([run.whole_run[name] for run in found.baseline]) for name in WHOLE_RUN}
    )
    short = short_warm_up(baseline, window)
    if short:
        return settled, short
    told = [
        f"{name}: {one.why}"
        if not one.reliable
        else f"{name} took {one.days} days to settle, longer than the warm-up of "
        f"{window.warm_up_days} ({one.why})"
        for name, one in settled.items()
        if not one.reliable or one.days > window.warm_up_days
    ]
    return settled, tuple(told)


def _controls(
    baseline: CompanyModel, replications: int, request: Request
) -> dict[str, Controls] | None:
    """Return the control variates by unit of a KPI; None if they are not wanted."""
    if not request.control_variates:
        return None
    luck = demand_controls(
        baseline, request.period, seed=request.seed, replications=range(replications)
    )
    return {unit: Controls(luck.of_unit(unit), luck.means) for unit in CONTROLS_BY_UNIT}


def _business_case(scenario: Scenario, found: Answer, request: Request) -> BusinessCase | None:
    """Return what a scenario is worth; None if it is not in force on any measured day."""
    file = scenario.file
    timing = timing_of(
        [_span(phase, request.period.measured_days) for phase in file.phases],
        # In a file of phases alone the volume responds with the first of them.
        always=bool(
            file.levers or file.overrides or (file.volume_response_pct and not file.phases)
        ),
        measured_days=request.period.measured_days,
        from_given_state=request.opening is not None,
    )
    if timing is None:
        return None
    return business_case(
        found.baseline,
        found.scenarios[scenario.name],
        model=scenario.baseline,
        changed=scenario.steps[-1].model if scenario.steps else scenario.model,
        timing=timing,
        cost=None if file.cost is None else Cost(**file.cost.model_dump()),
        volume_response_pct=file.volume_response_pct,
        confidence=request.confidence,
    )


def _span(phase: Phase, measured_days: int) -> Span:
    """Return when a phase is in force; what happens once is over when the measured days are."""
    once = phase.levers and not phase.overrides
    if once and all(LEVERS[name].write_on is not None for name in phase.levers):
        return Span(phase.from_day, measured_days)
    return Span(phase.from_day, phase.until_day)


def _extension_used(extension: Path | str | None) -> dict[str, str]:
    """Return the name of a user's own file and its SHA-256, if there is one."""
    if extension is None:
        return {}
    return {f"extension {Path(extension).name}": load_extension(extension).sha256}


def _opening_used(opening: Opening | None) -> dict[str, str]:
    return {} if opening is None else {"opening state": opening.sha256}


def _text(value: object) -> str:
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        value = dump(by_alias=True, exclude_none=True)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return " ".join(_text(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
