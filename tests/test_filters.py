"""Filters on case views: by hand, against pm4py, and as texts."""

from __future__ import annotations

from datetime import datetime, timedelta

import naive
import polars as pl
import pytest
from command_line import o2c, refused
from hypothesis import given, settings
from hypothesis import strategies as st
from real_logs import MANUFACTURING, case_view, pm4py_frame

from mining import filter_text, filters
from mining.discovery import quiet_pm4py
from mining.quality import quality
from o2c_sim import Window, load_company, simulate
from o2c_sim.errors import LogError, UsageError

TRACES = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6), min_size=1, max_size=8)
CASES = naive.case_view(["abc", "abb", "ac", "ba", "abc"])


def left(cases):
    """Return the numbers of the cases that are left."""
    return sorted(cases["case"].unique().to_list())


def by_text(*texts, cases=CASES, **options):
    """Return the cases that filters written as texts leave."""
    return left(filter_text.apply(filter_text.parse(texts), cases, **options))


@pytest.mark.parametrize(
    ("text", "cases"),
    [
        ("activity=c", [0, 2, 4]),
        ("activity!=c", [1, 3]),
        ("activity=c|b", [0, 1, 2, 3, 4]),
        ("start=b", [3]),
        ("end=b|a", [1, 3]),
        ("repeats=b", [1]),
        ("variant=1", [0, 4]),
        ("top=40%", [0, 4]),
        ("top=0.5", [0, 1, 4]),
        ("hours>1", [0, 1, 4]),
        ("hours>=1", [0, 1, 2, 3, 4]),
        ("hours<2", [2, 3]),
        ("days<=0.05", [2, 3]),
        ("events=2", [2, 3]),
        ("events!=2", [0, 1, 4]),
        ("follows=a>b", [0, 1, 4]),
        ("follows=a>c", [2]),
        ("follows=a>>c", [0, 2, 4]),
        ("follows=a>>c<1h", [2]),
        ("follows=a>>c>1h", [0, 4]),
        ("follows!=a>b", [2, 3]),
        ("started=2026-01-05..2026-01-05", [0, 1, 2, 3, 4]),
    ],
)
def test_texts_by_hand(text, cases):
    """Five short cases, one hour between events."""
    assert by_text(text) == cases


def test_filters_add_up():
    """What passes all is left; the order does not matter, because ranks are those of all cases."""
    assert by_text("activity=c", "variant=2|3") == by_text("variant=2|3", "activity=c") == [2]


def test_windows():
    """A case from 8 to 10: contained in it, reached into, begun."""
    eight, nine = naive.START, naive.START + timedelta(hours=1)
    assert left(filters.contained(CASES, eight, nine)) == [2, 3]
    assert left(filters.intersecting(CASES, nine + timedelta(minutes=30), datetime.max)) == [
        0, 1, 4,
    ]  # fmt: skip
    assert left(filters.started(CASES, nine, datetime.max)) == []
    assert filters.events_between(CASES, nine, nine).height == 5
    local = naive.case_view(["a"]).with_columns(pl.col("time") + timedelta(hours=17))
    assert by_text("started=0001-01-01..9999-12-31", zone="Asia/Tokyo") == [0, 1, 2, 3, 4]
    day = "started=2026-01-05..2026-01-05"
    assert by_text(day, cases=local, zone="America/New_York") == [0]
    with pytest.raises(UsageError, match="no case"):
        by_text(day, cases=local)


def test_attributes_of_events_and_of_cases():
    """A column of the case view counts if any event has the value; else the case's own."""
    cases = CASES.with_columns(pl.Series("user", ["u", *["v"] * (CASES.height - 1)]))
    assert by_text("user=u", cases=cases) == [0]
    own = pl.DataFrame({"case": pl.Series([0, 3], dtype=pl.UInt32), "country": ["DE", "FR"]})
    assert by_text("country=FR|IT", attributes=own) == [3]
    assert by_text("country!=FR", attributes=own) == [0, 1, 2, 4]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hours", "not a filter"),
        ("activity>b", "not compared"),
        ("hours>x", "not a number"),
        ("hours>nan", "not a number"),
        ("top=120%", "not a share"),
        ("variant=0", "numbered from 1"),
        ("started=2024-13-01..2024-01-01", "pair of dates"),
        ("started=2024-02-01..2024-01-01", "ends before"),
        ("follows=a", "two activities"),
        ("activity=abc", "no activity 'abc'"),
        ("country=x", "no attribute 'country'"),
        ("hours>99", "leave no case"),
    ],
)
def test_bad_texts_are_named(text, said):
    """Each is one clear problem with the filter in it."""
    with pytest.raises(UsageError, match=said) as caught:
        by_text(text)
    assert f"--filter {text!r}" in str(caught.value)


def test_faults_come_all_at_once_with_the_nearest_name():
    """Two bad texts, two problems; a misspelt activity gets a suggestion."""
    with pytest.raises(UsageError) as caught:
        filter_text.parse(["hours>x", "top=2"])
    assert len(caught.value.problems) == 2
    cases = naive.case_view([["Create Order", "Pay"]])
    with pytest.raises(LogError, match="did you mean 'Create Order'"):
        filters.having_activity(cases, ["Create Ordre"])


