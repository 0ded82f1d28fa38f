"""Files and folders appear whole or not at all."""

import pytest

from o2c_sim.atomic import new_file, new_folder
from o2c_sim.errors import UsageError


def write(place, text):
    """Write a text into a yielded path: a file of a folder, or a file itself."""
    (place / "a.txt" if place.is_dir() else place).write_text(text)


def read(path):
    """Return what was written."""
    return (path / "a.txt" if path.is_dir() else path).read_text()


def write_half(context, error):
    """Write and fail before the block ends."""
    with context as aside:
        write(aside, "half")
        raise error


KINDS = pytest.mark.parametrize("kind", [new_folder, new_file])


@KINDS
def test_it_appears_when_the_block_ends(kind, tmp_path):
    """Not before, with missing parents made, and nothing else is left beside it."""
    path = tmp_path / "deep" / "out.x"
    with kind(path) as aside:
        assert not path.exists()
        write(aside, "new")
        assert not path.exists()
    assert read(path) == "new"
    assert [p.name for p in path.parent.iterdir()] == ["out.x"]


@KINDS
def test_an_exception_leaves_nothing(kind, tmp_path):
    """Neither the result nor a temporary, also on Ctrl-C."""
    with pytest.raises(KeyboardInterrupt):
        write_half(kind(tmp_path / "out.x"), KeyboardInterrupt())
    assert list(tmp_path.iterdir()) == []


@KINDS
def test_what_exists_is_refused_or_replaced(kind, tmp_path):
    """Refused before any work is done; replaced only when whole."""
    path = tmp_path / "out.x"
    with kind(path) as aside:
        write(aside, "old")
    with pytest.raises(UsageError, match="already exists"), kind(path):
        pytest.fail("the block ran")
    with pytest.raises(ValueError, match="stop"):
        write_half(kind(path, replace=True), ValueError("stop"))
    assert read(path) == "old"
    with kind(path, replace=True) as aside:
        write(aside, "new")
    assert read(path) == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["out.x"]


def test_replacing_a_folder_leaves_no_old_file(tmp_path):
    """The new folder has what was written now and nothing of before."""
    for name in ("one", "two"):
        with new_folder(tmp_path / "out", replace=True) as aside:
            (aside / name).touch()
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["two"]


def test_a_folder_can_be_read_by_others(tmp_path):
    """Temporary folders are private; the result is not."""
    with new_folder(tmp_path / "out"):
        pass
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755
