"""What replications of scenarios gave: estimates, paired differences, curves with bands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim import CompanyModel, Window
from scenarios.comparison import LeverSetting, ScenarioOutcome
from scenarios.differences import kpi_values
from scenarios.estimate import Band
from scenarios.experiment import Replication
from scenarios.money.results import BusinessCase
from scenarios.statistics import t_interval
from scenarios.warm_up import short_warm_up as shorter_than_terms

Array = npt.NDArray[np.float64]


def outcome(
    name: str,
    title: str,
    description: str,
    settings: tuple[LeverSetting, ...],
    runs: Sequence[Replication],
    baseline: Sequence[Replication],
    confidence: float,
    warnings: tuple[str, ...] = (),
    business_case: BusinessCase | None = None,
) -> ScenarioOutcome:
    """Return what a scenario's replications gave, beside those of the baseline.

    Parameters
    ----------
    name, title, description, settings
        Of the scenario.
    runs, baseline
        Paired replications; the same object twice for the baseline itself.
    confidence
        Of the intervals.
    warnings
        Said before those of the runs.
    business_case
        What it is worth.
    """
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
        estimates={key: t_interval(kpi_values(runs, key), confidence) for key in runs[0].kpis},
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
        warnings=(*warnings, *run_warnings(runs)),
        business_case=business_case,
    )


def short_warm_up(model: CompanyModel, window: Window) -> tuple[str, ...]:
    """Return a warning if the warm-up is shorter than the longest terms and their tail."""
    longest = model.customers.payment_terms_days.value.highest()
    warning = shorter_than_terms(window.warm_up_days, longest)
    return () if warning is None else (warning,)


def run_warnings(runs: Sequence[Replication]) -> tuple[str, ...]:
    """Return what limits the replications of a scenario, in words."""
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
