"""The linter: each fault is found where it was planted in a sound simulated log."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from command_line import o2c, refused

from mining.quality import quality
from mining.signs import file_end
from o2c_sim import Window, load_company, simulate
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

PLANTED = {
    "day_month_swap",
    "negative_lag",
    "flat_times",
    "identical_durations",
    "even_arrivals",
    "mixed_clocks",
    "dangling_relations",
    "before_creation",
    "cut_on",
    "no_cash_side",
    "truncated",
    "day_grain",
    "constant_lag",
}


@pytest.fixture(scope="module")
def log() -> EventLog:
    """Simulate two months of orders to the cash, from the first day on."""
    run = simulate(load_company("distributor"), seed=3, window=Window(0, 60, 90))
    return run.log


def found(log, notes=()):
    """Return the gravest finding of each kind."""
    return {f.kind: f for f in reversed(quality(log, v.ORDER, notes).findings)}


def with_events(log, *columns):
    """Return the log with columns of its events replaced."""
    return replace(log, events=log.events.with_columns(*columns))


def is_(activity):
    """Return what picks the events of an activity."""
    return pl.col("activity") == activity


def without(log, rows):
    """Return the log without the events of an expression, their relations left as they were."""
    return replace(log, events=log.events.filter(~rows))


def cut(log, rows):
    """Return the log without the events of an expression and their relations."""
    events = log.events.filter(~rows)
    return replace(
        log, events=events, event_objects=log.event_objects.join(events, on="event", how="semi")
    )


def test_a_sound_log_has_none_of_the_faults(log):
    """What is planted below is not there before."""
    assert not PLANTED & set(found(log))


def test_days_and_months_swapped_in_one_source(log):
    """One activity's dates up to the 12th are read month first."""
    day, month = pl.col("time").dt.day(), pl.col("time").dt.month()
    swapped = pl.datetime(
        pl.col("time").dt.year(), day, month, pl.col("time").dt.hour(), time_unit="us"
    )
    wrong = (day <= 12) & (day != month) & is_(v.CREATE_DELIVERY)
    bad = with_events(log, pl.when(wrong).then(swapped).otherwise("time").alias("time"))
    finding = found(bad)["day_month_swap"]
    assert finding.severity == "serious"
    planted = log.events.filter(wrong)["event"]
    assert 0.3 * len(planted) <= finding.count <= 1.2 * len(planted)
    numbers = [int(text.rpartition("event ")[2].strip(")")) - 1 for text in finding.examples]
    assert set(numbers) <= set(planted.to_list())


def test_lags_that_cannot_be_negative(log):
    """Ten deliveries are stamped before their orders, and work that ends before it begins."""
    ids = log.events.filter(is_(v.CREATE_SALES_ORDER))["event"].head(10).implode()
    late = pl.when(pl.col("event").is_in(ids)).then(pl.col("time") + pl.duration(days=300))
    finding = found(with_events(log, late.otherwise("time").alias("time")))["negative_lag"]
    assert "without which it cannot be, in 1" in finding.message
    assert len(finding.examples) == 3
    backwards = with_events(
        log,
        pl.when(pl.col("event") < 7).then(pl.col("time") + pl.duration(hours=1))
        .otherwise("start").alias("start"),
    )  # fmt: skip
    assert found(backwards)["negative_lag"].message == "7 events complete before they start"


