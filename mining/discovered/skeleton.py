"""The control flow of a discovered process as a diagram, to be looked at."""

from __future__ import annotations

import datetime as dt

import polars as pl

from mining.discovery import Model, discover_petri_net
from o2c_sim.discovered.model import DiscoveredModel
from o2c_sim.discovered.simulation import simulate_discovered

_MOST_CASES = 1_000


def skeleton(model: DiscoveredModel, noise: float = 0.2) -> Model:
    """Return the Petri net that the inductive miner finds in a simulated log of a process.

    It shows what the process does, with changes made to it; the process itself runs without it.

    Parameters
    ----------
    model
        The process.
    noise
        Share (0 to 1) of the most frequent successor below which a successor is left out.

    Raises
    ------
    MissingDependencyError
        If pm4py is not installed.
    """
    cases = min(_MOST_CASES, model.histories.cases)
    log = simulate_discovered(model, cases=cases, start=dt.datetime(2024, 1, 1), seed=0)
    view = log.with_columns(
        pl.col("case", "event").cast(pl.UInt32),
        pl.col("activity").cast(pl.Enum(sorted(set(log["activity"])))),
        pl.lit(None, pl.Boolean).alias("automated"),
    )
    found = discover_petri_net(view, noise)
    return Model(model.name, found.net, found.initial, found.final, found.tree)
