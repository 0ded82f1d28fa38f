"""The HTML format: every block, whatever it says, in one page that runs and fetches nothing."""

from __future__ import annotations

import dataclasses
import html as markup
import math
import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parsed_page import HOSTILE, Page, assert_accessible, assert_self_contained

from o2c_sim.errors import MissingDependencyError
from reports.documents.document import (
    Answer,
    Block,
    Card,
    Cards,
    Cell,
    Code,
    Column,
    Document,
    Facts,
    Heading,
    Listing,
    Logo,
    Picture,
    Reproduction,
    Section,
    Table,
    Text,
    Warnings,
)
from reports.documents.html import PICTURE_ROWS, html
from reports.figures.canvas import new_figure

NUMBER = Cell("-6.4 days", -6.4, "days", -7.8, -4.9, "-7.8 to -4.9", "better", "better, -12 %", 0.4)


def table(key: str, rows: int, word: str = "word", **changes: object) -> Table:
    """Return a table of *rows* rows: a name, a number, a word."""
    made = Table(
        key,
        f"Caption {word}",
        (Column("Name"), Column("Value", right=True), Column(word)),
        [(Cell(f"row {n} {word}"), NUMBER, Cell(word, code=n == 1)) for n in range(rows)],
    )
    return dataclasses.replace(made, **changes)


def picture(key: str, word: str = "word", rows: int = 3, **changes: object) -> Picture:
    """Return an empty picture with a table of *rows* rows behind it."""
    made = Picture(
        key,
        f"Seen {word}",
        f"Means {word}",
        f"Shows {word}",
        lambda: new_figure(3, 2),
        table(f"{key}-data", rows, word),
    )
    return dataclasses.replace(made, **changes)


def blocks(word: str) -> list[Block]:
    """Return a block of every kind that says *word* wherever it can."""
    return [
        Text([word]),
        Text([word], small=True),
        Answer([(word, word), ("", word)]),
        Cards([Card(word, [(word, NUMBER), (word, Cell(word))])]),
        Facts([(word, Cell(word, note=word))]),
        Facts([(word, NUMBER)], large=True),
        Warnings([(word, word), ("", word)]),
        Listing(word, [word]),
        Listing(word, [word], folded=True),
        Code(word),
        table("plain", 3, word),
        table("folded", 3, word, folded=True, total=True, groups=[(0, word), (2, word)]),
        table("none", 0, word),
        picture("first", word),
        Heading(word),
        picture("second", word, markup=lambda prefix: f'<p id="{prefix}">drawn</p>'),
    ]


def document(*found: Block, word: str = "word", **changes: object) -> Document:
    """Return a document with the blocks in its first section."""
    made = Document(
        "log",
        word,
        word,
        word,
        word,
        [Section("first", word, list(found)), Section("last", f"Last {word}", [Text([word])])],
        Reproduction(f"o2c report {word}", 7, {word: "1.0"}, {word: "ab12"}),
        "EUR",
    )
    return dataclasses.replace(made, **changes)


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_text_everywhere(word: str) -> None:
    """Whatever a name holds is shown as it is, and nothing is run, fetched or left open."""
    text = html(document(*blocks(word), word=word))
    assert_self_contained(text)
    page = Page(text)
    assert_accessible(page)
    shown = word.replace("\u202e", "")
    # Once for each place of each block, and in the head and the foot of the page.
    assert page.text.count(shown) >= 50
    assert "\u202e" not in text


def test_the_foot_of_a_printed_page_cannot_leave_its_string() -> None:
    """Quotes, braces and tags in a command are CSS escapes; without versions if that is long."""
    text = html(document(word='"}</style><b>\\'))
    style = re.search(r"<style>(.*?)</style>", text, flags=re.DOTALL)
    assert style is not None
    foot = re.search(r'bottom-left\{content:"([^"]*)"\}', style[1])
    assert foot is not None
    assert set(re.findall(r"[^\w .,=:/\\-]", foot[1])) == set()
    assert "seed 7" in foot[1]
    assert "o2c report" in foot[1]
    long = html(document(word="x" * 500))
    assert len(re.findall("x", re.findall(r'bottom-left\{content:"([^"]*)"\}', long)[0])) < 360


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20),
            st.floats(-1e9, 1e9),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_cell_is_in_the_page(rows: list[tuple[str, float]]) -> None:
    """Texts, numbers and notes of a table stand in the page in their order."""
    cells = [(Cell(name), Cell(f"{value:.3f} days", value, note=name)) for name, value in rows]
    made = Table("t", "Caption", (Column("Name"), Column("Value", right=True)), cells)
    page = Page(html(document(made)))
    place = page.text.index("Caption")
    for name, value in rows:
        for told in (name, f"{value:.3f} days".replace("-", "\u2212")):
            place = page.text.index(told, place) + len(told)


def test_numbers_get_a_minus_and_words_keep_their_hyphen() -> None:
    """Only where a cell holds a number is its hyphen a sign."""
    text = html(document(Facts([("a", Cell("-5 days", -5.0)), ("b", Cell("-5 is a name"))])))
    assert "\u22125 days" in text
    assert "-5 is a name" in text


