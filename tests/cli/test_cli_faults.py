"""Faults: every one ends with a message and a code, even those nobody thought of."""

from pathlib import Path

import pytest
from command_line import o2c, refused_as_json

from o2c_sim.errors import MissingDependencyError
from reports.cli import faults, settings
from reports.cli.console import printable
from reports.cli.tables import WIDTH, counted, text_table, wrapped


def broken(error):
    """Return a function that raises *error*, whatever it is called with."""

    def raising(*_args, **_kwargs):
        raise error

    return raising


def test_an_internal_error_writes_a_crash_file(monkeypatch, tmp_path):
    """Exit 70, no traceback on the terminal; the details are in the file that the message names."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("o2c_sim.load_company", broken(ZeroDivisionError("by zero")), raising=False)
    outcome = o2c("simulate")
    assert outcome.code == 70
    assert "Traceback" not in outcome.err
    (crash,) = Path(tmp_path).glob("o2c-crash-*.txt")
    assert str(crash) in outcome.err
    text = crash.read_text()
    assert text.startswith("o2c from a test\n")
    assert "ZeroDivisionError: by zero" in text
    refused_as_json(o2c("simulate", "--json"), 70, "internal")


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (MissingDependencyError("pm4py", "mining"), 4, "dependency"),
        (ModuleNotFoundError("No module named 'pm4py'", name="pm4py.objects"), 4, "dependency"),
        (ModuleNotFoundError("No module named 'os.x'", name="os.x"), 70, "internal"),
        (PermissionError(13, "Permission denied", "x"), 2, "system"),
        (MemoryError(), 70, "internal"),
        (RecursionError(), 70, "internal"),
    ],
)
def test_exit_codes(error, code, kind, monkeypatch, tmp_path):
    """Each kind of fault has its exit code, and a document with --json."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("o2c_sim.load_company", broken(error), raising=False)
    outcome = o2c("simulate")
    assert outcome.code == code
    assert outcome.err.startswith("error: ")
    refused_as_json(o2c("simulate", "--json"), code, kind)


def test_missing_packages_are_noticed_first():
    """What is needed at the end is asked for at the start; what is there is not complained of."""
    faults.require("pm4py", *faults.FOR_REPORTS)
    assert set(faults.FOR_REPORTS) <= set(faults.OPTIONAL)


def test_settings_are_yaml():
    """Numbers, lists, mappings and text keep their types; a value may hold an equals sign."""
    assert settings.parse_settings(["a.b=0.1", "c=[1, 2]", "d={x: 1}", "e=a=b"]) == {
        "a.b": 0.1, "c": [1, 2], "d": {"x": 1}, "e": "a=b",
    }  # fmt: skip


def test_a_table_is_never_wider_than_the_terminal():
    """The widest text column is wrapped, at most four lines a cell; numbers stay whole."""
    table = text_table(("name", "n"), [("word " * 200, "12,345"), ("short", "1")])
    lines = table.splitlines()
    assert max(map(len, lines)) == WIDTH
    assert len(lines) == 2 + 4 + 1
    assert lines[2].endswith("12,345")
    assert lines[5].endswith("...")
    assert text_table(("a", "b"), [("x", "10")]) == "a   b\n-  --\nx  10"


def test_texts():
    """Lines wrap at the width, counts take their noun, numbers are grouped by commas."""
    assert all(len(line) <= WIDTH for line in wrapped("word " * 100, 4).splitlines())
    assert (counted(1, "case"), counted(1434, "case")) == ("1 case", "1,434 cases")
    assert counted(2, "activity", "activities") == "2 activities"
    assert printable("1\u202f234 \x1b[31m\tok\n") == "1,234 ?[31m\tok\n"
