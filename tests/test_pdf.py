"""PDF documents: everything said is on a page, nothing leaves a page, each page says its source."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import replace

import pypdfium2
import pytest
from example_comparison import example_comparison
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from printed_document import HOSTILE, figure, many_columns, picture, printed_document, rows
from printed_document import RIGHT_TO_LEFT as RIGHT_TO_LEFT_NAME

from o2c_sim.errors import UsageError
from reports.documents import pdf as pdf_module
from reports.documents.comparison_document import comparison_document
from reports.documents.document import Cell, Column, Heading, Listing, Picture, Section, Table, Text
from reports.documents.paper_table import GUTTER, fit, unbroken
from reports.documents.paper_text import ZERO_WIDTH_SPACE, breakable, on_paper, paper_cell
from reports.documents.pdf import pdf
from reports.documents.pdf_pages import pdf_pages
from reports.figures.typeface import printed_width, substituted

RIGHT_TO_LEFT = re.compile("[\u0590-\u07ff]")


@pytest.fixture(scope="module")
def typeset() -> bytes:
    """Return the hand-made document set by typst."""
    pytest.importorskip("typst")
    return pdf(printed_document())


@pytest.fixture(scope="module")
def plain() -> bytes:
    """Return the hand-made document as Matplotlib pages."""
    return pdf_pages(printed_document())


def page_texts(content: bytes) -> list[str]:
    """Return the text of each page."""
    with pypdfium2.PdfDocument(content) as file:
        return [page.get_textpage().get_text_range() for page in file]


def bare(text: str) -> str:
    """Return *text* without spaces, invisible signs and the two kinds of minus."""
    text = unicodedata.normalize("NFKC", text.replace("\u2212", "-").replace("\ufffe", "-"))
    return re.sub(rf"[\s{ZERO_WIDTH_SPACE}\u00ad]", "", text)


def without_drawing(block):
    """Return a block whose picture, if it is one, is quick to draw."""
    return replace(block, figure=figure) if isinstance(block, Picture) else block


def said(document):
    """Return every text that a page must show, as it can be read back."""
    for section in document.sections:
        yield section.title
        for block in section.blocks:
            if isinstance(block, Table):
                yield from (column.name for column in block.columns)
                yield from (title for _, title in block.groups)
                shown = [*block.rows[: block.most_rows or None], *block.rows[-1:]]
                # What stands beside right-to-left text is read back in another order.
                straight = [row for row in shown if not RIGHT_TO_LEFT.search(row[0].text)]
                for cell in (cell for row in straight for cell in row):
                    yield from (cell.text, cell.note, cell.verdict)
            elif isinstance(block, Heading):
                yield block.text
            elif isinstance(block, Listing):
                yield from (t for t in (block.title, *block.items) if not RIGHT_TO_LEFT.search(t))
            elif isinstance(block, Text):
                yield from block.paragraphs
            elif hasattr(block, "items"):
                for label, told in block.items:
                    yield from (label, told.text if isinstance(told, Cell) else told)
            elif hasattr(block, "cards"):
                for card in block.cards:
                    yield card.title
                    for label, cell in card.items:
                        yield from (label, cell.text, cell.note, cell.verdict)
            elif hasattr(block, "alternative"):
                yield from (block.title, block.caption)


def test_everything_said_is_on_a_page(typeset: bytes) -> None:
    """Every text of every block, folded ones too; long ones may go on over a page."""
    whole = bare("".join(page_texts(typeset)))
    for text in said(printed_document()):
        wanted = bare(substituted(text))
        assert (wanted if len(wanted) <= 100 else wanted[:20]) in whole, text


def test_plain_pages_leave_no_word_out(plain: bytes) -> None:
    """Lines of neighbouring columns are read across, so words are looked for one by one."""
    whole = bare("".join(page_texts(plain)))
    for text in said(printed_document()):
        for word in map(bare, substituted(text).split()):
            assert (word if len(word) <= 60 else word[:14]) in whole, text


@pytest.mark.parametrize("made", ["typeset", "plain"])
def test_each_page_names_command_seed_versions_and_itself(
    made: str, request: pytest.FixtureRequest
) -> None:
    """The command, the seed, the versions, the inputs, the title and page n of m."""
    pages = page_texts(request.getfixturevalue(made))
    assert len(pages) > 4
    for number, text in enumerate(pages, start=1):
        told = bare(text)
        assert bare("o2c compare a b --seed 42 -- " + HOSTILE[7]) in told
        assert bare("seed 42 \u00b7 o2c-toolkit 0.1.0 \u00b7 log.csv (SHA-256 abcdef012345") in told
        assert bare(f"Page {number} of {len(pages)}") in told
        assert "Ordertocash" in told


@pytest.mark.parametrize("made", ["typeset", "plain"])
def test_no_page_is_empty_and_nothing_stands_in_the_margins(
    made: str, request: pytest.FixtureRequest
) -> None:
    """Between head and foot there is something; 30 points from the edges there is nothing."""
    with pypdfium2.PdfDocument(request.getfixturevalue(made)) as file:
        for page in file:
            width, height = page.get_size()
            shot = page.render(scale=1).to_pil().convert("L")
            dark = shot.point(lambda value: 255 * (value < 200))
            assert dark.crop((30, 60, int(width) - 30, int(height) - 60)).getbbox()
            for edge in ((0, 0, 30, int(height)), (int(width) - 30, 0, int(width), int(height))):
                assert dark.crop(edge).getbbox() is None


def test_document_properties_bookmarks_and_tags(typeset: bytes) -> None:
    """Title, language, an entry for each section, marked as PDF/UA, and alternative texts."""
    with pypdfium2.PdfDocument(typeset) as file:
        assert file.get_metadata_value("Title") == "Order to cash"
        titles = [item.get_title() for item in file.get_toc()]
    for section in printed_document().sections:
        assert section.title in titles
    assert "Appendix: details" in titles
    assert b"pdfuaid:part" in typeset
    assert b"/Lang" in typeset
    assert b"/MarkInfo" in typeset


@pytest.mark.parametrize("write", [pdf, pdf_pages])
def test_the_same_document_gives_the_same_bytes(write) -> None:
    """No date, no random name."""
    small = printed_document(sections=printed_document().sections[:1])
    assert write(small) == write(small)


def test_folded_tables_stand_in_the_appendix(typeset: bytes) -> None:
    """Their place refers to a page, and that page has them."""
    pages = page_texts(typeset)
    found = [re.search(r"Folded details.*?page\s+(\d+)", text, re.DOTALL) for text in pages]
    (place,) = [int(match.group(1)) for match in found if match]
    assert "Tables: Folded details" in pages[place - 1].replace("\r\n", " ")


def test_rows_beyond_the_limit_are_counted(typeset: bytes) -> None:
    """Of 20 rows four and the sum are shown."""
    assert any("15 more rows are in the workbook." in text for text in page_texts(typeset))


def test_heads_of_columns_come_again_on_each_page() -> None:
    """A table of five pages has five heads."""
    pytest.importorskip("typst")
    columns = (Column("Activity"), Column("Events", True))
    table = Table("t", "Long", columns, [(Cell(f"a{i}"), Cell(str(i))) for i in range(200)])
    document = printed_document(sections=(Section("s", "S", (table,)),))
    pages = page_texts(pdf(document))
    assert len(pages) > 2
    assert all("Activity" in text and "Events" in text for text in pages)


@pytest.mark.parametrize("write", [pdf, pdf_pages])
def test_a_page_turns_for_what_is_wide(write) -> None:
    """Nine columns of money fit upright, thirteen need the page on its side."""

    def sizes(*blocks):
        sections = (Section("s", "S", (Text(("a",)),)), Section("w", "Wide", blocks))
        with pypdfium2.PdfDocument(write(printed_document(sections=sections))) as file:
            return [page.get_width() > page.get_height() for page in file]

    assert not any(sizes(many_columns("t", 9)))
    assert any(sizes(many_columns("t", 13)))


def test_wide_pictures_turn_the_page_only_if_they_gain() -> None:
    """A square one is as large upright; what opens the section turns with the picture."""
    pytest.importorskip("typst")

    def pages(shown):
        blocks = (Text(("What they show.",)), shown)
        sections = (Section("s", "S", (Text(("a",)),)), Section("w", "Widened", blocks))
        with pypdfium2.PdfDocument(pdf(printed_document(sections=sections))) as file:
            return [
                (page.get_width() > page.get_height(), page.get_textpage().get_text_range())
                for page in file
            ]

    assert not any(turned for turned, _ in pages(picture("p", wide=True, width=8, height=8)))
    ((_, text),) = [page for page in pages(picture("p", wide=True, width=14)) if page[0]]
    assert "Widened" in text
    assert "What they show." in text


def test_letter_paper_and_nothing_else() -> None:
    """Two papers exist; another is refused with what is allowed."""
    small = printed_document(sections=printed_document().sections[3:])
    with pypdfium2.PdfDocument(pdf(small, paper="us-letter")) as file:
        assert file[0].get_size() == pytest.approx((612, 792))
    with pytest.raises(UsageError, match="a4, us-letter"):
        pdf(small, paper="a0")


def test_without_typst_matplotlib_writes_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The choice is made when the document is written."""
    monkeypatch.setattr(pdf_module, "find_spec", lambda name: None)
    small = printed_document(sections=printed_document().sections[3:])
    assert pdf(small) == pdf_pages(small)


