"""The report of a search: its pictures, its answer, and the numbers of its file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_search_pictures import KPI, broken_even, decomposed, front, screening, tornado_of

from reports.documents.document import Answer, pictures_of
from reports.documents.html import html
from reports.documents.search_document import search_document
from reports.figures.tornado import tornado_picture
from scenarios.search.search_file import SearchResult

FOUND = {
    "decompose": lambda: {"decompositions": (decomposed(), decomposed(response=KPI))},
    "sensitivity": lambda: {
        "bars": {KPI: tuple(tornado_of())},
        "screenings": (screening("morris"),),
    },
    "optimise": lambda: {"front": front()},
    "breakeven": lambda: {"break_evens": (broken_even("-40 %"), broken_even("= 99"))},
}


@pytest.mark.parametrize("verb", FOUND)
def test_every_result_is_drawn_and_told(verb):
    """One picture a result, the first ones in the answer; the page holds them all."""
    found = SearchResult(verb, "A company", "EUR", **FOUND[verb](), command=f"o2c {verb}")
    made = search_document(found, result={"format": "x"})
    pictures = pictures_of(made)
    assert len(pictures) == (1 if verb == "optimise" else 2)
    assert len({picture.key for picture in pictures}) == len(pictures)
    (answer,) = (one for one in made.sections[0].blocks if isinstance(one, Answer))
    assert [text for _, text in answer.items] == [picture.alternative for picture in pictures]
    page = html(made)
    assert page.count("<figure") >= len(pictures)
    assert f"o2c {verb}" in page
    assert dict(made.result()) == {"format": "x"}


def test_nothing_found_is_said():
    """A search without a result is no empty page."""
    page = html(search_document(SearchResult("optimise", "A company", "")))
    assert "found nothing that can be shown" in page


def test_a_tornado_of_noise_names_no_winner():
    """Nobody moves it most if no interval leaves zero out."""
    bars = [
        replace(bar, effects=tuple(replace(one, change=wide(one.change)) for one in bar.effects))
        for bar in tornado_of()
    ]
    assert "nothing detectable with 3 replications" in tornado_picture(bars, KPI).title
    assert tornado_picture(tornado_of(), KPI).title.endswith(": x most")


def wide(change):
    """Return an estimate that holds zero."""
    return replace(change, low=-9.0, high=9.0)
