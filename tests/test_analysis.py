"""The analysis of one log: sizes and paths as a naive count gives them, KPIs in reference names."""

import datetime as dt
from collections import Counter
from itertools import pairwise

import pytest

from mining.analysis import analyse, in_reference_names
from mining.kpis import Period, measure
from mining.read import read_log
from o2c_sim import LogError
from o2c_sim import vocabulary as v

# Order 1: A day 1, B day 2, C day 5. Order 2: A day 1, C day 2. Order 3: A day 3.
ROWS = """\
case,activity,time
1,Line Creation,2024-01-01T10:00:00
2,Line Creation,2024-01-01T11:00:00
1,Delivery,2024-01-02T10:00:00
2,Good Issue,2024-01-02T11:00:00
3,Line Creation,2024-01-03T09:00:00
1,Good Issue,2024-01-05T10:00:00
"""


@pytest.fixture
def read(tmp_path):
    """Read the log of three order lines."""
    (tmp_path / "lines.csv").write_text(ROWS)
    return read_log(tmp_path / "lines.csv")


def test_sizes_and_paths(read):
    """Six events, three cases, three variants; the graph counts what a loop over cases counts."""
    found = analyse(read)
    assert (found.quality.events, found.quality.cases, found.variants.height) == (6, 3, 3)
    steps = Counter()
    for path in (("Line Creation", "Delivery", "Good Issue"), ("Line Creation", "Good Issue")):
        steps.update(pairwise(path))
    edges = {(r["source"], r["target"]): r["count"] for r in found.graph.edges.to_dicts()}
    assert edges == dict(steps)


def test_throughput(read):
    """Spans of 96, 24 and 0 hours: mean 40, median 24, and p90 at 24 + 0.8 x 72 = 81.6."""
    times = analyse(read).throughput
    assert times.count == 3
    assert (times.mean, times.median) == (40.0, 24.0)
    assert times.p90 == pytest.approx(81.6)


def test_kpis_speak_the_reference_vocabulary(read):
    """SAP's names are mapped: from line creation to goods issue 4 days and 1 day, mean 2.5."""
    found = analyse(read)
    assert found.kpis["order_cycle_mean_days"] == pytest.approx(2.5)
    assert found.graph.starts["activity"].to_list() == ["Line Creation"]
    assert set(in_reference_names(read.log).activities) == {
        v.CREATE_SALES_ORDER, v.CREATE_DELIVERY, v.POST_GOODS_ISSUE,
    }  # fmt: skip


def test_names_that_are_reference_names_stay(run):
    """A simulated log needs no mapping and is not copied."""
    assert in_reference_names(run.log) is run.log


def test_what_is_undefined_is_left_out(read):
    """A KPI without a case is not in the result: nothing to show is not shown as NaN."""
    assert all(value == value for value in analyse(read).kpis.values())
    assert "dso_simple_days" not in analyse(read).kpis


def test_kpis_of_a_period(run, tmp_path):
    """A period gives the KPIs that measuring the log over it gives, undefined ones left out."""
    from mining.read.log import ReadLog

    period = Period(dt.date(2025, 3, 10), dt.date(2025, 4, 10))
    read = ReadLog(run.log, v.ORDER, None, ())
    found = analyse(read, period=period, recorded=v.ACTIVITIES)
    expected = measure(run.log, period, recorded=v.ACTIVITIES)
    assert found.kpis == {key: value for key, value in expected.items() if value == value}
    assert found.period == period
    assert analyse(read).kpis != found.kpis


def test_another_case_notion(run):
    """Seen as invoices, a simulated log has as many cases as invoices with events."""
    from mining.read.log import ReadLog

    found = analyse(ReadLog(run.log, v.ORDER, None, ()), v.INVOICE)
    assert found.case_type == v.INVOICE
    assert found.quality.cases == run.log.flatten(v.INVOICE)["case"].n_unique()
    with pytest.raises(LogError, match="no objects of type 'parcel'"):
        analyse(ReadLog(run.log, v.ORDER, None, ()), "parcel")
