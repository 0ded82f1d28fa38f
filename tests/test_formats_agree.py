"""All formats of one document say the same numbers, and its words say what the result holds."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import fastexcel
import pypdfium2
import pytest
from example_comparison import example_comparison
from hypothesis import given
from hypothesis import strategies as st
from parsed_page import Page
from printed_document import figure

from reports.documents.cells import duration_cell, value_cell
from reports.documents.comparison_document import comparison_document
from reports.documents.document import Block, Document, Picture, Table, pictures_of, tables_of
from reports.documents.formats import FORMATS, write
from reports.number_text import number_locale

SCALES = {
    "": 1.0, "currency": 1.0, "count": 1.0, "days": 1.0, "hours": 1.0,
    "share": 0.01, "percentage points": 0.01,
}  # fmt: skip
WORDS = {
    "currency": {"k": 1e3, "m": 1e6, "bn": 1e9},
    "hours": {"min": 1 / 60, "s": 1 / 3600, "d": 24.0},
}
NUMBER = re.compile(
    "(?P<sign>[-+]?)(?:[A-Z]{3} )?(?P<whole>[0-9][0-9\u202f]*)"
    "(?:[.](?P<part>[0-9]+))?(?P<after>(?:,? .*)?)"
)
# Point and group of a locale.
LOCALES = {"neutral": ".\u202f", "de_DE": ",.", "fr_FR": ",\u202f", "en_US": ".,"}


def quick(document: Document) -> Document:
    """Return a document with one picture, drawn at once; of the others only their numbers."""
    first = pictures_of(document)[0].key

    def lighter(block: Block) -> Block:
        if not isinstance(block, Picture):
            return block
        return replace(block, figure=figure) if block.key == first else block.data

    return replace(
        document,
        sections=[
            replace(section, blocks=[lighter(block) for block in section.blocks])
            for section in document.sections
        ],
    )


@pytest.fixture(scope="module")
def document() -> Document:
    """Return the document of the invented comparison."""
    return quick(comparison_document(example_comparison()))


@pytest.fixture(scope="module")
def folder(document, tmp_path_factory):
    """Return a folder with the document in every format."""
    target = tmp_path_factory.mktemp("formats") / "report"
    write(document, target, list(FORMATS))
    return target


@pytest.fixture(scope="module")
def read(folder) -> dict[str, Any]:
    """Return the JSON of the document."""
    told: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return told


def cells_in(part: Any) -> Iterator[dict[str, Any]]:
    """Yield each cell of a JSON document, in the order of the document."""
    if isinstance(part, dict):
        if "text" in part and "value" in part:
            yield part
        for name, inner in part.items():
            if name != "result":
                yield from cells_in(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from cells_in(inner)


def is_number(value: object) -> bool:
    """Return whether a cell holds a number, truth values aside."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def assert_says(text: str, value: float, unit: str) -> None:
    """Assert that *text* is *value*, rounded to the digits that it shows.

    Reads the text by itself: the code that wrote it takes no part.
    """
    if text == "under 1 s":
        assert abs(value) * 3600 < 1
        return
    found = NUMBER.fullmatch(text.replace("\u2212", "-"))
    assert found is not None, f"{text!r} is not a number"
    part = found["part"] or ""
    shown = float(found["whole"].replace("\u202f", "") + "." + (part or "0"))
    if found["sign"] == "-":
        shown = -shown
    scale = WORDS.get(unit, {}).get(found["after"].strip(), SCALES.get(unit, 1.0))
    # What rounds to nothing shows no sign.
    assert abs(shown * scale - value) <= 0.5001 * 10 ** -len(part) * scale, (text, value, unit)


def test_the_words_of_each_number_say_its_value(read):
    """Sign, digits, thousands, millions and percentages of every cell, read back."""
    checked = 0
    for cell in cells_in(read):
        if is_number(cell["value"]):
            assert_says(cell["text"], cell["value"], cell.get("unit", ""))
            checked += 1
    assert checked > 500


def test_a_wrong_word_would_be_found():
    """The reader above must be able to fail."""
    for text, value, unit in (
        ("USD 1.2 k", 1.2e6, "currency"),
        ("12.5 %", 12.5, "share"),
        ("-3.1 days", 3.1, "days"),
        ("41.3 days", 41.24, "days"),
        ("2.5 d", 2.5, "hours"),
        ("some", 1.0, "days"),
    ):
        with pytest.raises(AssertionError):
            assert_says(text, value, unit)


