"""What would change: scenarios, levers, paired comparison with intervals.

=================  ============================================================
Comparison         a baseline and its scenarios, compared
Estimate           a mean over replications with its interval
LEVERS             what a scenario can change, in business words
Lever              one thing that a scenario can change
MetricDifference   a paired difference of one KPI
Scenario           a scenario ready to run
ScenarioOutcome    what one scenario gave
combine_scenarios  several scenarios at once, as one
load_scenario      read a scenario and apply it to its company
load_scenarios     the same, for a file with a grid of many
read_comparison    read a comparison from its JSON file
scenario_names     the scenarios that ship
write_comparison   write a comparison as one JSON file
=================  ============================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from o2c_sim.lazy import loader

if TYPE_CHECKING:
    from scenarios.combination import combine_scenarios
    from scenarios.comparison import Comparison, Estimate, MetricDifference, ScenarioOutcome
    from scenarios.lever import Lever
    from scenarios.levers import LEVERS
    from scenarios.result_file import read_comparison, write_comparison
    from scenarios.scenario import Scenario, load_scenario, load_scenarios, scenario_names

__all__ = [
    "LEVERS",
    "Comparison",
    "Estimate",
    "Lever",
    "MetricDifference",
    "Scenario",
    "ScenarioOutcome",
    "combine_scenarios",
    "load_scenario",
    "load_scenarios",
    "read_comparison",
    "scenario_names",
    "write_comparison",
]

_HOMES = {
    "scenarios.combination": ("combine_scenarios",),
    "scenarios.comparison": ("Comparison", "Estimate", "MetricDifference", "ScenarioOutcome"),
    "scenarios.lever": ("Lever",),
    "scenarios.levers": ("LEVERS",),
    "scenarios.result_file": ("read_comparison", "write_comparison"),
    "scenarios.scenario": ("Scenario", "load_scenario", "load_scenarios", "scenario_names"),
}

__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
