"""The published distances: by hand, against a slow twin, and against the reference's results."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from statistics import mean

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from mining.log_comparison import distances
from mining.log_comparison.case_table import case_table
from mining.read import ColumnMapping, read_log
from tests.case_logs import case_log, random_cases, shuffled
from tests.real_logs import folder
from tests.reference_figures import assert_equal_but_for_the_processor

# log-distance-measures 2.2.0 on the first half of the cases (by name) against the rest, with
# discretize_type=BOTH, bins of an hour and runs of three.
REFERENCE = {
    "PurchasingExample": {
        "ngd": 0.07711659409772617, "aed": 1001.82566003448, "ced": 0.4769942668012916,
        "red": 76.49494734938756, "ctd": 92.70723684210527, "car": 1220.328947368421,
        "iad": 11.161716171617233, "cwd": 0.37119939849416506,
    },
    "LoanApp": {
        "ngd": 0.04593341761483354, "aed": 854.4701348891767, "ced": 0.20038404064634158,
        "red": 0.4119941477709205, "ctd": 0.8799999999999943, "car": 862.1160000000002,
        "iad": 1.9218436873747513, "cwd": 0.15747616839686768,
    },
    "AcademicCredentials": {
        "ngd": 0.1802223522527794, "aed": 855.013219313635, "ced": 1.3390846171132744,
        "red": 51.42789765650036, "ctd": 123.97693920335425, "car": 943.4842767295597,
        "iad": 4.182773109243685, "cwd": 1.377770667491511,
    },
}  # fmt: skip


def view(cases, people=None):
    """Return the events of cases."""
    return case_table(case_log(cases, people=people), "order").events


def found(first, second, **more):
    """Return the distances alone."""
    return {key: value for key, (value, _) in distances(first, second, **more).items()}


@pytest.mark.parametrize("name", REFERENCE)
def test_equals_the_reference_to_the_last_digit(name):
    """On the public logs, every distance."""
    path = folder() / "simulation_benchmark" / f"{name}.csv.gz"
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    read = read_log(path, ColumnMapping())
    events = case_table(read.log, read.case_type).events
    border = int(events["case"].max()) // 2
    halves = (events.filter(pl.col("case") <= border), events.filter(pl.col("case") > border))
    assert_equal_but_for_the_processor(found(*halves), REFERENCE[name])


def test_by_hand():
    """Two logs of one or two cases, each distance worked out on paper."""
    # Monday 8:00. First log: a, b 2 h later. Second: a, c 5 h later, and a again 24 h later.
    first = view({"x": [("a", 0), ("b", 2)], "y": [("a", 1), ("b", 3)]})
    second = view({"x": [("a", 0), ("c", 5)], "y": [("a", 24), ("c", 29)]})
    d = found(first, second)
    # Runs of three of each case: --a, -ab, ab-, b-- against --a, -ac, ac-, c--: 1 of 4 in common.
    assert d["ngd"] == 12 / 16
    # Hours 0, 1, 2, 3 (stamps count twice, as start and end) against 0, 5, 24, 29.
    assert d["aed"] == (0 + 4 + 22 + 26) / 4
    # Hours after the case's start: 0, 0, 2, 2 against 0, 0, 5, 5.
    assert d["red"] == 1.5
    # 2 h and 2 h against 5 h and 5 h.
    assert d["ctd"] == 3
    # Arrivals 0, 1 against 0, 24.
    assert d["car"] == 11.5
    # One gap of 1 h against one of 24 h.
    assert d["iad"] == 23
    # Monday 8, 9, 10, 11 against 8, 13: mean distance 2 h at worst; Tuesday only in the second.
    assert d["ced"] == pytest.approx((wasserstein_distance([8, 9, 10, 11], [8, 13]) + 23) / 7)
    assert "cwd" not in d


def test_workforce_by_hand():
    """One person at 8 and two at 9, against one at 8 and one at 9."""
    first = view({"x": [("a", 0), ("a", 1), ("a", 1.5)]}, people="p")
    second = view({"x": [("a", 0), ("a", 1)]}, people="p")
    # 1/3 and 2/3 of the people against 1/2 and 1/2: a sixth moves one hour, on one of seven days.
    assert found(first, second)["cwd"] == pytest.approx(1 / 6 / 7)


def slow_twin(first, second):
    """Return the distances from their definitions, in plain loops."""
    sides = []
    for cases in (first, second):
        side = {"grams": Counter(), "hours": [], "week": [[] for _ in range(7)], "since": []}
        side |= {"cycle": [], "begin": []}
        for events in cases.values():
            rows = sorted(enumerate(events), key=lambda e: (e[1][1], e[0]))
            names = ["", "", *(name for _, (name, _) in rows), "", ""]
            side["grams"].update(zip(names, names[1:], names[2:], strict=False))
            stamps = [
                dt.datetime(2024, 1, 1, 8) + dt.timedelta(hours=hours) for _, (_, hours) in rows
            ]
            for stamp in stamps * 2:
                side["hours"].append(stamp)
                side["week"][stamp.weekday()].append(stamp.hour)
                side["since"].append((stamp - stamps[0]) // dt.timedelta(hours=1))
            side["cycle"].append(stamps[-1] - stamps[0])
            side["begin"].append(stamps[0])
        sides.append(side)
    hour = dt.timedelta(hours=1)
    origin = min(min(s["hours"]) for s in sides).replace(minute=0, second=0, microsecond=0)
    shortest = min(min(s["cycle"]) for s in sides)
    a, b = sides
    grams = set(a["grams"]) | set(b["grams"])
    gaps = [
        [(y - x) // hour for x, y in zip(s["begin"], s["begin"][1:], strict=False)]
        for s in ({"begin": sorted(s["begin"])} for s in sides)
    ]
    return {
        "ngd": sum(abs(a["grams"][g] - b["grams"][g]) for g in grams)
        / (a["grams"].total() + b["grams"].total()),
        "aed": wasserstein_distance(*([(t - origin) // hour for t in s["hours"]] for s in sides)),
        "ced": mean(
            wasserstein_distance(x, y) if x and y else 23.0 if x or y else 0.0
            for x, y in zip(a["week"], b["week"], strict=True)
        ),
        "red": wasserstein_distance(a["since"], b["since"]),
        "ctd": wasserstein_distance(*([(t - shortest) // hour for t in s["cycle"]] for s in sides)),
        "car": wasserstein_distance(*([(t - origin) // hour for t in s["begin"]] for s in sides)),
        "iad": wasserstein_distance(*gaps) if all(gaps) else math.nan,
    }


@pytest.mark.slow
@given(st.integers(0, 10_000), st.integers(1, 25), st.integers(1, 25))
def test_equals_its_definition(seed, first, second):
    """On random logs, to the last digit, against plain loops."""
    sides = random_cases(seed, first), random_cases(seed + 1, second, "bcd")
    fast, slow = found(*map(view, sides)), slow_twin(*sides)
    assert fast.keys() == slow.keys()
    assert [fast[k] for k in slow] == pytest.approx(
        [slow[k] for k in slow], rel=0, abs=0, nan_ok=True
    )


@given(st.integers(0, 1_000), st.integers(2, 30))
def test_a_log_is_no_distance_from_itself_in_another_order(seed, count):
    """Zero everywhere, and the same from both ends."""
    cases = random_cases(seed, count)
    one, same, other = (
        view(cases, "p"),
        view(shuffled(cases, seed)),
        view(random_cases(seed + 1, 9)),
    )
    assert set(found(one, same).values()) == {0.0}
    assert found(one, other) == pytest.approx(found(other, one), nan_ok=True)


def test_chance_is_what_two_logs_of_one_process_show():
    """Halves of one process lie within the dealt distances; a slower process does not."""
    first, second = view(random_cases(1, 300)), view(random_cases(2, 300))
    same = distances(first, second, relabelings=20, seed=3)
    assert all(value <= 1.5 * dealt[-1] for value, dealt in same.values())
    late = second.with_columns(pl.col("time") + pl.duration(hours=pl.col("event") % 2 * 200))
    changed = distances(first, late, relabelings=20, seed=3)
    for key in ("aed", "red", "ctd"):
        value, dealt = changed[key]
        assert value > dealt[-1]
    assert len(same["ngd"][1]) == 20
