"""Many scenarios beside one baseline: one table instead of one report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from o2c_sim import CompanyModel
from scenarios.comparison import MetricDifference
from scenarios.differences import differences
from scenarios.outcomes import run_warnings
from scenarios.request import Request, answer
from scenarios.scenario import Scenario

_ESTIMATES = ("baseline", "value", "difference", "relative_pct")
_SCHEMA = {
    "scenario": pl.String,
    "metric": pl.String,
    **{f"{name}{limit}": pl.Float64 for name in _ESTIMATES for limit in ("", "_low", "_high")},
    "adjusted_p": pl.Float64,
    "detected": pl.Boolean,
    "replications": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class Sweep:
    """What many scenarios gave beside one baseline.

    Parameters
    ----------
    company, currency
        Name of the baseline and ISO code of its currency.
    replications
        Number per scenario.
    titles
        Scenario name to its title.
    settings
        Scenario name to what it changes: lever or path to the value after.
    differences
        Scenario name to every KPI's difference; Holm's correction is over all scenarios.
    warnings
        Scenario name to what limits its result, where something does.
    decision
        Why there are no more replications, in words; empty if their number was given.
    """

    company: str
    currency: str
    replications: int
    titles: Mapping[str, str]
    settings: Mapping[str, Mapping[str, str]]
    differences: Mapping[str, tuple[MetricDifference, ...]]
    warnings: Mapping[str, tuple[str, ...]]
    decision: str = ""

    def of(self, metric: str) -> dict[str, MetricDifference]:
        """Return scenario name to the difference of a KPI."""
        return {
            name: row
            for name, rows in self.differences.items()
            for row in rows
            if row.metric == metric
        }

    def long(self) -> pl.DataFrame:
        """Return one row a scenario and KPI, with the limits of every estimate."""
        rows = []
        for name, differences_of_one in self.differences.items():
            for row in differences_of_one:
                estimates = (row.baseline, row.scenario, row.difference, row.relative_pct)
                limits = [
                    number
                    for one in estimates
                    for number in ((None,) * 3 if one is None else (one.mean, one.low, one.high))
                ]
                own = (row.adjusted_p, row.detected, row.scenario.replications)
                rows.append((name, row.metric, *limits, *own))
        return pl.DataFrame(rows, schema=_SCHEMA, orient="row")

    def wide(self, metrics: Sequence[str]) -> pl.DataFrame:
        """Return one row a scenario: its settings, then each KPI with its difference."""
        levers = list(dict.fromkeys(lever for own in self.settings.values() for lever in own))
        columns: dict[str, list[object]] = {"scenario": list(self.titles)}
        for lever in levers:
            columns[lever] = [own.get(lever) for own in self.settings.values()]
        for metric in metrics:
            rows = [self.of(metric)[name] for name in self.titles]
            columns[metric] = [row.scenario.mean for row in rows]
            columns[f"{metric}.difference"] = [row.difference.mean for row in rows]
            columns[f"{metric}.difference_low"] = [row.difference.low for row in rows]
            columns[f"{metric}.difference_high"] = [row.difference.high for row in rows]
            columns[f"{metric}.detected"] = [row.detected for row in rows]
        return pl.DataFrame(columns, strict=False)


def sweep(baseline: CompanyModel, scenarios: Sequence[Scenario], request: Request) -> Sweep:
    """Simulate a baseline and many scenarios; see :func:`scenarios.compare.compare`.

    Raises
    ------
    ScenarioError
        If a scenario changes another company, or the request makes no sense.
    """
    found = answer(baseline, scenarios, request)
    return Sweep(
        company=baseline.name,
        currency=baseline.currency,
        replications=len(found.baseline),
        titles={one.name: one.title for one in scenarios},
        settings={
            one.name: {setting.lever: setting.after for setting in one.settings}
            for one in scenarios
        },
        differences=differences(found.scenarios, found.baseline, request.confidence),
        warnings={
            name: told for name, runs in found.scenarios.items() if (told := run_warnings(runs))
        },
        decision="" if found.decision is None else found.decision.text,
    )
