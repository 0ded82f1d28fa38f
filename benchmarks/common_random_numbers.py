"""How many replications common random numbers save, scenario by scenario.

Replication r of a scenario and of its company meet the same orders, customers and luck. With
independent seeds the variance of a difference would be the sum of both variances; the table has the
ratio of that sum to the variance of the paired differences, which is the factor by which fewer
replications give an interval of the same width. Where it is small, a second line has the most that
any pairing could save, the factor of the change in percent, and that with control variates.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mining.kpis import DEFINITIONS
from o2c_sim import ToolkitError, Window, fingerprint
from scenarios.control_variates import controlled_interval
from scenarios.demand_controls import CONTROLS_BY_UNIT, demand_controls
from scenarios.differences import MAIN, Controls
from scenarios.experiment import Plan, Replication, run_replications
from scenarios.scenario import load_scenario, scenario_names
from scenarios.statistics import Interval, pairing_bound, pairing_gain

# What is asked of Case A on the reference company.
AIM = 12.0


@dataclass(frozen=True, slots=True)
class Gain:
    """What common random numbers save for one metric.

    Parameters
    ----------
    difference
        :func:`scenarios.statistics.pairing_gain` of the difference, with its interval.
    change_pct
        Mean difference in percent of the baseline's mean.
    bound
        The most that any pairing could save.
    percentage
        The gain of the change in percent, the ratio taken as known.
    controlled
        The gain of the difference with control variates; NaN where none is used.
    controls
        Their names.
    """

    difference: Interval
    change_pct: float
    bound: float
    percentage: Interval
    controlled: float
    controls: tuple[str, ...]


def gains(
    scenario: Sequence[Replication],
    baseline: Sequence[Replication],
    controls: Mapping[str, Controls] | None = None,
) -> dict[str, Gain]:
    """Return each main metric's gain.

    Parameters
    ----------
    scenario, baseline
        Their replications, in the same order.
    controls
        Unit of a KPI to its control variates.
    """
    found = {}
    for key in MAIN:
        after, before = (np.array([run.kpis[key] for run in runs]) for runs in (scenario, baseline))
        ratio = after.mean() / before.mean() if before.mean() else float("nan")
        gain = pairing_gain(after, before)
        known = (controls or {}).get(DEFINITIONS[key].unit, Controls())
        with_them = controlled_interval(after - before, known.values, known.means)
        found[key] = Gain(
            difference=gain,
            change_pct=float(100 * (ratio - 1)),
            bound=pairing_bound(after, before),
            # The error of a ratio of means is that of the scenario less ratio times baseline
            # (Cochran 1977, section 6.3).
            percentage=pairing_gain(after, ratio * before),
            controlled=gain.estimate / with_them.variance_ratio
            if with_them.controls
            else float("nan"),
            controls=with_them.controls,
        )
    return found


def line(name: str, key: str, gain: Gain) -> str:
    """Return the rows of one metric of the table."""
    found = gain.difference
    text = f"{name:<28}{key:<30}{gain.change_pct:>+8.1f} %"
    if np.isnan(found.estimate):
        return text + "  no value in some replication"
    if np.isinf(found.estimate):
        return text + ("  as much in every replication" if gain.change_pct else "  not touched")
    mark = (
        " WORSE THAN INDEPENDENT"
        if found.high < 1
        else " not told from 1"
        if found.low <= 1
        else ""
    )
    if not found.estimate < AIM:
        return text + f"{_factor(found)}{mark}"
    below = "" if mark else f" below {AIM:.0f}"
    told = [f"at most {gain.bound:,.1f} by any pairing"]
    if np.isfinite(gain.percentage.estimate):
        told.append(f"change in percent {_factor(gain.percentage).strip()}")
    if gain.controls:
        told.append(f"with {', '.join(gain.controls)} as control {gain.controlled:,.1f}")
    return f"{text}{_factor(found)}{mark}{below}\n{'':<28}{'; '.join(told)}"


def _factor(gain: Interval) -> str:
    return f"{gain.estimate:>12,.1f}  ({gain.low:,.1f} to {gain.high:,.1f})"


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
    known: dict[str, dict[str, Controls]] = {}
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
            luck = demand_controls(
                scenario.baseline, window, seed=asked.seed, replications=range(asked.replications)
            )
            known[company] = {
                unit: Controls(luck.of_unit(unit), luck.means) for unit in CONTROLS_BY_UNIT
            }
        for key, gain in gains(runs[0], baselines[company], known[company]).items():
            print(line(scenario.name, key, gain), flush=True)
            worse += gain.difference.high < 1
    if worse:
        print(f"{worse} differences vary more than with independent seeds", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
