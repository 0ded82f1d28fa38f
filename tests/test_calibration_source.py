"""What calibration takes from a log: the cases and events of a period, and the names of things."""

from __future__ import annotations

import datetime as dt

import pytest
from calibration_logs import HAPPY, csv_log, orders

from mining.calibration.demand import estimate_arrivals
from mining.calibration.order_view import order_view
from mining.calibration.quotations import estimate_quotations
from mining.calibration.source import source_of
from o2c_sim import LogError


def test_a_log_taken_earlier_has_open_cases(tmp_path):
    """Until day 20: what comes later is unknown, whole orders that begin later too."""
    read = csv_log(tmp_path, orders(40))
    cut = source_of(read, read.case_type, last=dt.date(2024, 1, 20))
    assert cut.log.events["time"].max() < dt.datetime(2024, 1, 21)
    cases = cut.log.flatten(cut.case_type).group_by("case").len()
    assert cases.height == 20
    assert sorted(cases["len"].to_list())[:4] == [1, 2, 3, 4]
    later = source_of(read, read.case_type, first=dt.date(2024, 1, 31))
    assert later.log.flatten(later.case_type)["case"].n_unique() == 10
    with pytest.raises(LogError, match="no case from 2030-01-01"):
        source_of(read, read.case_type, first=dt.date(2030, 1, 1))


def test_an_order_with_an_old_quotation_counts_by_its_order(tmp_path):
    """From day 20: an order of day 25 stays, with its quotation of day 2; that alone does not."""
    rows = orders(40)
    rows += ["old,Create Quotation,2024-01-02 09:00", "old,Create Sales Order,2024-01-25 09:00"]
    rows += ["lost,Create Quotation,2024-01-02 09:00"]
    read = csv_log(tmp_path, rows)
    later = source_of(read, read.case_type, first=dt.date(2024, 1, 20))
    names = later.log.objects["object_id"].to_list()
    assert "old" in names
    assert "lost" not in names
    assert len(names) == 21 + 1
    assert later.log.events["time"].min() == dt.datetime(2024, 1, 2, 9)
    view = order_view(later)
    assert view is not None
    assert view.orders.filter("quoted_before").height == 1


def test_quotations_older_than_the_log_are_not_counted(tmp_path):
    """Ten quotations of the period and ten orders of older ones: no demand of the period."""
    start = dt.datetime(2024, 2, 1, 9)
    rows = orders(90)
    for n in range(20):
        day = start + dt.timedelta(days=n)
        quoted = day - dt.timedelta(days=60 if n < 10 else 2)
        rows += [f"q{n},Create Quotation,{quoted:%Y-%m-%d %H:%M}"]
        rows += [f"q{n},{HAPPY[0]},{day:%Y-%m-%d %H:%M}", f"q{n},{HAPPY[1]},{day:%Y-%m-%d %H:%M}"]
    read = csv_log(tmp_path, rows)
    later = source_of(read, read.case_type, first=dt.date(2024, 1, 31))
    (share, *_) = estimate_quotations(later, 1)
    assert share.value == pytest.approx(10 / 70)
    (rate, *_) = estimate_arrivals(later, 1)
    assert rate.value == pytest.approx(7 * 70 / 60, rel=0.06)


def test_names_of_a_real_system_are_understood(tmp_path):
    """SAP's names for an order line become the vocabulary's, and the case a line."""
    names = ("Line Creation", "Delivery", "Good Issue")
    read = csv_log(tmp_path, orders(40, names))
    source = source_of(read, read.case_type)
    assert source.case_type == "order_line"
    assert source.log.activities == ("Create Delivery", "Create Sales Order", "Post Goods Issue")
