"""Mapping files: written from what was guessed, read back to the same log, wrong ones refused."""

import datetime as dt

import polars as pl
import pytest
from command_line import o2c, refused

from mining.read.mapping_file import load
from o2c_sim.errors import UsageError

LOG = """Key;What;When;Who
1;Order in;03/04/2024 10:00;Ann
1;Goods Issue;04/04/2024 09:00;Bob
1;Bill made;05/04/2024 08:00;Ann
"""


@pytest.fixture
def log(tmp_path):
    """Return a log whose dates could be day first or month first."""
    path = tmp_path / "log.csv"
    path.write_text(LOG)
    return path


def test_what_was_guessed_is_written_and_read_back(log, tmp_path):
    """Columns, format, zone and names; doubts stand above it as comments."""
    file = tmp_path / "map.yaml"
    first = o2c("mine", log, "--activity", "What", "--write-mapping", file)
    assert first.code == 0, first.err
    text = file.read_text()
    assert "# ambiguous dates" in text
    said = load(file)
    assert said.mapping.columns["activity"] == "What"
    assert said.mapping.time_format == "day-first"
    assert said.mapping.delimiter == ";"
    assert said.activities == {"Goods Issue": "Post Goods Issue"}
    again = o2c("mine", log, "--mapping", file)
    assert again.code == 0, again.err
    assert "ambiguous" not in again.out
    refused(o2c("mine", log, "--write-mapping", file), 2, "already exists")


def test_a_confirmed_mapping_changes_dates_zone_and_names(log, tmp_path):
    """Month first in Berlin, with the reference's names; a flag comes before the file."""
    file = tmp_path / "map.yaml"
    file.write_text(
        "columns: {case: Key, activity: What, time: When}\n"
        "time_format: month-first\nzone: Europe/Berlin\ncase_type: order\n"
        "activities:\n  Order in: Create Sales Order\n  Bill made: Create Invoice\n  Gone: ''\n"
    )
    out = tmp_path / "log"
    o2c("convert", log, "--mapping", file, "--to", "parquet", "--output", out)
    events = pl.read_parquet(out / "events.parquet")
    assert events["time"][0] == dt.datetime(2024, 3, 4, 9)
    names = events["activity"].cast(pl.String).to_list()
    assert names == ["Create Sales Order", "Goods Issue", "Create Invoice"]
    found = o2c("mine", log, "--mapping", file, "--json").document["result"]
    assert found["zone"] == "Europe/Berlin"
    assert found["kpis"]["invoice_lag_mean_days"] > 0
    flagged = o2c("mine", log, "--mapping", file, "--time-format", "day-first", "--json")
    assert flagged.document["result"]["quality"]["first"].startswith("2024-04-03")


def test_all_that_is_wrong_is_told_with_its_line(tmp_path):
    """An unknown key, part and name, each with what is near."""
    file = tmp_path / "map.yaml"
    file.write_text(
        "format: o2c-mapping/1\ncolunms: {}\ncolumns:\n  csae: Key\n  time: [1]\n"
        "activities:\n  Order in: Create Sale Order\nzone: 7\n"
    )
    with pytest.raises(UsageError) as caught:
        load(file)
    text = str(caught.value)
    for said in ("map.yaml:2", "did you mean 'columns'", "map.yaml:4", "did you mean 'case'",
                 "map.yaml:5", "map.yaml:7", "did you mean 'Create Sales Order'",
                 "map.yaml:8"):  # fmt: skip
        assert said in text, said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n- b\n", "is no mapping"),
        ("a: [1\n", "not YAML"),
        ("kind: orders\n", "kind 'orders'"),
        ("format: other/2\n", "o2c-mapping/1"),
        ("a: &x [*x, *x]\n", "unknown key 'a'"),
        ("!!python/object/apply:os.system ['echo']\n", "is no mapping"),
    ],
)
def test_files_that_are_no_mappings_are_refused(log, tmp_path, text, said):
    """Exit code 2 and one message; nothing in a mapping is ever run."""
    file = tmp_path / "map.yaml"
    file.write_text(text)
    refused(o2c("mine", log, "--mapping", file), 2, said)
    refused(o2c("mine", log, "--mapping", tmp_path / "none.yaml"), 2, "none.yaml")
