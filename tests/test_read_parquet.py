"""Parquet: flat tables, folders of tables, run folders."""

from datetime import datetime

import polars as pl
import pytest

from mining.read import read_log
from o2c_sim.errors import LogError

FLAT = pl.DataFrame(
    {
        "case": [1, 1, 2],
        "activity": pl.Series(["A", "B", "A"], dtype=pl.Categorical),
        "time": [datetime(2024, 1, day, 8) for day in (1, 2, 3)],
        "plant": ["x", "x", "y"],
        "paid": [True, False, True],
    }
)


def test_a_flat_table_keeps_its_types(tmp_path):
    """Numbers become case names, truth values stay, constants go to the case."""
    FLAT.write_parquet(tmp_path / "log.parquet")
    log = read_log(tmp_path / "log.parquet").log
    assert log.objects["object_id"].to_list() == ["1", "2"]
    assert log.objects["plant"].to_list() == ["x", "y"]
    assert log.events["paid"].dtype == pl.Boolean


def test_stamps_with_a_zone_become_utc(tmp_path):
    """08:00 in Berlin in January is 07:00 UTC, whatever ``zone`` says."""
    aware = FLAT.with_columns(pl.col("time").dt.replace_time_zone("Europe/Berlin"))
    aware.write_parquet(tmp_path / "log.parquet")
    read = read_log(tmp_path / "log.parquet", zone="Asia/Tokyo")
    assert read.log.events["time"][0] == datetime(2024, 1, 1, 7)


def test_a_folder_and_a_run_folder_are_read(tmp_path):
    """What ``EventLog.write`` made, by itself or as ``log`` within a run."""
    FLAT.write_parquet(tmp_path / "log.parquet")
    log = read_log(tmp_path / "log.parquet").log
    log.write(tmp_path / "run" / "log")
    for folder in (tmp_path / "run", tmp_path / "run" / "log"):
        read = read_log(folder)
        assert read.log.events.equals(log.events)
        assert (read.case_type, read.mapping) == ("case", None)


def test_a_folder_without_a_log_or_with_a_broken_one_is_refused(tmp_path):
    """A missing table is named; a reference to nothing is counted."""
    with pytest.raises(LogError, match="holds no event log"):
        read_log(tmp_path)
    FLAT.write_parquet(tmp_path / "log.parquet")
    folder = read_log(tmp_path / "log.parquet").log.write(tmp_path / "log")
    relations = pl.read_parquet(folder / "event_objects.parquet")
    relations.with_columns(pl.col("object") + 1).write_parquet(folder / "event_objects.parquet")
    with pytest.raises(LogError, match=r"1 rows of event_objects\.object refer to nothing"):
        read_log(folder)
    (folder / "objects.parquet").unlink()
    with pytest.raises(LogError, match=r"objects.parquet is missing"):
        read_log(folder)


def test_a_damaged_file_is_refused(tmp_path):
    """The first bytes of Parquet are not yet Parquet."""
    (tmp_path / "log.parquet").write_bytes(b"PAR1 and then something else")
    with pytest.raises(LogError, match="cannot be read"):
        read_log(tmp_path / "log.parquet")
