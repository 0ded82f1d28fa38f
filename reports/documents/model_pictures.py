"""A process model in the document of a log: its diagram, or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from o2c_sim.errors import UsageError
from reports.documents.document import Block, Text
from reports.number_text import share_text

if TYPE_CHECKING:
    import polars as pl

    from mining.discovery import Model

# Names for `o2c plot`.
BPMN, NORMATIVE = "bpmn", "normative"
# What `o2c mine` leaves out of a model if nothing is said.
NOISE = 0.2


def model_blocks(model: Model, told: str) -> list[Block]:
    """Return the BPMN diagram of a model; of one too large to be read, a sentence instead.

    Parameters
    ----------
    model
        The model.
    told
        How it was come by, a sentence.

    Raises
    ------
    MissingDependencyError
        If pm4py or the package that lays graphs out is not installed.
    """
    from reports.figures.bpmn_picture import bpmn_picture

    try:
        return [bpmn_picture(model, key=BPMN, title="Process model", caption=told)]
    except UsageError as error:
        return [Text([f"{told} It is not drawn: {problem.message}." for problem in error.problems])]


def discovered_text(noise: float) -> str:
    """Return how a model was discovered; *noise* as of :mod:`mining.discovery`, 0 to 1."""
    rare = (
        f"a step that follows less than {share_text(noise)} as often as the most frequent one may "
        "be left out"
        if noise
        else "everything that happened is kept"
    )
    return f"Discovered from this log by the inductive miner; {rare}."


def known_models(cases: pl.DataFrame) -> list[Block]:
    """Return the discovered model of a case view, and the normative one where it applies.

    Raises
    ------
    LogError
        If there are no cases.
    MissingDependencyError
        If pm4py or the package that lays graphs out is not installed.
    """
    from mining.discovery import discover_petri_net

    found = model_blocks(discover_petri_net(cases, NOISE), discovered_text(NOISE))
    return [*found, *normative_blocks(cases)]


def normative_blocks(cases: pl.DataFrame) -> list[Block]:
    """Return the normative model at a glance: the steps that a case view records, if any."""
    from mining.normative import covered_stages
    from mining.reference_view import translate
    from reports.figures.bpmn_picture import normative_picture

    covered = set(translate(cases)[1]["reference"].drop_nulls())
    return [normative_picture(covered, key=NORMATIVE)] if covered_stages(covered) else []
