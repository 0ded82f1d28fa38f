"""Scenarios that a command line names, and the company that they change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from o2c_sim import CompanyModel
    from scenarios.scenario import Scenario


def load_all(
    scenarios: Sequence[str],
    company: str | None,
    settings: Sequence[str],
    *,
    grids: bool = False,
) -> tuple[CompanyModel, list[Scenario]]:
    """Return the baseline and the scenarios, every fault of all files reported at once.

    Parameters
    ----------
    scenarios
        Files, or names of scenarios that ship.
    company
        Another company than the one that the scenarios name.
    settings
        ``PATH=VALUE``: parameters of the company, which hold in every scenario.
    grids
        Whether a file may hold many scenarios.
    """
    from o2c_sim import (
        Problem,
        ScenarioError,
        ToolkitError,
        fingerprint,
        load_company,
        override,
    )
    from reports.cli.settings import parse_settings
    from scenarios.scenario import load_scenario, load_scenarios, rebased

    changes = parse_settings(settings)
    loaded: list[Scenario] = []
    problems = []
    for source in scenarios:
        try:
            loaded += (
                load_scenarios(source, extends=company)
                if grids
                else [load_scenario(source, extends=company)]
            )
        except ToolkitError as error:
            problems += list(error.problems)
    if problems:
        raise ScenarioError(problems)
    companies = {scenario.file.extends: scenario.baseline for scenario in loaded}
    if company is None and len({fingerprint(model) for model in companies.values()}) > 1:
        raise ScenarioError(
            Problem(
                f"the scenarios change different companies: {', '.join(companies)}",
                allowed="scenarios of one company",
                suggestion="one command for each company, or --company NAME for all of them",
            )
        )
    baseline = loaded[0].baseline if company is None else load_company(company)
    if changes:
        baseline = override(baseline, changes, "--set")
        loaded = [rebased(scenario, baseline) for scenario in loaded]
    return baseline, loaded