@given(st.lists(st.text(max_size=25), min_size=1, max_size=8))
@settings(max_examples=15, deadline=None)
def test_no_text_breaks_the_typesetter(words: list[str]) -> None:
    """Whatever stands in a name, a page comes out."""
    pytest.importorskip("typst")
    table = Table(
        words[0], words[-1], (Column(words[0]), Column(words[-1], True)),
        [(Cell(word, note=word), Cell(word, code=True)) for word in words],
    )  # fmt: skip
    blocks = (table, Text(words), Listing(words[0], words))
    document = printed_document(
        title=words[0], heading=words[-1], sections=(Section("s", words[0], blocks),)
    )
    assert page_texts(pdf(document))


def test_a_comparison_shows_each_number() -> None:
    """Every cell of every table of the invented comparison, and its summary on the first page."""
    pytest.importorskip("typst")
    made = comparison_document(example_comparison(scenarios=2))
    sections = [
        replace(section, blocks=[without_drawing(block) for block in section.blocks])
        for section in made.sections
    ]
    document = replace(made, sections=sections)
    whole = bare("".join(page_texts(pdf(document))))
    for text in said(document):
        if len(text) < 100:
            assert bare(substituted(text)) in whole, text


@given(
    st.lists(st.text(st.characters(codec="ascii"), max_size=40), min_size=1, max_size=12),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_parts_hold_each_column_once_within_the_page(names: list[str], right: bool) -> None:
    """Whatever the heads, parts fit their page, and only the first column comes again."""
    columns = [Column(name, right=right and bool(place)) for place, name in enumerate(names)]
    table = Table("t", "T", columns, [[Cell(name, note=name) for name in names]])
    parts = fit(table, 500.0, 750.0, 8.0)
    told = [index for part in parts for index in part.columns]
    assert sorted(set(told)) == list(range(len(names)))
    assert all(told.count(index) == 1 for index in range(1, len(names)))
    for part in parts:
        room = 750.0 if part.sideways else 500.0
        assert sum(part.widths) + GUTTER * (len(part.widths) - 1) <= room + 0.01


def test_numbers_are_not_broken() -> None:
    """A number and its unit fit their column, however many columns there are."""
    table = many_columns("t", 25)
    for part in fit(table, 505.0, 750.0, 7.8):
        for index, width in zip(part.columns, part.widths, strict=True):
            for row in table.rows:
                assert printed_width(row[index].text, 7.8) <= width
    assert " " not in unbroken("EUR 1.2 m")


def test_long_words_get_places_to_break_only_where_needed() -> None:
    """Names stay searchable as long as they fit; an accent stays with its letter."""
    assert on_paper("order_processing_median_hours") == "order_processing_median_hours"
    assert on_paper("order_processing_median_hours", 8.0).split(ZERO_WIDTH_SPACE) == [
        "order_", "processing_", "median_", "hours",
    ]  # fmt: skip
    assert breakable("short") == "short"
    assert not re.search(f"{ZERO_WIDTH_SPACE}\u0301", breakable("e\u0301" * 30))


def test_a_cell_is_cut_where_no_page_could_hold_it() -> None:
    """500 characters stay, 501 end in an ellipsis; names of emoji count by what is printed."""
    assert paper_cell(Cell("x" * 500)).text == "x" * 500
    assert paper_cell(Cell("x" * 501)).text == "x" * 499 + "\u2026"
    assert len(paper_cell(Cell("\U0001f69a" * 400)).text) == 500
    cell = Cell("1", 1, note="n", kind="better", verdict="v")
    assert paper_cell(cell) is cell


@pytest.mark.parametrize("made", ["typeset", "plain"])
def test_right_to_left_letters_stand_from_right_to_left(
    made: str, request: pytest.FixtureRequest
) -> None:
    """Of a Hebrew word on a page the first letter stands furthest right."""
    word = RIGHT_TO_LEFT_NAME.split()[0]
    with pypdfium2.PdfDocument(request.getfixturevalue(made)) as file:
        for page in file:
            text = page.get_textpage()
            codes = [text.get_text_range(i, 1) for i in range(text.count_chars())]
            places = [i for i, code in enumerate(codes) if code and code in word]
            if len(places) >= len(word):
                lefts = {codes[i]: text.get_charbox(i)[0] for i in places[: len(word)]}
                ordered = [lefts[letter] for letter in word]
                assert ordered == sorted(ordered, reverse=True)
                return
    pytest.fail("the word is on no page")


def test_pages_hold_no_code_of_typst(typeset: bytes) -> None:
    """What looks like typst code is text."""
    whole = bare("".join(page_texts(typeset)))
    assert bare('#include "x" #eval("1") <label> @ref // no comment') in whole


def test_rows_are_all_there_even_if_long(plain: bytes) -> None:
    """The plain pages repeat the head and keep the order of rows."""
    whole = bare("".join(page_texts(plain)))
    places = [whole.index(bare(row[1].text)) for row in rows()]
    assert places == sorted(places)


def test_an_unreadable_logo_does_not_stop_the_document() -> None:
    """Only kinds of pictures that are known are placed."""
    document = printed_document(sections=printed_document().sections[3:])
    odd = replace(document, logo=replace(document.logo, media_type="image/svg+xml"))
    assert page_texts(pdf(odd))


def test_a_very_wide_logo_leaves_the_heading_its_room() -> None:
    """It is made smaller; the heading is not set in a column of single words beside it."""
    page = io.BytesIO()
    Image.new("RGB", (3000, 100), "red").save(page, "PNG")
    document = printed_document(sections=printed_document().sections[3:])
    logo = replace(document.logo, content=page.getvalue())
    assert len(page_texts(pdf(replace(document, logo=logo)))[0].splitlines()) <= 1 + len(
        page_texts(pdf(document))[0].splitlines()
    )
