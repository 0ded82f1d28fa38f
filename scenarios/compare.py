"""Compare scenarios with their baseline: paired differences, bands, what the terms bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import special

from mining.kpis import DEFINITIONS
from o2c_sim import (
    CompanyModel,
    Problem,
    ScenarioError,
    Window,
    fingerprint,
    load_extension,
    parameters,
)
from o2c_sim.opening import Opening
from o2c_sim.simulation import versions
from scenarios.comparison import (
    Band,
    Comparison,
    Estimate,
    LeverSetting,
    MetricDifference,
    ParameterSource,
    ScenarioOutcome,
)
from scenarios.executors import default_workers
from scenarios.experiment import Replication, run_replications
from scenarios.scenario import Scenario
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
# Receivables settle only once the longest terms and the tail of late payments have passed.
SETTLING_DAYS = 60


def compare(
    baseline: CompanyModel,
    scenarios: Sequence[Scenario],
    *,
    seed: int = 1,
    replications: int = 10,
    window: Window | None = None,
    workers: int | None = None,
    extension: Path | str | None = None,
    opening: Opening | None = None,
    confidence: float = 0.95,
    command: str = "",
    checks: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Comparison:
    """Simulate a baseline and its scenarios and compare them.

    Parameters
    ----------
    baseline
        The company as it is.
    scenarios
        What would change; each must change this company, and names must differ.
    seed, replications, window, workers, extension, opening
        See :func:`scenarios.experiment.run_replications`.
    confidence
        Of all intervals and of the verdicts.
    command
        The command line that reproduces the comparison.
    checks
        Further results about the baseline, label to text.
    progress
        Called with the number of finished runs and of all runs.

    Raises
    ------
    ScenarioError
        If a scenario changes another company, or the request makes no sense.
    """
    window = window or (Window() if opening is None else Window(warm_up_days=0))
    _require_comparable(baseline, scenarios, confidence)
    models = [baseline, *(scenario.model for scenario in scenarios)]
    runs = run_replications(
        models,
        seed=seed,
        replications=replications,
        window=window,
        workers=default_workers() if workers is None else workers,
        extension=extension,
        opening=opening,
        progress=progress,
    )
    base = runs[0]
    short = () if opening is not None else _short_warm_up(baseline, window)
    outcomes = [
        _outcome("baseline", "As it is", baseline.description, (), base, base, confidence, short)
    ]
    for scenario, result in zip(scenarios, runs[1:], strict=True):
        outcomes.append(
            _outcome(
                scenario.name,
                scenario.title,
                scenario.description,
                scenario.settings,
                result,
                base,
                confidence,
            )
        )
    return Comparison(
        company=baseline.name,
        currency=baseline.currency,
        seed=seed,
        replications=replications,
        confidence=confidence,
        warm_up_days=window.warm_up_days,
        measured_days=window.measured_days,
        cool_down_days=window.cool_down_days,
        orders=float(np.mean([run.orders for run in base])),
        outcomes=tuple(outcomes),
        differences=differences(
            {s.name: result for s, result in zip(scenarios, runs[1:], strict=True)},
            base,
            confidence,
        ),
        terms_bound={
            outcome.name: outcome.estimates["terms_share"].mean
            for outcome in outcomes
            if "terms_share" in outcome.estimates
        },
        parameters=tuple(
            ParameterSource(path, _text(p.value), p.provenance, p.source)
            for path, p in parameters(baseline)
        ),
        checks=dict(checks or {}),
        command=command,
        versions=versions() | _extension_used(extension) | _opening_used(opening),
    )


def _extension_used(extension: Path | str | None) -> dict[str, str]:
    """Return the name of a user's own file and its SHA-256, if there is one."""
    if extension is None:
        return {}
    return {f"extension {Path(extension).name}": load_extension(extension).sha256}


def _opening_used(opening: Opening | None) -> dict[str, str]:
    return {} if opening is None else {"opening state": opening.sha256}


def differences(
    scenarios: Mapping[str, Sequence[Replication]],
    baseline: Sequence[Replication],
    confidence: float,
) -> dict[str, tuple[MetricDifference, ...]]:
    """Return every KPI's paired difference from the baseline.

    Holm's correction is made over all scenarios for the :data:`MAIN` KPIs as one family and for all
    others as a second one, so that the many figures told beside it do not drown the answer.
    """
    keys = [key for key in DEFINITIONS if all(key in run.kpis for run in baseline)]
    pairs = [(name, key) for name in scenarios for key in keys]
    deltas = {(name, key): _kpi(scenarios[name], key) - _kpi(baseline, key) for name, key in pairs}
    adjusted: dict[tuple[str, str], float] = {}
    for family in (True, False):
        tested = [pair for pair in pairs if (pair[1] in MAIN) == family]
        corrected = holm([paired_p_value(deltas[pair]) for pair in tested])
        adjusted |= dict(zip(tested, corrected, strict=True))
    found: dict[str, list[MetricDifference]] = {name: [] for name in scenarios}
    for name, key in pairs:
        p = adjusted[name, key]
        before = t_interval(_kpi(baseline, key), confidence)
        delta = deltas[name, key]
        found[name].append(
            MetricDifference(
                metric=key,
                baseline=before,
                scenario=t_interval(_kpi(scenarios[name], key), confidence),
                difference=t_interval(delta, confidence),
                relative_pct=_relative(delta, before, confidence),
                adjusted_p=p,
                detected=p < 1 - confidence,
            )
        )
    return {name: tuple(rows) for name, rows in found.items()}


