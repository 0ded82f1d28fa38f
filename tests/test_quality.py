"""Data quality: each sign is found where it was planted, and nowhere else."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from mining.quality import quality
from mining.read import ColumnMapping, read_log
from o2c_sim.errors import LogError

MONDAY = datetime(2024, 1, 1)


def _log(tmp_path, rows, zone="UTC", **columns):
    frame = pl.DataFrame(rows, schema=["case", "activity", "time"], orient="row")
    path = tmp_path / "log.parquet"
    frame.with_columns(**columns).write_parquet(path)
    return read_log(path, zone=zone).log


def _clean(cases=200):
    """Return orders with three steps at irregular minutes of the working day, to the cash."""
    rows = []
    for case in range(cases):
        day = MONDAY + timedelta(days=case // 2)
        for step, activity in enumerate(("Create Order", "Create Invoice", "Receive Payment")):
            shift = timedelta(hours=8 + (case * 7 + step * 3) % 9, seconds=(case * 977) % 3599)
            rows.append((str(case), activity, day + timedelta(days=step) + shift))
    return rows


def _kinds(log):
    return {finding.kind for finding in quality(log, "case").findings}


def test_a_sound_log_has_only_the_gaps_that_it_says(tmp_path):
    """No start times, and every case ends paid; nothing else."""
    result = quality(_log(tmp_path, _clean()), "case")
    assert (result.events, result.cases, result.activities, result.resources) == (600, 200, 3, 0)
    assert dict(result.null_shares)["start"] == 1.0
    assert [f.kind for f in result.findings] == ["completion_only", "one_end"]


def test_stamps_that_know_only_the_day(tmp_path):
    """All invoices at 23:59:59, and the number of them."""
    rows = [
        (c, a, t.replace(hour=23, minute=59, second=59) if "Invoice" in a else t)
        for c, a, t in _clean()
    ]
    finding = quality(_log(tmp_path, rows), "case").findings[0]
    assert (finding.kind, finding.severity, finding.count) == ("day_grain", "serious", 200)
    assert "'Create Invoice' are stamped 23:59:59" in finding.message


def test_a_stamp_that_is_computed_from_another(tmp_path):
    """A goods issue exactly one hour after each order was not recorded by anybody."""
    rows = _clean()
    rows += [(c, "Goods Issue", t + timedelta(hours=1)) for c, a, t in rows if "Order" in a]
    findings = {f.kind: f for f in quality(_log(tmp_path, rows), "case").findings}
    assert findings["constant_lag"].message == (
        "'Goods Issue' comes exactly 1:00:00 after 'Create Order' in 200 of 200 direct successions"
    )


def test_a_nightly_run(tmp_path):
    """Invoices between 03:00 and 04:00 are a run; they do not count as a working day."""
    rows = [(c, a, t.replace(hour=3) if "Invoice" in a else t) for c, a, t in _clean()]
    findings = {f.kind: f for f in quality(_log(tmp_path, rows), "case").findings}
    assert "100% fall in the hour from 03:00" in findings["batch_clock"].message
    assert "zone_doubt" not in findings


def test_a_working_day_at_the_wrong_hours(tmp_path):
    """The same day six hours later looks like UTC stamps from Chicago; named, it is in order."""
    rows = [(c, a, t + timedelta(hours=6)) for c, a, t in _clean()]
    findings = {f.kind: f for f in quality(_log(tmp_path, rows), "case").findings}
    assert "between 14:00 and 23:00 UTC" in findings["zone_doubt"].message
    assert "-6 h" in findings["zone_doubt"].message
    aware = pl.col("time").dt.replace_time_zone("UTC")
    assert "zone_doubt" not in _kinds(_log(tmp_path, rows, zone="Etc/GMT+6", time=aware))


def test_repeated_events_and_ties(tmp_path):
    """Twenty orders twice: 20 surplus events, 40 in ties."""
    rows = _clean()
    findings = {f.kind: f for f in quality(_log(tmp_path, rows + rows[:60:3]), "case").findings}
    assert (findings["duplicates"].count, findings["equal_times"].count) == (20, 40)


def test_cases_that_were_still_open(tmp_path):
    """Orders take ten days; a log cut at day 90 leaves the last ones unpaid."""
    rows = [(c, a, t + timedelta(days=10 * ("Pay" in a))) for c, a, t in _clean()]
    cut = [row for row in rows if row[2] < MONDAY + timedelta(days=90)]
    findings = {f.kind: f for f in quality(_log(tmp_path, cut), "case").findings}
    assert 15 <= findings["cut_off"].count <= 30
    assert "cut_off" not in _kinds(_log(tmp_path, rows))


def test_a_log_without_cash(tmp_path):
    """Orders and invoices without any payment end before the cash; other processes do not."""
    rows = [row for row in _clean() if "Payment" not in row[1]]
    missing = quality(_log(tmp_path, rows), "case").findings[0]
    assert (missing.kind, missing.severity, missing.count) == ("no_cash_side", "serious", 200)
    other = [(c, {"Create Order": "Register"}.get(a, "Decide"), t) for c, a, t in rows]
    assert "no_cash_side" not in _kinds(_log(tmp_path, other))


def test_a_type_without_events_is_refused(tmp_path):
    """There is nothing to judge."""
    log = _log(tmp_path, _clean(2))
    with pytest.raises(LogError, match="no objects of type 'order'"):
        quality(log, "order")


@pytest.fixture
def data():
    """Return the folder of the public logs, which is not part of the project."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("O2C_DATA", default))
    if not (folder / "sap_o2c_manufacturing_2016.csv.gz").is_file():
        pytest.skip(f"no SAP log in {folder}; set O2C_DATA to the folder of the public logs")
    return folder


def test_what_is_true_of_the_manufacturing_log(data):
    """Goods issue at day grain, US clock in UTC, no billing; rejections two hours after a step."""
    read = read_log(
        data / "sap_o2c_manufacturing_2016.csv.gz", ColumnMapping(case_type="order_line")
    )
    result = quality(read.log, "order_line")
    assert (result.events, result.cases, result.activities) == (145_499, 25_599, 19)
    messages = {f.kind: f.message for f in result.findings}
    assert messages["day_grain"].startswith("100.0% of 'Good Issue' are stamped 23:59:59")
    assert "14:00 and 23:00 UTC" in messages["zone_doubt"]
    assert "billing, payment or clearing" in messages["no_cash_side"]
    assert "'Schedule Line Rejected' comes exactly 2:00:00" in messages["constant_lag"]


def test_what_is_true_of_the_distributor_log(data):
    """A delivery run at 3, goods issue one hour after it, invoices but no payments."""
    read = read_log(data / "sap_o2c_distributor_2007_2009.csv.gz")
    result = quality(read.log, "case")
    assert (result.events, result.cases, result.activities) == (141_857, 26_129, 24)
    batches = [f.message for f in result.findings if f.kind == "batch_clock"]
    assert any("'Create Delivery'" in m and "hour from 03:00" in m for m in batches)
    messages = {f.kind: f.message for f in result.findings}
    assert messages["constant_lag"].startswith("'Goods Issue' comes exactly 1:00:00 after")
    assert "like payment or clearing" in messages["no_cash_side"]
    assert "zone_doubt" not in messages
