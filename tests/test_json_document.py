"""The JSON of a document holds every number of it, and reads back as what was written."""

import json
import math
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_document import HOSTILE, document

from reports.documents.document import Cell, Facts, Logo, Picture, Section, Table
from reports.documents.json_document import FORMAT, json_text, plain


@pytest.fixture(scope="module")
def read():
    """Return the invented document, written and read."""
    return json.loads(json_text(document()))


def known(value):
    """Return a number as JSON has it."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def test_the_head_says_what_it_is(read):
    """Format with its version first; what reproduces it; the result as it is."""
    assert next(iter(read)) == "format"
    assert read["format"] == FORMAT == "o2c-document/1"
    assert (read["kind"], read["title"], read["currency"]) == ("log", "A title & more", "EUR")
    assert read["reproduction"]["seed"] == 7
    assert read["reproduction"]["made_from"] == {"log": "ab12"}
    assert read["result"] == {"b": 1.5, "a": [None, {"c": "2024-01-02"}]}
    assert list(read["result"]) == ["b", "a"], "the order of the result is kept"
    assert read["logo"] is None


def test_every_cell_round_trips(read):
    """Value, unit, interval and text of each cell of each table, bit for bit."""
    checked = 0
    for section, told in zip(document().sections, read["sections"], strict=True):
        for block, shown in zip(section.blocks, told["blocks"], strict=True):
            if not isinstance(block, Table | Picture):
                continue
            table = block.data if isinstance(block, Picture) else block
            rows = shown["data"]["rows"] if isinstance(block, Picture) else shown["rows"]
            for row, got in zip(table.rows, rows, strict=True):
                for cell, item in zip(row, got, strict=True):
                    value = cell.value.isoformat() if isinstance(cell.value, date) else cell.value
                    assert item.get("value") == known(value)
                    assert (item.get("low"), item.get("high")) == (cell.low, cell.high)
                    assert item["text"] == cell.text
                    checked += 1
    assert checked > 100


def test_blocks_say_what_they_are(read):
    """Every kind of block of a document has a type of its own."""
    types = [block["type"] for section in read["sections"] for block in section["blocks"]]
    assert types[:4] == ["answer", "cards", "facts", "warnings"]
    assert set(types) == {
        "answer", "cards", "facts", "warnings", "heading", "text", "listing", "code", "table",
        "picture",
    }  # fmt: skip
    card = read["sections"][0]["blocks"][1]["cards"][0]["items"][0]
    assert card == {
        "label": "DSO", "text": "41.3 days", "value": 41.3, "unit": "days", "low": 40, "high": 43
    }  # fmt: skip


def test_what_is_not_known_is_null_and_not_left_out():
    """A number with a unit that has no value is said to have none."""
    told = document(sections=(Section("s", "S", (Facts((("DSO", Cell("n/a", None, "days")),)),)),))
    fact = json.loads(json_text(told))["sections"][0]["blocks"][0]["items"][0]
    assert fact == {"label": "DSO", "text": "n/a", "value": None, "unit": "days"}


def test_the_same_document_gives_the_same_text_in_ascii():
    """So hostile names can break out of nothing."""
    text = json_text(document())
    assert text == json_text(document())
    assert text.isascii()
    blocks = json.loads(text)["sections"][1]["blocks"]
    rows = next(block["rows"] for block in blocks if block.get("key") == "hostile")
    assert [row[1]["value"] for row in rows] == list(HOSTILE)


def test_a_logo_travels_with_its_type():
    """As base64."""
    told = json.loads(json_text(document(logo=Logo("image/png", b"\x89PNG"))))
    assert told["logo"] == {"media_type": "image/png", "base64": "iVBORw=="}


def test_results_of_numpy_and_polars_become_lists():
    """A result may hold what computing leaves behind."""
    given = {"a": np.array([1.0, np.nan]), "b": pl.Series([1, None]), 3: np.float64(0.1), "c": {2}}
    assert plain(given) == {"a": [1.0, None], "b": [1, None], "3": 0.1, "c": [2]}
    with pytest.raises(TypeError, match="object"):
        plain(object())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_any_result_round_trips_but_for_what_is_no_number(result):
    """Reading gives what was written, NaN and infinity as null."""
    told = json.loads(json_text(document(sections=(), result=lambda: result)))
    assert told["result"] == plain(result)
