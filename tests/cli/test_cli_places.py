"""Where results go: whole or not at all, never over something else, known before work begins."""

import pytest
from command_line import FEW, SHORT, o2c, refused, refused_as_json

from o2c_sim.errors import UsageError
from reports.cli.places import ready_file, ready_folder

WRITERS = {
    "simulate": ("simulate", *SHORT),
    "compare": ("compare", "case_b", *FEW),
    "demo": ("demo", "--replications", "2", "--workers", "1"),
}


@pytest.mark.parametrize("verb", WRITERS)
def test_nothing_is_overwritten(verb, here):
    """What exists is refused at once and stays as it was."""
    (here / "there").mkdir()
    (here / "there" / "mine.txt").write_text("mine")
    refused(o2c(*WRITERS[verb], "-o", "there"), 2, "there: already exists", "--force")
    refused_as_json(o2c(*WRITERS[verb], "-o", "there", "--json"), 2, "usage")
    assert (here / "there" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("verb", WRITERS)
def test_force_replaces_only_results(verb, here):
    """A folder of somebody else's files is not replaced, not even with --force."""
    (here / "there").mkdir()
    (here / "there" / "thesis.txt").write_text("years")
    refused(o2c(*WRITERS[verb], "-o", "there", "--force"), 2, "did not write")
    assert (here / "there" / "thesis.txt").read_text() == "years"
    refused(o2c(*WRITERS[verb], "-o", ".", "--force"), 2, "did not write")


def test_force_replaces_results(here):
    """A run replaces an older run, wholly; nothing else is left in the folder above."""
    assert o2c("simulate", *SHORT, "-o", "run", "--format", "csv").code == 0
    assert o2c("simulate", *SHORT, "-o", "run", "--force").code == 0
    assert not (here / "run" / "log.csv").exists()
    assert [path.name for path in here.iterdir()] == ["run"]


def test_an_empty_folder_may_be_replaced(here):
    """``mkdir run`` before ``o2c simulate -o run --force`` is no obstacle."""
    (here / "run").mkdir()
    assert o2c("simulate", *SHORT, "-o", "run", "--force").code == 0


@pytest.mark.parametrize("verb", WRITERS)
def test_a_place_below_a_file_is_refused_before_the_work(verb, here):
    """``file/x/y`` cannot be made: exit 2, one message, nothing left behind."""
    (here / "file").write_text("mine")
    refused(o2c(*WRITERS[verb], "-o", "file/x/y"), 2, "is not a folder")
    assert [path.name for path in here.iterdir()] == ["file"]
    assert (here / "file").read_text() == "mine"


def test_what_is_read_is_not_replaced(run_folder, log_csv, here):
    """Neither the log itself nor a folder around it is replaced by what is made from it."""
    copy = here / "folder" / "orders.csv"
    copy.parent.mkdir()
    copy.write_bytes(log_csv.read_bytes())
    refused(o2c("mine", copy, "-o", copy.parent, "--force"), 2, "which is read")
    refused(o2c("report", copy, "--format", "html", "-o", copy, "--force"), 2, "which is read")
    refused(o2c("mine", run_folder / "log", "-o", run_folder, "--force"), 2, "which is read")
    assert copy.read_bytes() == log_csv.read_bytes()


def test_a_file_of_the_folder_that_is_read_is_not_replaced(here):
    """The numbers would be gone; a page beside them may be made anew."""
    folder = here / "calibrated"
    folder.mkdir()
    for name in ("calibration.json", "report.html"):
        (folder / name).write_text("{}")
    with pytest.raises(UsageError, match="would replace a file of"):
        ready_file(folder / "calibration.json", force=True, inputs=(folder,))
    ready_file(folder / "report.html", force=True, inputs=(folder,))
    ready_file(folder / "new.json", force=True, inputs=(folder,))


def test_a_report_is_a_file(log_csv, here):
    """An existing folder, or a place below a file, is no place for a page."""
    (here / "there").mkdir()
    refused(o2c("report", log_csv, "-o", "there"), 2, "already exists")
    refused(o2c("report", log_csv, "-o", "there", "--force"), 2, "is a folder")
    refused(o2c("report", log_csv, "-o", log_csv / "x.html"), 2, "is not a folder")
    assert [path.name for path in here.iterdir()] == ["there"]


def test_folders_above_are_made(here):
    """``-o a/b/run`` makes a and b."""
    assert o2c("simulate", *SHORT, "-o", "a/b/run").code == 0
    assert (here / "a" / "b" / "run" / "manifest.json").is_file()


def test_a_folder_that_cannot_be_written(here, monkeypatch):
    """Without write permission above it, the place is refused."""
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(UsageError, match="cannot be written"):
        ready_folder(here / "x", force=False)
    with pytest.raises(UsageError, match="cannot be written"):
        ready_file(here / "x", force=False)
    ready_folder(None, force=False)


def test_a_fault_at_the_end_leaves_nothing(log_csv, here, monkeypatch):
    """When the last step of writing fails, neither the folder nor a part of it remains."""

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reports.cli.mine._write_tables", broken)
    refused(o2c("mine", log_csv, "-o", "findings"), 2, "No space left on device")
    assert list(here.iterdir()) == []
