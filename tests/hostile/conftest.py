"""Every hostile input is tried in an empty folder that must still be empty afterwards."""

import pytest


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Make an empty working folder; what a refused command leaves in it is a fault."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    yield folder
    assert list(temporary.iterdir()) == [], "temporary files remain"
