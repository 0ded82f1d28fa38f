"""``o2c plot``: every picture of a report alone, in four formats."""

from __future__ import annotations

import json

import pytest
import stored_results
from command_line import o2c, refused


@pytest.fixture
def validation(tmp_path):
    """Return the folder of a validation."""
    folder = tmp_path / "validation"
    folder.mkdir()
    text = json.dumps(stored_results.protocol_validation())
    (folder / "validation.json").write_text(text, encoding="utf-8")
    return folder


def test_the_pictures_of_a_source_are_listed(validation):
    """By name and title, and as data."""
    assert "When work is done" in o2c("plot", "list", validation, "-q").out
    told = o2c("plot", "list", validation, "-q", "--json").document["result"]
    assert "distances" in told["pictures"]


@pytest.mark.parametrize(
    ("suffix", "begin"),
    [(".svg", b"<?xml"), (".pdf", b"%PDF"), (".png", b"\x89PNG"), (".csv", b"When")],
)
def test_a_picture_as_a_file(validation, tmp_path, suffix, begin):
    """The suffix names the format; the same picture gives the same bytes."""
    first, second = (tmp_path / f"{name}{suffix}" for name in "ab")
    for file in (first, second):
        assert o2c("plot", "clock-profile", validation, "-o", file, "-q").code == 0
    assert first.read_bytes().startswith(begin)
    assert first.read_bytes() == second.read_bytes()


def test_what_cannot_be_drawn_is_refused(validation, tmp_path):
    """An unknown picture or format is named with what there is; nothing is written."""
    refused(o2c("plot", "distanes", validation, "-q"), 2, "did you mean 'distances'")
    file = tmp_path / "a.gif"
    refused(o2c("plot", "distances", validation, "-o", file, "-q"), 2, ".svg, .pdf, .png, .csv")
    file = tmp_path / "a.svg"
    file.write_text("mine", encoding="utf-8")
    refused(o2c("plot", "distances", validation, "-o", file, "-q"), 2, "--force")
    assert file.read_text(encoding="utf-8") == "mine"
