"""Text in the typeface of print: everything legible, nothing that turns a line round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from reports.figures.canvas import drawable, new_figure
from reports.figures.text_fit import printable, wrapped
from reports.figures.typeface import _covered, printed_width, substituted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Check Credit", "Check Credit"),
        ("\U0001f69a late", "[delivery truck] late"),
        ("\u652f\u6255", "[U+652F U+6255]"),
        ("\u30ab\u30ca", "[ka na]"),
        ("\ud55c", "[han]"),
        ("\uff26\uff55\uff4c\uff4c", "Full"),
        ("a\u202egpj.exe\u202c", "agpj.exe"),
        ("\u2764\ufe0f", "\u2764"),
        ("\U0001f468\u200d\U0001f469", "[man woman]"),
        ("a\tb\x00c", "a b c"),
        ("\u05e9\u05dc", "\u05e9\u05dc"),
        ("\u00e9\u20ac\u2212", "\u00e9\u20ac\u2212"),
    ],
)
def test_what_the_typeface_lacks_is_named(text: str, expected: str) -> None:
    """Names, sounds and code points by hand; what it has stays."""
    assert drawable(text) == expected


@given(st.text(alphabet=st.characters(), max_size=40))
def test_any_text_is_covered_and_stays_so(text: str) -> None:
    """Nothing is left that the typeface lacks, and doing it twice changes nothing."""
    once = substituted(text)
    assert _covered().issuperset(once)
    assert substituted(once) == once


def test_any_text_is_drawn_without_a_missing_glyph() -> None:
    """Matplotlib warns of each missing glyph, and warnings are errors here."""
    figure = new_figure(3, 1)
    text = "\U0001f69a \u652f \u05e9\u05dc \u0641\u0627 \u202ex $y$"
    figure.text(0, 0, drawable(text), parse_math=False)
    FigureCanvasAgg(figure).draw()


@given(st.text(max_size=60), st.floats(20, 200))
def test_lines_fit_and_nothing_is_lost(text: str, width: float) -> None:
    """Without a limit on lines each visible character comes once, in order."""
    lines = wrapped(text, 10.0, width, 10_000)
    assert "".join("".join(lines).split()) == "".join(printable(text).split())


def test_an_accent_stays_with_its_letter() -> None:
    """A word is not broken in front of a combining mark."""
    lines = wrapped("e\u0301" * 40, 10.0, 40.0, 100)
    assert len(lines) > 1
    assert not any(line.startswith("\u0301") for line in lines)


def test_widths_are_those_of_the_typeface() -> None:
    """A digit of DejaVu Sans is 1303 of 2048 units wide, one of its Mono 1233."""
    assert printed_width("00", 10.0) == pytest.approx(20 * 1303 / 2048)
    assert printed_width("il", 10.0, mono=True) == pytest.approx(20 * 1233 / 2048)