@given(TRACES, st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_following_equals_the_obvious_loop_in_any_row_order(traces, seed):
    """Adjacent letters, and letters with others between them."""
    cases = naive.case_view(["abcd", *traces]).sample(fraction=1.0, shuffle=True, seed=seed)
    texts = ["abcd", *("".join(trace) for trace in traces)]
    direct = [i for i, text in enumerate(texts) if "ab" in text]
    later = [i for i, text in enumerate(texts) if "b" in text[text.find("a") + 1 :] and "a" in text]
    assert left(filters.following(cases, "a", "b")) == direct
    assert left(filters.following(cases, "a", "b", directly=False)) == later
    assert left(filters.following(cases, "a", "b", directly=False, high_hours=1e9)) == later
    kept = filters.having_activity(cases, ["c"])
    rest = filters.having_activity(cases, ["c"], keep=False)
    assert kept.height + rest.height == cases.height


@pytest.mark.slow
def test_a_real_log_agrees_with_pm4py():
    """The same cases are left, sorted or shuffled."""
    pm4py, frame = pm4py_frame(MANUFACTURING)
    cases = case_view(MANUFACTURING).sample(fraction=1.0, shuffle=True, seed=4)
    first, last = datetime(2016, 3, 1), datetime(2016, 5, 31, 23, 59, 59)
    window = (str(first), str(last))
    pair = ("Line Creation", "Delivery")
    with quiet_pm4py():
        expected = [
            pm4py.filter_event_attribute_values(
                frame, "concept:name", ["Delivery"], level="case", retain=True
            ),
            pm4py.filter_variants_top_k(frame, 5),
            pm4py.filter_time_range(frame, *window, mode="traces_contained"),
            pm4py.filter_time_range(frame, *window, mode="traces_intersecting"),
            pm4py.filter_case_performance(frame, 86_400, 864_000),
            pm4py.filter_directly_follows_relation(frame, [pair]),
            pm4py.filter_eventually_follows_relation(frame, [pair]),
            pm4py.filter_start_activities(frame, ["Line Creation"]),
            pm4py.filter_end_activities(frame, ["Good Issue"]),
            pm4py.filter_case_size(frame, 4, 6),
            pm4py.filter_activities_rework(frame, "Delivery", 2),
        ]
    found = [
        filters.having_activity(cases, ["Delivery"]),
        filters.of_variants(cases, range(1, 6)),
        filters.contained(cases, first, last),
        filters.intersecting(cases, first, last),
        filters.taking(cases, 24, 240),
        filters.following(cases, *pair),
        filters.following(cases, *pair, directly=False),
        filters.beginning_with(cases, ["Line Creation"]),
        filters.ending_with(cases, ["Good Issue"]),
        filters.of_size(cases, 4, 6),
        filters.repeating(cases, "Delivery"),
    ]
    for ours, theirs in zip(found, expected, strict=True):
        assert set(map(str, left(ours))) == set(theirs["case:concept:name"])


def test_a_log_with_some_of_its_cases_is_a_log():
    """Events, objects, relations and changes fit together, and keep what they said."""
    log = simulate(load_company("distributor"), seed=5, window=Window(0, 20, 40)).log
    wanted = log.flatten("order")["case"].unique().sort()[10:60]
    part = filters.with_cases(log, "order", wanted)
    assert part.events["event"].to_list() == list(range(part.events.height))
    assert part.objects["object"].to_list() == list(range(part.objects.height))
    kinds = {f.kind for f in quality(part, "order").findings}
    assert not {"dangling_relations", "events_without_objects"} & kinds

    def story(log, ids):
        rows = log.flatten("order").join(
            log.objects.select("object", "object_id"), left_on="case", right_on="object"
        )
        return rows.filter(pl.col("object_id").is_in(ids.implode())).select(
            "object_id", pl.col("activity").cast(pl.String), "time", "amount"
        )

    ids = log.objects.filter(pl.col("object").is_in(wanted.implode()))["object_id"]
    assert story(part, ids).equals(story(log, ids))
    assert part.flatten("order")["case"].n_unique() == 50


def test_the_verbs_take_filters(tmp_path):
    """Mining and checking see the cases that are left; a bad filter is refused."""
    path = tmp_path / "log.csv"
    rows = [
        f"{c},{a},2024-03-{1 + c:02d} {9 + h}:00:00"
        for c in range(9)
        for h, a in enumerate(["Create Sales Order", "Create Invoice"][: 1 + c % 2])
    ]
    path.write_text("\n".join(["case,activity,time", *rows]) + "\n")
    outcome = o2c("mine", path, "--filter", "activity=Create Invoice", "--json")
    result = outcome.document["result"]
    assert result["quality"]["cases"] == 4
    assert any("4 of 9 cases are left" in note for note in result["notes"])
    checked = o2c("check", path, "--filter", "events=2", "--json")
    assert checked.document["result"]["results"]["all cases"]["cases"] == 4
    refused(o2c("mine", path, "--filter", "activity=Invoice"), 2, "--filter", "Create Invoice")