def test_lags_drawn_by_lot(log):
    """Order entry between 1 and 5 hours after receipt, evenly, and the events of every order."""
    rng = np.random.default_rng(1)
    first = log.flatten(v.ORDER).filter(is_(v.RECEIVE_ORDER)).group_by("case").first()
    keys = first.select("event", "time", "case")
    n = keys.height
    second = pl.Series(rng.uniform(3600, 18000, n) * 1e6).cast(pl.Int64).cast(pl.Duration("us"))
    start = log.events["event"].max() + 1
    kinds = pl.Enum(["A", "B"])
    number = pl.int_range(2 * n, dtype=pl.UInt32, eager=True) + start
    times = pl.concat([keys["time"], keys["time"] + second])
    events = log.events.clear()
    events = pl.DataFrame(
        {
            "event": number,
            "activity": pl.Series(["A"] * n + ["B"] * n, dtype=kinds),
            "time": times,
        }
    )
    filled = events.with_columns(
        pl.lit(None, log.events.schema[c]).alias(c)
        for c in log.events.columns
        if c not in events.columns
    ).select(log.events.columns)
    links = pl.DataFrame({"event": number, "object": pl.concat([keys["case"], keys["case"]])})
    made_up = replace(
        log,
        events=filled,
        event_objects=links.with_columns(pl.lit(v.ORDER).alias("qualifier")),
    )
    finding = found(made_up)["flat_times"]
    assert "between 1.0 and 5.0 hours" in finding.message
    assert finding.count == n
    skewed = filled.with_columns(
        pl.when(is_("B"))
        .then(pl.col("time") + pl.duration(hours=pl.col("event").hash(1) % 97))
        .otherwise("time")
        .alias("time")
    )
    assert "flat_times" not in {
        f.kind for f in quality(replace(made_up, events=skewed), v.ORDER).findings
        if "spread evenly between" in f.message
    }  # fmt: skip


def test_cases_that_all_take_as_long(log):
    """Every order ends exactly ten days after it began."""
    cases = log.flatten(v.ORDER).group_by("case", maintain_order=True).agg(
        pl.col("time").min().alias("begin"), pl.col("event").last()
    )  # fmt: skip
    pair = cases.with_columns(time=pl.col("begin") + pl.duration(days=10))
    first = cases.join(log.flatten(v.ORDER).group_by("case").agg(pl.col("event").first()
        .alias("opening")), on="case")["opening"]  # fmt: skip
    kept = log.events.filter(pl.col("event").is_in(pl.concat([first, cases["event"]]).implode()))
    kept = kept.join(pair.unique("event").select("event", new="time"), on="event", how="left")
    kept = kept.with_columns(pl.coalesce("new", "time").alias("time")).drop("new")
    links = log.event_objects.join(kept, on="event", how="semi")
    finding = found(replace(log, events=kept, event_objects=links))["identical_durations"]
    assert "take exactly 10 days" in finding.message


def test_an_activity_by_another_clock(log):
    """Order entry stamped seven hours late, as by a server far away."""
    bad = with_events(
        log,
        pl.when(is_(v.CREATE_SALES_ORDER)).then(pl.col("time") + pl.duration(hours=7))
        .otherwise("time").alias("time"),
        pl.when(is_(v.CREATE_SALES_ORDER)).then(False).otherwise("automated").alias("automated"),
    )  # fmt: skip
    finding = found(bad)["mixed_clocks"]
    assert repr(v.CREATE_SALES_ORDER) in finding.message
    assert any(f"+{hours} hours" in finding.message for hours in (6, 7, 8))


def test_relations_to_what_is_not_there(log):
    """Invoices deleted from the events but not from the relations, and a reader's note."""
    bad = without(log, is_(v.CREATE_INVOICE))
    gone = log.events.filter(is_(v.CREATE_INVOICE)).join(log.event_objects, on="event").height
    assert found(bad)["dangling_relations"].count == gone
    note = "7 event-to-object relations refer to something that does not exist and are left out"
    assert found(log, [note])["dangling_relations"].count == 7


def test_events_and_objects_without_a_partner(log):
    """Twelve events lose their relations; an object that nothing names has no event."""
    lost = replace(log, event_objects=log.event_objects.filter(pl.col("event") >= 12))
    before = found(log).get("events_without_objects")
    assert found(lost)["events_without_objects"].count == 12 + (before.count if before else 0)
    extra = log.objects.head(1).with_columns(
        pl.lit(log.objects.height, pl.UInt32).alias("object"), pl.lit("nobody").alias("object_id")
    )
    more = quality(replace(log, objects=pl.concat([log.objects, extra])), v.ORDER).findings
    kind = str(extra["type"][0])
    text = [f for f in more if f.kind == "objects_without_events" and repr(kind) in f.message]
    assert text, "the object is counted"


