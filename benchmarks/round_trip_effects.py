"""Whether a scenario does the same in a calibrated company as in the company its log is from."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.round_trip_companies import source_of_company, varied_company
from mining.calibration.company import calibrate
from o2c_sim import Window
from scenarios.differences import MAIN, kpi_values
from scenarios.parameter_uncertainty import uncertain_comparison
from scenarios.request import Request, answer
from scenarios.scenario import load_scenario, rebased
from scenarios.statistics import t_interval

SEEDS = range(1001, 1004)
SCENARIOS = ("case_a", "shorter_terms")
REPLICATIONS = 5
WINDOW = Window(20, 40, 50)
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Effect:
    """What a scenario changes of one KPI, in a company and in what was calibrated from its log.

    Parameters
    ----------
    seed, scenario, metric
        The company, and names.
    true, recovered
        Mean changes.
    true_half, recovered_half
        Half-widths of their 95 % intervals: of luck alone, and with not knowing the company.
    """

    seed: int
    scenario: str
    metric: str
    true: float
    recovered: float
    true_half: float
    recovered_half: float

    @property
    def agrees(self) -> bool:
        """Whether the two differ by no more than their joint interval allows."""
        joint = math.hypot(self.true_half, self.recovered_half)
        return abs(self.true - self.recovered) <= joint + 1e-9


def effects(seed: int) -> tuple[Effect, ...]:
    """Return the effects of all scenarios in the company of a seed, true and recovered.

    The replications of both have the same seed, which makes their luck alike and the test harder.
    """
    _, model = varied_company(seed)
    found = calibrate(source_of_company(model, seed), seed=seed)
    request = Request(
        seed=seed, replications=REPLICATIONS, window=WINDOW, confidence=CONFIDENCE, workers=1
    )
    library = [load_scenario(name) for name in SCENARIOS]
    truth = answer(model, [rebased(one, model) for one in library], request)
    moved = [rebased(one, found.company) for one in library]
    known = answer(found.company, moved, request)
    compared = uncertain_comparison(found.company, found.uncertainty, moved, request, known)
    rows = []
    for one in compared.effects:
        changes = kpi_values(truth.scenarios[one.scenario], one.metric) - kpi_values(
            truth.baseline, one.metric
        )
        true = t_interval(changes, CONFIDENCE)
        rows.append(
            Effect(
                seed,
                one.scenario,
                one.metric,
                true.mean,
                one.uncertain.mean,
                (true.high - true.low) / 2,
                (one.uncertain.high - one.uncertain.low) / 2,
            )
        )
    return tuple(rows)


def all_effects(seeds: Iterable[int] = SEEDS, workers: int = 2) -> list[Effect]:
    """Return the effects in the companies of all seeds."""
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        return [one for rows in pool.map(effects, seeds, chunksize=1) for one in rows]


def effects_table(rows: Sequence[Effect]) -> list[str]:
    """Return the lines of the table per scenario and KPI, and the sum."""
    lines = ["| scenario | KPI | companies | agree |", "|---|---|---|---|"]
    for scenario in SCENARIOS:
        for metric in MAIN:
            cells = [one for one in rows if (one.scenario, one.metric) == (scenario, metric)]
            agree = sum(one.agrees for one in cells)
            lines.append(f"| `{scenario}` | `{metric}` | {len(cells)} | {agree} |")
    return [*lines, f"| all | | {len(rows)} | {sum(one.agrees for one in rows)} |"]