def test_a_verdict_is_a_word_with_a_sign() -> None:
    """Colour is never alone: the verdict's class adds a sign to its word."""
    page = Page(html(document(table("t", 1))))
    assert {"class": "verdict better"} in page.named("span")
    assert "better, \u221212 %" in page.text


def test_long_tables_say_what_they_leave_out() -> None:
    """A page shows the first rows, the sum, and how many more the workbook has."""
    page = Page(html(document(table("t", 50, most_rows=10, total=True), picture("p", rows=1000))))
    assert "row 8 word" in page.text
    assert "row 9 word" not in page.text.split("Seen word", 1)[0]
    assert "row 49 word" in page.text
    assert "10 of 50 rows are shown; the other 40 are in the workbook." in page.text
    assert f"{PICTURE_ROWS} of 1\u202f000 rows are shown" in page.text
    assert "row 999 word" not in page.text


def test_groups_and_totals_have_their_own_rows() -> None:
    """Each part of a table has its head; the last row of a sum is marked."""
    made = table("t", 4, groups=[(1, "Second part"), (3, "Third part")], total=True)
    page = Page(html(document(made)))
    heads = [head for head in page.named("th") if head.get("scope") == "rowgroup"]
    assert heads == [{"scope": "rowgroup", "colspan": "3"}] * 2
    assert page.text.index("row 0") < page.text.index("Second part") < page.text.index("row 1")
    assert page.text.index("row 2") < page.text.index("Third part") < page.text.index("row 3")
    assert len([row for row in page.named("tr") if row.get("class") == "total"]) == 1


def test_pictures_have_names_descriptions_and_numbers() -> None:
    """A figure is an image with a title, a sentence and the table it is drawn from."""
    text = html(document(picture("p")))
    page = Page(text)
    drawn = page.named("svg")[0]
    assert drawn["aria-labelledby"] == "f-p-title"
    assert drawn["aria-describedby"] == "f-p-description"
    assert '<desc id="f-p-description">Shows word</desc>' in text
    assert page.text.index("Means word") < page.text.index("The numbers of this picture")
    assert {"id": "t-p-data"} in page.named("table")
    # Three inches at the size at which 9.2 inches fill the page.
    assert drawn["style"] == f"max-width:{round(1032 * 3 / 9.2)}px"


def test_a_picture_that_says_the_title_of_its_section_has_no_heading() -> None:
    """Nobody needs to hear the same heading twice; below a heading a picture is one deeper."""
    levels = [tag for tag, _ in Page(html(document(picture("p"), word="Seen word"))).tags]
    assert "h3" not in levels
    below = [tag for tag, _ in Page(html(document(Heading("Part"), picture("p")))).tags]
    assert below.count("h3") == 1
    assert below.count("h4") == 1


def test_markup_of_a_picture_is_framed_only_if_it_is_one_drawing() -> None:
    """A bare drawing scrolls in a frame; a page's own controls bring their frame along."""
    svg = '<svg role="img" aria-labelledby="f-a-t"><title id="f-a-t">Drawn</title></svg>'
    framed = Page(html(document(picture("a", markup=lambda prefix: svg))))
    bare = Page(html(document(picture("a", markup=lambda prefix: "<p>drawn</p>"))))
    frames = [[d for d in page.named("div") if "scroll" in str(d)] for page in (framed, bare)]
    assert [len(found) for found in frames] == [2, 1]


def test_the_logo_is_in_the_page() -> None:
    """A company's picture is part of the file, not a link to another."""
    text = html(document(logo=Logo("image/png", b"\x89PNG")))
    assert_self_contained(text)
    assert Page(text).named("img") == [
        {"class": "logo", "src": "data:image/png;base64,iVBORw==", "alt": "Logo"}
    ]


def test_the_page_says_how_it_is_made_again() -> None:
    """Command, seed, versions, currency and the files that were read."""
    text = Page(html(document())).text
    for told in ("o2c report word", "Seed 7", "word 1.0", "ab12", "EUR"):
        assert told in text


def test_keys_are_checked() -> None:
    """A key used twice or with odd characters is an error of the template, said at once."""
    with pytest.raises(ValueError, match="used twice: t"):
        html(document(table("t", 1), table("t", 1)))
    with pytest.raises(ValueError, match="lower-case"):
        html(document(table("T 1", 1)))


def test_bars_end_at_their_frame() -> None:
    """A share of 140 % or an unknown one does not leave the frame."""
    cells = [Cell("a", bar=1.4), Cell("b", bar=math.nan), Cell("c", bar=-0.2), Cell("d", bar=0.25)]
    page = Page(html(document(Facts([("share", cell) for cell in cells]))))
    widths = [bar["style"] for bar in page.named("i")]
    assert widths == ["width:100.0%", "width:0%", "width:0.0%", "width:25.0%"]


def test_text_is_escaped_once() -> None:
    """An ampersand is an ampersand, not its code."""
    text = html(document(Text(["R&D <b>"])))
    assert markup.escape("R&D <b>") in text
    assert "&amp;amp;" not in text


def test_a_missing_template_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Jinja2 there is no page, but exit code 4 and the line that installs it."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingDependencyError, match=r"jinja2") as fault:
        html(document(Text(["word"])))
    assert fault.value.exit_code == 4
    assert fault.value.problems[0].suggestion == "pip install 'o2c-toolkit[reports]'"
