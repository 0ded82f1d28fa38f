"""How far simulated logs lie from the log of the test period, by the published distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import polars as pl

from mining.log_comparison import distances

# The measures of the published tables: their names there, and in mining.log_comparison.
MEASURES = {"ngd": "ngd", "aedd": "aed", "cedd": "ced", "redd": "red", "ctdd": "ctd"}
UNITS = {"ngd": "share", "aedd": "hours", "cedd": "hours", "redd": "hours", "ctdd": "hours"}


@dataclass(frozen=True, slots=True)
class Score:
    """One measure over several runs.

    Parameters
    ----------
    runs
        Its value in each run.
    """

    runs: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean over the runs."""
        return fmean(self.runs)

    @property
    def sd(self) -> float:
        """Sample standard deviation over the runs; 0 with a single one."""
        return stdev(self.runs) if len(self.runs) > 1 else 0.0


def score(simulated: pl.DataFrame, test: pl.DataFrame) -> dict[str, float]:
    """Return the five distances of a log from the test log.

    Runs of three activities in the order of starts; both stamps of an event; bins of an hour.

    Parameters
    ----------
    simulated, test
        Event tables; see :func:`mining.validation.event_table.event_table`.

    Returns
    -------
    dict
        ``ngd`` (share), ``aedd``, ``cedd``, ``redd`` and ``ctdd`` (hours).

    References
    ----------
    Chapela-Campa et al., "A framework for measuring the quality of business process simulation
    models", Information Systems 127, 2025.
    """
    found = distances(test, simulated, gram=3)
    return {name: found[key][0] for name, key in MEASURES.items()}


def scores(runs: Sequence[Mapping[str, float]]) -> dict[str, Score]:
    """Return each measure over the runs that :func:`score` gave."""
    return {name: Score(tuple(run[name] for run in runs)) for name in MEASURES}
