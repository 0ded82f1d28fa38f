"""What a search found, as a document: effects, importances, trade-offs, break-evens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.documents.document import (
    Answer,
    Block,
    Document,
    Listing,
    Picture,
    Reproduction,
    Section,
)
from reports.search_words import within_words
from scenarios.search.search_file import SearchResult

_HEADINGS = {
    "decompose": "What did each setting do?",
    "sensitivity": "Which settings matter most?",
    "optimise": "What is the best that can be had?",
    "breakeven": "What does it take to reach the target?",
}


def search_document(
    found: SearchResult,
    *,
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
    command: str = "",
    seed: int | None = None,
    versions: Mapping[str, str] | None = None,
    result: Mapping[str, Any] | None = None,
) -> Document:
    """Return the report of a search.

    Parameters
    ----------
    found
        What one of ``o2c decompose``, ``sensitivity``, ``optimise`` and ``breakeven`` wrote.
    definitions
        Labels and units of the KPIs.
    command, seed, versions
        What makes it again; the command of the result is taken where there is one.
    result
        The result as its file has it, for the JSON format.
    """
    pictures = _pictures(found, definitions)
    warnings = [text for one in found.break_evens for text in one.warnings]
    said = [one.alternative for one in pictures[:4]]
    if found.within is not None:
        said = within_words(found.within, found.currency, definitions, labels=True)
    blocks: list[Block] = [Answer([("", text) for text in said])]
    if not pictures:
        blocks = [Answer([("", "The search found nothing that can be shown.")])]
    if warnings:
        blocks.append(Listing("What limits it", warnings))
    return Document(
        kind="search",
        title=f"{found.company}: {found.verb}",
        heading=_HEADINGS[found.verb],
        kicker=f"{found.company} · order to cash · {found.verb}",
        basis="Simulated; every difference is paired by replication with the same random numbers.",
        sections=[
            Section("answer", "The answer", [*blocks, *pictures[:1]]),
            *(
                Section(f"more-{number}", _title(one), [one], new_page=True)
                for number, one in enumerate(pictures[1:], start=1)
            ),
        ],
        reproduction=Reproduction(found.command or command, seed, dict(versions or {})),
        currency=found.currency,
        result=None if result is None else lambda: result,
    )


def _pictures(found: SearchResult, definitions: Mapping[str, KpiDefinition]) -> list[Picture]:
    from reports.figures.best_within import best_within_picture
    from reports.figures.break_even_curve import break_even_picture
    from reports.figures.cash_freed_waterfall import decomposition_picture
    from reports.figures.importance import importance_picture
    from reports.figures.pareto_front import pareto_picture
    from reports.figures.tornado import tornado_picture

    currency = found.currency
    made = [
        *(decomposition_picture(one, currency, definitions=definitions)
          for one in found.decompositions),
        *(tornado_picture(bars, kpi, currency, definitions=definitions)
          for kpi, bars in found.bars.items()),
        *(importance_picture(one, currency, definitions=definitions) for one in found.screenings),
        *(break_even_picture(one, currency, key=f"break-even-{number}", definitions=definitions)
          for number, one in enumerate(found.break_evens, start=1)),
    ]  # fmt: skip
    if found.within is not None:
        made += [
            best_within_picture(
                found.within, currency, key=f"best-within-{number + 1}", limit=number,
                definitions=definitions,
            )
            for number in range(len(found.within.constraints))
        ]  # fmt: skip
    front = found.front
    if front is not None:
        names: Sequence[str] = front.responses
        made += [
            pareto_picture(
                front, currency, key=f"pareto-front-{number}", responses=(names[0], other),
                definitions=definitions,
            )
            for number, other in enumerate(names[1:], start=1)
        ]  # fmt: skip
    return made


def _title(picture: Picture) -> str:
    return picture.title.split(":")[0]