def _require_comparable(
    baseline: CompanyModel, scenarios: Sequence[Scenario], confidence: float
) -> None:
    problems = []
    if not scenarios:
        problems.append(Problem("nothing to compare", suggestion="name at least one scenario"))
    if not 0.5 <= confidence < 1:
        problems.append(Problem(f"a confidence of {confidence:g}", allowed="0.5 to below 1"))
    names = ["baseline", *(scenario.name for scenario in scenarios)]
    problems += [
        Problem(f"two scenarios are called {name!r}", suggestion="give each its own name")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    problems += [
        Problem(
            f"scenario {s.name!r} changes the company {s.baseline.name!r}, not {baseline.name!r}"
        )
        for s in scenarios
        if fingerprint(s.baseline) != fingerprint(baseline)
    ]
    if problems:
        raise ScenarioError(problems)


def _outcome(
    name: str,
    title: str,
    description: str,
    settings: tuple[LeverSetting, ...],
    runs: Sequence[Replication],
    baseline: Sequence[Replication],
    confidence: float,
    warnings: tuple[str, ...] = (),
) -> ScenarioOutcome:
    # Cash counts from what the baseline had received when the measured period began, so that
    # a scenario's lead at that point shows.
    cash = np.array(
        [
            r.receipts_to_date[1:] - b.receipts_to_date[0]
            for r, b in zip(runs, baseline, strict=True)
        ]
    )
    lead = np.array(
        [
            r.receipts_to_date[1:] - b.receipts_to_date[1:]
            for r, b in zip(runs, baseline, strict=True)
        ]
    )
    process_map = runs[0].process_map
    assert process_map is not None
    return ScenarioOutcome(
        name=name,
        title=title,
        description=description,
        settings=settings,
        estimates={key: t_interval(_kpi(runs, key), confidence) for key in runs[0].kpis},
        cash_in=_band(cash),
        cash_lead=(
            _t_band(lead, confidence, 1 / np.sqrt(len(lead))) if runs is not baseline else None
        ),
        receivables=_band(np.array([run.receivables for run in runs])),
        utilisation={
            role: t_interval(np.array([run.utilisation[role] for run in runs]), confidence)
            for role in runs[0].utilisation
        },
        process_map=process_map,
        warnings=(*warnings, *_warnings(runs)),
    )


def _short_warm_up(model: CompanyModel, window: Window) -> tuple[str, ...]:
    needed = model.customers.payment_terms_days.value.highest() + SETTLING_DAYS
    if window.warm_up_days >= needed:
        return ()
    return (
        f"the warm-up of {window.warm_up_days} days is shorter than the longest payment terms plus "
        f"{SETTLING_DAYS} days ({needed:.0f}): the company starts empty, so receivables, DSO and "
        "cash tied up have not settled",
    )


def _warnings(runs: Sequence[Replication]) -> tuple[str, ...]:
    found = [
        f"replication {number}: {warning}"
        for number, run in enumerate(runs)
        for warning in run.warnings
    ]
    still_open = float(np.mean([run.kpis.get("open_share", 0.0) for run in runs]))
    if still_open > 0.01:
        found.append(
            f"{still_open:.1%} of the orders are still open when the run ends; cycle times leave "
            "them out and are too short: lengthen the cool-down"
        )
    return tuple(found)


def _kpi(runs: Sequence[Replication], key: str) -> Array:
    return np.array([run.kpis[key] for run in runs], dtype=np.float64)


def _relative(delta: Array, before: Estimate, confidence: float) -> Estimate | None:
    # A percentage of a baseline that may be zero says nothing.
    if not before.low > 0 and not before.high < 0:
        return None
    return t_interval(100 * delta / abs(before.mean), confidence)


def _band(values: Array, level: float = 0.90) -> Band:
    """Return the mean by day and, for one more replication, its prediction interval."""
    return _t_band(values, level, np.sqrt(1 + 1 / len(values)))


def _t_band(values: Array, level: float, width: float) -> Band:
    n = len(values)
    mean = values.mean(axis=0)
    half = special.stdtrit(n - 1, 0.5 + level / 2) * values.std(axis=0, ddof=1) * width
    return Band(
        day=np.arange(1, values.shape[1] + 1, dtype=np.float64),
        mean=mean,
        low=mean - half,
        high=mean + half,
    )


def _text(value: object) -> str:
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        value = dump(by_alias=True, exclude_none=True)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return " ".join(_text(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
