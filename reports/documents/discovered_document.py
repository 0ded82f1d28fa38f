"""A process as it was learned from a log, as a document: what it holds and how that was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from reports.documents.cells import count_cell, duration_cell, text_cell
from reports.documents.document import (
    Answer,
    Block,
    Column,
    Document,
    Listing,
    Reproduction,
    Section,
    Table,
    Text,
)
from reports.number_text import count_text, significant_text

if TYPE_CHECKING:
    from o2c_sim.discovered.model import DiscoveredModel
    from o2c_sim.discovered.weeks import Week

# As many rows of a table as a page can bear; the model file has all.
_MOST_ROWS = 200


def discovered_document(
    model: DiscoveredModel, told: Mapping[str, Any], reproduction: Reproduction
) -> Document:
    """Return the document of a discovered process.

    Parameters
    ----------
    model
        The process.
    told
        What ``o2c calibrate --discovered`` writes as ``calibration.json``; the result of a report
        as JSON.
    reproduction
        What makes the document again.
    """
    people = [pool for pool in model.pools if not _unlimited(pool.capacity)]
    sentences = (
        f"Learned from {count_text(model.histories.cases)} cases with "
        f"{count_text(len(model.activities))} activities; "
        f"{significant_text(model.arrivals.per_week)} cases arrive a week. "
        + (
            f"{count_text(len(people))} of {count_text(len(model.pools))} groups of people or "
            "systems are busy or off duty at times, so that cases wait for them."
            if people
            else "Nobody is known that cases wait for: all waiting is taken from the log."
        )
    )
    return Document(
        kind="discovered",
        title=f"{model.name}: discovered process",
        heading="What does the log say of this process?",
        kicker=model.name,
        basis=f"Learned from {model.source.partition('; ')[0]}.",
        sections=[
            Section("answer", "Summary", [Answer([("", sentences)])]),
            Section("activities", "What is done", _activities(model)),
            Section("pools", "Who does it", _pools(model)),
            Section("choices", "How it was learned", _choices(model)),
        ],
        reproduction=reproduction,
        result=lambda: dict(told),
    )


def _activities(model: DiscoveredModel) -> list[Block]:
    from o2c_sim.discovered.document import facts

    parts = sorted(
        facts(model.histories, model.activities).items(), key=lambda one: (-one[1].steps, one[0])
    )
    rows = [
        (
            text_cell(name),
            count_cell(part.steps),
            count_cell(part.cases),
            duration_cell(part.median_work_hours),
            duration_cell(part.median_delay_hours),
        )
        for name, part in parts[:_MOST_ROWS]
    ]
    heads = [
        Column("Activity"), Column("Steps", right=True), Column("Cases", right=True),
        Column("Work, median", right=True), Column("Delay, median", right=True),
    ]  # fmt: skip
    more = f" The {_MOST_ROWS} most frequent are shown." if len(parts) > _MOST_ROWS else ""
    note = (
        "Work: from start to end. Delay: waiting that neither people nor working hours explain, "
        f"such as for a customer. Both in hours of the clock.{more}"
    )
    return [Text([note], small=True), Table("activities", "Activities", heads, rows)]


def _pools(model: DiscoveredModel) -> list[Block]:
    from o2c_sim.discovered.week_text import week_as_line

    if not model.pools:
        return [Text(["The log names neither people nor systems, or none that cases wait for."])]
    rows = [
        (
            text_cell(pool.name),
            text_cell("no limit") if _unlimited(pool.capacity) else count_cell(pool.capacity),
            count_cell(len(pool.resources)),
            text_cell(week_as_line(_whole_minutes(pool.week))),
        )
        for pool in model.pools[:_MOST_ROWS]
    ]
    heads = [
        Column("Group"), Column("Tasks at the same time", right=True),
        Column("Names in the log", right=True), Column("Working week, UTC"),
    ]  # fmt: skip
    return [Table("pools", "Groups of people and systems", heads, rows)]


def _choices(model: DiscoveredModel) -> list[Block]:
    chosen = [part for part in model.source.split("; ")[1:] if part]
    blocks: list[Block] = [
        Text(
            [
                "What a log cannot tell in one way is learned in several, and the one is taken "
                "that comes nearest to a part of the log that it has not seen."
            ],
            small=True,
        )
    ]
    if chosen:
        blocks.append(
            Listing("Chosen by the log", [f"{one[:1].upper()}{one[1:]}" for one in chosen])
        )
    return blocks


def _whole_minutes(week: Week) -> Week:
    """Return hours for people: rounded outwards, as far as the next ones."""
    return tuple((floor(opens * 60) / 60, ceil(closes * 60) / 60) for opens, closes in week)


def _unlimited(capacity: int) -> bool:
    from o2c_sim.discovered.model import UNLIMITED

    return capacity >= UNLIMITED
