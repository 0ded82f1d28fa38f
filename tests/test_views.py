"""Bottlenecks, hand-overs, batches, the dotted chart and the happy path."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import naive
import polars as pl
import pytest
from command_line import o2c
from polars.testing import assert_frame_equal
from real_logs import MANUFACTURING, case_view, folder, pm4py_frame

from mining.batches import batches
from mining.bottlenecks import bottlenecks, case_values, value_column
from mining.discovery import quiet_pm4py
from mining.dotted_chart import dotted_chart
from mining.handover import handovers
from mining.happy_path import happy_path
from mining.performance import rework
from mining.read import read_log
from o2c_sim.errors import LogError, UsageError


def values(*of_case):
    """Return what cases 0, 1, ... are worth."""
    numbers = pl.Series(range(len(of_case)), dtype=pl.UInt32)
    return pl.DataFrame({"case": numbers, "value": pl.Series(of_case, dtype=pl.Float64)})


def test_bottlenecks_are_the_same_to_the_last_bit():
    """Shares are of one sum, and a sum of floats depends on its order."""
    names = "abcdefghijklmnopqrstuvwxyz"
    ways = ["".join(names[(k * step) % 26] for k in range(26)) for step in (1, 3, 5, 7, 9, 11)]
    cases = naive.case_view(ways * 3, hours=1 / 7)
    first = bottlenecks(cases)
    assert all(bottlenecks(cases).equals(first) for _ in range(60))


def test_bottlenecks_by_hand():
    """Two cases wait 24 hours for b, one of them worth 100 and one 50, over a log of two days."""
    cases = naive.case_view(["abc", "ab"], hours=24.0)
    table = bottlenecks(cases, "UTC", values(100.0, 50.0))
    first = table.row(0, named=True)
    assert (first["source"], first["target"], first["count"], first["cases"]) == ("a", "b", 2, 2)
    assert (first["total_hours"], first["case_days"]) == (48.0, 2.0)
    assert first["total_business_hours"] == 18.0  # Monday 08:00 to Tuesday 08:00 is one day of 9
    assert first["share"] == pytest.approx(2 / 3)
    assert first["value_days"] == 150.0
    assert first["mean_value"] == 75.0
    assert table["value_share"].to_list() == pytest.approx([0.6, 0.4])
    assert bottlenecks(cases)["value_days"].null_count() == 2


def test_waiting_ends_where_work_begins():
    """B completes after an hour, begun 15 minutes before: 45 minutes of waiting; never negative."""
    cases = naive.case_view(["ab"])
    begun = cases.with_columns(
        pl.when(pl.col("event") == 1).then(pl.col("time") - timedelta(minutes=15)).alias("start")
    )
    assert bottlenecks(begun)["total_hours"].to_list() == [0.75]
    early = cases.with_columns(
        pl.when(pl.col("event") == 1).then(pl.col("time") - timedelta(hours=5)).alias("start")
    )
    assert bottlenecks(early)["total_hours"].to_list() == [0.0]


def test_cash_ranks_other_than_time():
    """The short wait of a dear case beats the long wait of a cheap one."""
    cases = naive.case_view(["ab", "cd"]).with_columns(
        pl.when(pl.col("case") == 1).then(pl.col("time") + pl.duration(hours=pl.col("event") * 5))
        .otherwise("time").alias("time")
    )  # fmt: skip
    table = bottlenecks(cases, "UTC", values(1000.0, 1.0))
    assert table["source"].to_list() == ["c", "a"]
    assert table.sort("value_days", descending=True)["source"].to_list() == ["a", "c"]


def test_what_a_case_is_worth(tmp_path):
    """A value column of the case, or else the largest amount of its events."""
    rows = ["case,activity,time,NetValue", "1,a,2024-01-01 08:00:00,5", "1,b,2024-01-02 08:00:00,5",
            "2,a,2024-01-01 09:00:00,7"]  # fmt: skip
    path = tmp_path / "log.csv"
    path.write_text("\n".join(rows) + "\n")
    log = read_log(path).log
    assert case_values(log, "case")["value"].to_list() == [5.0, 7.0]
    assert value_column(log, "case") == "NetValue"


def people(traces, who):
    """Return a case view whose events are done by the letters of *who*."""
    return naive.case_view(traces).with_columns(
        pl.Series("resource", [None if name == "-" else name for name in "".join(who)])
    )


def test_handovers_by_hand():
    """X to y twice in one case and once in another; z works alone; unknown people do not count."""
    found = handovers(people(["abcd", "ab", "ab", "ab"], ["xyxy", "xy", "zz", "-x"]))
    assert found.pairs.select("source", "target", "count", "cases").rows() == [
        ("x", "y", 3, 2),
        ("y", "x", 1, 1),
    ]
    assert found.pairs["case_share"].to_list() == [0.5, 0.25]
    assert found.pairs["mean_waiting_hours"].to_list() == [1.0, 1.0]
    assert found.known_steps == 5
    assert (found.share_of_steps, found.per_case) == (0.8, 1.0)
    assert found.cases_without == 1
    nobody = handovers(naive.case_view(["ab"]))
    assert nobody.pairs.is_empty()
    assert nobody.share_of_steps != nobody.share_of_steps


def test_handovers_agree_with_pm4py():
    """The network of direct successions, own work included, on a real log in any row order."""
    path = folder() / MANUFACTURING
    pm4py, frame = pm4py_frame(MANUFACTURING)
    users = pl.read_csv(path, infer_schema_length=0).with_row_index("event")
    users = users.select(pl.col("event").cast(pl.UInt32), pl.col("User").alias("resource"))
    cases = case_view(MANUFACTURING).drop("resource").join(users, on="event").sort("event")
    cases = cases.filter(~pl.col("resource").is_null().any().over("case"))
    with quiet_pm4py():
        ordered = cases.sort("case", "time", "event")
        frame = frame.iloc[: ordered.height].copy()
        frame["case:concept:name"] = ordered["case"].cast(pl.String).to_list()
        frame["org:resource"] = ordered["resource"].to_list()
        frame["time:timestamp"] = ordered["time"].to_numpy()
        net = pm4py.discover_handover_of_work_network(frame, beta=0)
    mixed = cases.sample(fraction=1.0, shuffle=True, seed=1)
    pairs = handovers(mixed, same=True).pairs
    total = pairs["count"].sum()
    ours = {(s, t): n / total for s, t, n in pairs.select("source", "target", "count").rows()}
    theirs = {pair: share for pair, share in net.connections.items() if share}
    assert ours.keys() == theirs.keys()
    scale = sum(theirs.values())
    assert all(ours[pair] == pytest.approx(theirs[pair] / scale) for pair in ours)


def run(hour, cases=8):
    """Return orders whose second step is done for all of a day at one hour."""
    rows = []
    for day in range(4):
        for case in range(cases):
            begin = datetime(2026, 1, 5 + day, 8) + timedelta(minutes=30 * case)
            rows.append((day * cases + case, "enter", begin))
            rows.append((day * cases + case, "bill", datetime(2026, 1, 5 + day, hour, 0, case)))
    table = pl.DataFrame(
        rows,
        schema={"case": pl.UInt32, "activity": pl.String, "time": pl.Datetime("us")},
        orient="row",
    )
    return table.with_row_index("event")


def test_a_daily_run_is_a_batch_with_a_clock():
    """Eight invoices a day at 18:00: the first waits 10 hours, 3.5 of them for the last order."""
    found = batches(run(18)).row(0, named=True)
    assert (found["activity"], found["events"], found["batched"], found["batches"]) == (
        "bill", 32, 32, 4,
    )  # fmt: skip
    assert (found["mean_size"], found["largest"], found["clock"]) == (8.0, 8, "18:00")
    assert found["median_gap_hours"] == 24.0
    waits = [10 - 0.5 * case + case / 3600 for case in range(8)]
    assert found["waiting_hours"] == pytest.approx(4 * sum(waits))
    assert found["gathering_hours"] == pytest.approx(4 * sum(3.5 - 0.5 * c for c in range(8)))
    assert batches(run(18), "America/New_York")["clock"].to_list() == ["13:00"]


def test_single_work_is_no_batch():
    """Steps half an hour apart are none, and four at once are too few unless told."""
    assert batches(run(18)).filter(activity="enter").is_empty()
    few = run(18, cases=4)
    assert batches(few).is_empty()
    assert batches(few, smallest=4)["batches"].to_list() == [4]
    spread = few.with_columns(
        pl.when(pl.col("activity") == "bill")
        .then(pl.col("time") + pl.duration(minutes=5 * (pl.col("case") % 4)))
        .otherwise("time")
        .alias("time")
    )
    assert batches(spread, smallest=4).is_empty()


def test_an_event_of_several_cases_counts_once():
    """One invoice for eight orders is one event, no batch."""
    cases = run(18)
    bill = pl.col("activity") == "bill"
    shared = cases.with_columns(
        pl.when(bill).then(pl.lit(10_000) + pl.col("case") // 8).otherwise("event").alias("event"),
        pl.when(bill).then(pl.col("time").dt.truncate("1h")).otherwise("time").alias("time"),
    )
    assert batches(shared).is_empty()


def test_the_dotted_chart():
    """Rows by start, hours since the first event, the clock of the company."""
    cases = naive.case_view(["ab", "abc"])
    later = pl.when(pl.col("case") == 0).then(pl.col("time") + timedelta(days=1)).otherwise("time")
    cases = cases.with_columns(later.alias("time"))
    dots = dotted_chart(cases, "America/New_York")
    assert dots["case"].to_list() == [1, 1, 1, 0, 0]
    assert dots["row"].to_list() == [0, 0, 0, 1, 1]
    assert dots["hours"].to_list() == [0, 1, 2, 0, 1]
    assert dots["hour"].to_list() == [3, 4, 5, 3, 4]
    assert dots["weekday"].to_list() == [1, 1, 1, 2, 2]
    assert dots["color"].to_list() == ["a", "b", "c", "a", "b"]
    assert dotted_chart(cases, order="duration")["case"].to_list() == [0, 0, 1, 1, 1]
    assert dotted_chart(cases, most_cases=1)["case"].to_list() == [1, 1, 1]
    with pytest.raises(UsageError, match="'length' is not known"):
        dotted_chart(cases, order="length")


def test_the_happy_path():
    """Two of three cases go a-b in one hour; one of them without hands; the other takes two."""
    cases = naive.case_view(["ab", "ab", "abb"]).with_columns(
        pl.Series("automated", [True, True, True, False, True, True, True])
    )
    found = happy_path(cases)
    assert (found.activities, found.cases) == (("a", "b"), 2)
    assert found.share == pytest.approx(2 / 3)
    assert (found.median_hours, found.others_median_hours) == (1.0, 2.0)
    assert found.touchless_share == 0.5
    with pytest.raises(LogError, match="no cases"):
        happy_path(cases.clear())


def test_a_shuffled_real_log_gives_identical_views():
    """Row order carries no information."""
    cases = case_view(MANUFACTURING)
    mixed = cases.sample(fraction=1.0, shuffle=True, seed=2)
    for view in (bottlenecks, batches, dotted_chart):
        assert_frame_equal(view(cases), view(mixed), check_exact=True)
    counts = Counter(bottlenecks(cases)["source"].to_list())
    assert max(counts.values()) <= 19


def test_rework_agrees_with_pm4py():
    """Cases that repeat an activity, on a real log in any row order."""
    pm4py, frame = pm4py_frame(MANUFACTURING)
    with quiet_pm4py():
        expected = pm4py.get_rework_cases_per_activity(frame)
    mixed = case_view(MANUFACTURING).sample(fraction=1.0, shuffle=True, seed=8)
    table = rework(mixed).filter(pl.col("rework_cases") > 0)
    assert dict(table.select("activity", "rework_cases").rows()) == expected


def test_mining_shows_the_views_and_writes_them(tmp_path):
    """Text, JSON, CSV and HTML carry the same bottleneck; models are written."""
    path = tmp_path / "log.csv"
    rows = [
        f"{c},{a},{datetime(2024, 3, 1) + timedelta(hours=9 + 30 * h + c)},{'u' if h else 'w'},{k}"
        for c in range(12)
        for k in ("DE" if c % 3 else "FR",)
        for h, a in enumerate(("Create Sales Order", "Create Invoice"))
    ]
    path.write_text("\n".join(["case,activity,time,resource,country", *rows]) + "\n")
    out = tmp_path / "out"
    text = o2c("mine", path, "--segment", "country", "-o", out)
    assert text.code == 0, text
    assert "Create Sales Order -> Create Invoice" in text.out
    assert "w -> u" in text.out
    assert "segments" in text.out
    asked = o2c("mine", path, "--segment", "country", "--monthly", "--json")
    result = asked.document["result"]
    assert {row["kpi"] for row in result["segment_kpis"]} == set(result["kpis"])
    assert result["monthly_kpis"] == [], "March is not whole"
    assert result["bottlenecks"][0]["total_hours"] == 360.0
    assert [row["segment"] for row in result["segments"]["rows"]] == ["DE", "FR"]
    assert result["handovers"]["people"]["pairs"][0]["count"] == 12
    assert pl.read_csv(out / "bottlenecks.csv")["total_hours"].to_list() == [360.0]
    page = (out / "report.html").read_text()
    assert all(f'id="s-{key}"' in page for key in ("bottlenecks", "handovers", "drift", "segments"))
    assert 'id="batches"' not in page
    assert {"model.dfg", "model.bpmn", "model.pnml", "heuristics.pnml"} <= {
        file.name for file in out.iterdir()
    }
