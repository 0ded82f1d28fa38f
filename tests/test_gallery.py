"""The gallery: one picture of each kind, each with its command; what is missing is said."""

from __future__ import annotations

import json

import pytest
import stored_results

from reports import gallery


@pytest.fixture
def data(tmp_path):
    """Return a folder with two results of the same kind."""
    for name in ("one", "two"):
        place = tmp_path / "data" / name
        place.mkdir(parents=True)
        text = json.dumps(stored_results.protocol_validation())
        (place / "validation.json").write_text(text, encoding="utf-8")
    return tmp_path / "data"


def test_each_kind_once_and_what_is_not_there_is_said(data, tmp_path):
    """The second source has nothing new; the third is no file."""
    sources = [gallery.Source(name.title(), name) for name in ("one", "two", "three")]
    kinds = gallery.gallery(tmp_path / "gallery", data, sources)
    page = (tmp_path / "gallery" / "README.md").read_text(encoding="utf-8")
    assert {"distances", "clock-profile"} <= set(kinds)
    drawn = {path.stem for path in (tmp_path / "gallery").glob("*.png")}
    assert drawn == {key for key in drawn if f"]({key}.png)" in page}
    assert len(drawn) == len(kinds)
    assert "## One" in page
    assert "## Two" not in page
    assert "`three` was not at hand." in page
    assert "`o2c plot distances one`" in page
    assert "<script" not in page


def test_a_command_that_fails_is_told(tmp_path, capsys):
    """Its last lines go to stderr, and the gallery goes on."""
    source = gallery.Source("Broken", "x", ("simulate", "no-such-company"))
    assert gallery.gallery(tmp_path / "gallery", tmp_path, [source]) == []
    assert "no-such-company" in capsys.readouterr().err