@given(
    st.floats(-1e11, 1e11).filter(lambda value: value == 0 or abs(value) > 1e-3),
    st.sampled_from(["currency", "days", "share", "count", "hours"]),
    st.sampled_from(sorted(LOCALES)),
)
def test_any_number_in_any_locale_says_its_value(value, unit, locale):
    """The decimal comma of a locale does not make a thousand of a one."""
    point, group = LOCALES[locale]
    with number_locale(locale):
        text = value_cell(value, unit, "EUR").text
    text = re.sub("[ \u00a0\u202f]?%", " %", text)
    assert_says(text.translate({ord(group): "\u202f", ord(point): "."}), value, unit)


@given(st.floats(0, 1e5))
def test_any_duration_says_its_value(hours):
    """Seconds, minutes, hours and days are told apart."""
    assert_says(duration_cell(hours).text, hours, "hours")


def test_each_number_of_the_workbook_is_that_of_the_json(folder, read, document):
    """Row by row and head by head: a value under the name of its column, unrounded."""
    book = fastexcel.read_excel(folder / "report.xlsx")
    sheets = book.sheet_names[-1 - len(tables_of(document)) : -1]
    blocks = [block for section in read["sections"] for block in section["blocks"]]
    tables = [block.get("data", block) for block in blocks if block["type"] in ("table", "picture")]
    assert len(sheets) == len(tables)
    checked = 0
    for name, table in zip(sheets, tables, strict=True):
        frame = book.load_sheet(name, header_row=3).to_polars()
        assert frame.height == len(table["rows"]), name
        for place, row in enumerate(table["rows"]):
            for column, cell in zip(table["columns"], row, strict=True):
                title = column["name"]
                for end, which in (("", "value"), (": low", "low"), (": high", "high")):
                    number = cell.get(which)
                    if not is_number(number) or not math.isfinite(number):
                        continue
                    heads = [
                        head
                        for head in frame.columns
                        if head == title + end or re.fullmatch(
                            re.escape(title + end) + r" \([^()]*\)", head)
                    ]  # fmt: skip
                    assert heads, (name, title + end, frame.columns)
                    shown = [float(frame[head][place]) for head in heads if frame[head][place]]
                    assert number == 0 or any(
                        math.isclose(number, one, rel_tol=1e-15) for one in shown
                    ), (name, title, cell)
                    checked += 1
    assert checked > 500


def bare(text: str) -> str:
    """Return *text* as far as typesetting leaves it alone: without spaces and kinds of minus."""
    plain = unicodedata.normalize("NFKC", text.replace("\u2212", "-").replace("\ufffe", "-"))
    return re.sub(r"[\s\u200b\u00ad\\]", "", plain)


def on_pages(document: Document) -> list[str]:
    """Return the words of each number in the document's own tables, as far as a page shows them."""
    tables = [
        block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Table)
    ]
    return [
        cell.text
        for table in tables
        for row in table.rows[: table.most_rows or None]
        for cell in row
        if is_number(cell.value)
    ]


@pytest.mark.parametrize("name", ["html", "pdf", "md", "tex"])
def test_each_number_of_a_table_is_on_the_page_as_often_as_in_the_document(name, folder, document):
    """Nothing is lost, rounded again or written in another style."""
    file = folder / f"report.{name}"
    if name == "pdf":
        with pypdfium2.PdfDocument(file) as pages:
            text = "".join(page.get_textpage().get_text_range() for page in pages)
    elif name == "html":
        text = Page(file.read_text("utf-8")).text
    elif name == "md":
        text = file.read_text("utf-8")
    else:
        text = "".join(path.read_text("utf-8") for path in sorted(folder.rglob("*.tex")))
    page, wanted = bare(text), on_pages(document)
    if name == "tex":
        page = page.replace("{,}", ",").replace(",", "").replace("$-$", "-").replace("\\%", "%")
        wanted = [re.sub("[,\u202f]", "", one) for one in wanted]
    missing = {one for one in wanted if bare(one) not in page}
    assert not missing
    for one in set(wanted):
        assert page.count(bare(one)) >= wanted.count(one), one
