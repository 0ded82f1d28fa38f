"""How many replications common random numbers save, scenario by scenario.

Replication r of a scenario and of its company meet the same orders, customers and luck. With
independent seeds the variance of a difference would be the sum of both variances; the table has the
ratio of that sum to the variance of the paired differences, which is the factor by which fewer
replications give an interval of the same width.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from o2c_sim import ToolkitError, Window, fingerprint
from scenarios.differences import MAIN
from scenarios.experiment import Plan, Replication, run_replications
from scenarios.scenario import load_scenario, scenario_names
from scenarios.statistics import Interval, pairing_gain

# What is asked of Case A on the reference company.
AIM = 12.0


def gains(
    scenario: Sequence[Replication], baseline: Sequence[Replication]
) -> dict[str, tuple[Interval, float]]:
    """Return each main metric's gain with its interval, and the mean difference in percent."""
    found = {}
    for key in MAIN:
        after, before = (np.array([run.kpis[key] for run in runs]) for runs in (scenario, baseline))
        change = 100 * (after.mean() / before.mean() - 1) if before.mean() else float("nan")
        found[key] = (pairing_gain(after, before), float(change))
    return found


def line(name: str, key: str, gain: Interval, change: float) -> str:
    """Return one row of the table."""
    text = f"{name:<28}{key:<30}{change:>+8.1f} %"
    if np.isnan(gain.estimate):
        return text + "  no value in some replication"
    if np.isinf(gain.estimate):
        return text + ("  as much in every replication" if change else "  not touched")
    mark = (
        " WORSE THAN INDEPENDENT" if gain.high < 1 else " not told from 1" if gain.low <= 1 else ""
    )
    below = f" below {AIM:.0f}" if gain.estimate < AIM and not mark else ""
    return f"{text}{gain.estimate:>12,.1f}  ({gain.low:,.1f} to {gain.high:,.1f}){mark}{below}"


def main(command_line: list[str] | None = None) -> int:
    """Measure and print; return 1 if pairing makes a metric worse than independent seeds."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.common_random_numbers",
        description=(__doc__ or "").splitlines()[0],
    )
    default = Window()
    parser.add_argument("--scenarios", nargs="+", metavar="NAME", help="all that ship")
    parser.add_argument("--replications", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--warm-up", type=int, default=default.warm_up_days, metavar="DAYS")
    parser.add_argument("--days", type=int, default=default.measured_days)
    parser.add_argument("--cool-down", type=int, default=default.cool_down_days, metavar="DAYS")
    asked = parser.parse_args(command_line)
    if asked.replications < 4:
        parser.error(f"--replications {asked.replications}: at least 4")
    try:
        window = Window(asked.warm_up, asked.days, asked.cool_down)
        chosen = [load_scenario(name) for name in asked.scenarios or scenario_names()]
        plans = [Plan(scenario.model, scenario.changes(window)) for scenario in chosen]
    except ToolkitError as error:
        parser.error(str(error))
    print(
        f"{asked.replications} replications, seed {asked.seed}, window {asked.warm_up} + "
        f"{asked.days} + {asked.cool_down} days; 95 % intervals"
    )
    print(f"{'scenario':<28}{'metric':<30}{'change':>10}{'gain':>12}")
    baselines: dict[str, list[Replication]] = {}
    worse = 0
    for scenario, plan in zip(chosen, plans, strict=True):
        company = fingerprint(scenario.baseline)
        runs = run_replications(
            [plan] if company in baselines else [plan, Plan(scenario.baseline)],
            seed=asked.seed,
            replications=asked.replications,
            window=window,
            workers=asked.workers,
        )
        if company not in baselines:
            baselines[company] = runs[1]
        for key, (gain, change) in gains(runs[0], baselines[company]).items():
            print(line(scenario.name, key, gain, change), flush=True)
            worse += gain.high < 1
    if worse:
        print(f"{worse} differences vary more than with independent seeds", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