def test_events_older_than_their_object(log):
    """Thirty invoices sent before they were made."""
    ids = log.events.filter(is_(v.SEND_INVOICE))["event"].head(30).implode()
    early = pl.when(pl.col("event").is_in(ids)).then(pl.col("time") - pl.duration(days=20))
    finding = found(with_events(log, early.otherwise("time").alias("time")))["before_creation"]
    assert (finding.count, finding.unit) == (30, "events")
    assert "'invoice'" in finding.message


def test_a_log_that_begins_in_the_middle(log):
    """What happened in the first 20 days is missing; orders under way begin with anything."""
    begin = log.events["time"].min() + timedelta(days=20)
    assert "cut_on" in found(cut(log, pl.col("time") < begin))


def test_a_log_without_the_cash_side(log):
    """Payments, clearings and what follows are not exported."""
    cash = pl.col("activity").cast(pl.String).str.contains("(?i)pay|clear|cash")
    assert found(cut(log, cash))["no_cash_side"].severity == "serious"


def test_files_that_stop_too_early(tmp_path):
    """At a limit, in the middle of a row, in the middle of the compression."""
    head = "case,activity,time\n"
    row = "1,Receive Order,2024-03-01T09:00:00\n"
    whole, broken = tmp_path / "whole.csv", tmp_path / "broken.csv"
    whole.write_text(head + row * 4)
    broken.write_text(head + row * 3 + "1,Receive Or")
    assert file_end.findings(whole, 4) == []
    assert file_end.findings(whole, 1_048_575)[0].kind == "truncated"
    assert file_end.findings(whole, 50_000)[0].kind == "truncated"
    assert file_end.findings(whole, 50_001) == []
    finding = file_end.findings(broken, 4)[0]
    assert finding.severity == "serious"
    assert "lacks 1 of 3 fields" in finding.message
    packed = tmp_path / "log.csv.gz"
    packed.write_bytes(gzip.compress((head + row * 999).encode())[:-20])
    refused(o2c("lint", packed), 3, "cut off")


def test_the_verb_fails_on_what_it_is_told(tmp_path):
    """Severity decides the exit code, and the document tells what was found and where."""
    path = tmp_path / "log.csv"
    rows = "".join(
        f"{c},{a},2024-03-{1 + c % 20:02d}T{8 + h}:{c % 60:02d}:{c % 59:02d}\n"
        for c in range(60)
        for h, a in enumerate(("Create Sales Order", "Create Invoice"))
    )
    path.write_text("case,activity,time\n" + rows)
    assert o2c("lint", path).code == 0
    assert o2c("lint", path, "--fail-on", "serious").code == 1
    outcome = o2c("lint", path, "--json")
    result = outcome.document["result"]
    worst = result["findings"][0]
    assert (worst["severity"], result["passed"]) == ("serious", True)
    assert set(worst) == {
        "kind", "severity", "message", "count", "unit", "spoils", "advice", "examples",
    }  # fmt: skip
    assert "spoils" in o2c("lint", path).out


def test_stamps_at_the_edge_of_the_calendar_are_refused(tmp_path):
    """A placeholder such as 9999-12-31 has no time in another zone; every verb says so."""
    path = tmp_path / "log.csv"
    path.write_text("case,activity,time\n1,a,2024-01-01 08:00:00\n1,b,9999-12-31 23:59:59\n")
    refused(o2c("lint", path, "--zone", "Asia/Tokyo"), 3, "(event 2)", "9999-12-31")
    refused(o2c("mine", path), 3, "edge of the calendar")
