"""Events that come before what they rest on, or against the usual order."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from mining.activity_names import reference_names
from mining.finding import EXAMPLES, Finding
from o2c_sim import vocabulary as v

# The second cannot be without the first, whatever the company: an assumption on the meaning of
# the names, not a figure.
CAUSES = (
    (v.CREATE_SALES_ORDER, v.CONFIRM_ORDER),
    (v.CREATE_SALES_ORDER, v.CREATE_DELIVERY),
    (v.CREATE_SALES_ORDER, v.POST_GOODS_ISSUE),
    (v.CREATE_DELIVERY, v.PICK_AND_PACK),
    (v.CREATE_DELIVERY, v.POST_GOODS_ISSUE),
    (v.POST_GOODS_ISSUE, v.CONFIRM_DELIVERY),
    (v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK),
    (v.SET_BILLING_BLOCK, v.REMOVE_BILLING_BLOCK),
    (v.CREATE_INVOICE, v.SEND_INVOICE),
    (v.CREATE_INVOICE, v.CANCEL_INVOICE),
    (v.CREATE_INVOICE, v.CLEAR_INVOICE),
    (v.CREATE_INVOICE, v.SEND_DUNNING_LEVEL_1),
    (v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_2),
    (v.SEND_DUNNING_LEVEL_2, v.SEND_DUNNING_LEVEL_3),
    (v.OPEN_DISPUTE, v.RESOLVE_DISPUTE),
)
_USUAL_ACTIVITIES = 12
_USUAL_SHARE = 0.3
_FEWEST_CASES = 200
_RARE = 0.005
_ADVICE = "check the clocks of both stamps and the order in which the source wrote them"


def findings(events: pl.DataFrame, day_grain: frozenset[str]) -> list[Finding]:
    """Return lags that cannot be negative and are, and cases against the usual order.

    Parameters
    ----------
    events
        Rows of event and case in the order (case, time, event), with ``activity`` as text,
        ``local`` and ``case_id``.
    day_grain
        Activities of which only the day is known: their order within a day says nothing.
    """
    names = events["activity"].unique().sort().to_list()
    known = reference_names(names)
    # An activity that several own names mean has no one first event.
    own: dict[str, str] = {}
    for name, reference in known.items():
        if reference is not None:
            own[reference] = "" if reference in own else name
    pairs = [(own.get(a, ""), own.get(b, "")) for a, b in CAUSES]
    causal = [(a, b) for a, b in pairs if a and b]
    usual = _usual(events, day_grain)
    first = _first(events, {name for pair in causal for name in pair} | set(usual))
    found = [*_work_backwards(events)]
    for cause, effect in causal:
        found += _negative_lag(first, cause, effect, day_grain)
    return [*found, *_against_usual(events, first, set(causal), usual)]


def _usual(events: pl.DataFrame, day_grain: frozenset[str]) -> list[str]:
    """Return the few activities that occur in many cases and whose order tells something."""
    sizes = events.group_by("activity").agg(pl.col("case").n_unique().alias("cases"))
    often = sizes.filter(pl.col("cases") >= _USUAL_SHARE * events["case"].n_unique())
    often = often.sort("cases", "activity", descending=[True, False]).head(_USUAL_ACTIVITIES)
    return [name for name in often["activity"] if name not in day_grain]


def _first(events: pl.DataFrame, names: set[str]) -> dict[str, pl.DataFrame]:
    """Return for each of some activities the first time of it in each case."""
    wanted = events.filter(pl.col("activity").is_in(sorted(names)))
    table = wanted.group_by("activity", "case", maintain_order=True).agg(
        pl.col("time").first(), pl.col("local").first(), pl.col("case_id").first()
    )
    parts = table.partition_by("activity", as_dict=True)
    return {str(key[0]): part for key, part in parts.items()}


def _work_backwards(events: pl.DataFrame) -> list[Finding]:
    rows = events.filter(pl.col("start") > pl.col("time"))
    if rows.is_empty():
        return []
    from mining.finding import examples

    return [
        Finding(
            "negative_lag", "serious",
            f"{rows.height:,} events complete before they start", rows.height, "events",
            "working and waiting times, utilisation",
            "check which column is the start, and the time zones of both columns",
            examples(rows),
        )
    ]  # fmt: skip


def _negative_lag(
    first: dict[str, pl.DataFrame], cause: str, effect: str, day_grain: frozenset[str]
) -> list[Finding]:
    both = first[effect].join(first[cause], on="case", suffix="_cause")
    reversed_ = pl.col("time") < pl.col("time_cause")
    if {cause, effect} & day_grain:
        reversed_ = pl.col("local").dt.date() < pl.col("local_cause").dt.date()
    rows = both.filter(reversed_).sort("case")
    if rows.is_empty():
        return []
    lag = (rows["time_cause"] - rows["time"]).median()
    assert isinstance(lag, timedelta)
    return [
        Finding(
            "negative_lag", "serious" if rows.height > 0.001 * both.height else "warning",
            f"{effect!r} comes before {cause!r}, without which it cannot be, in {rows.height:,} of "
            f"{both.height:,} cases, by {_span(lag)} in the median", rows.height, "cases",
            f"the time from {cause!r} to {effect!r}, conformance, variants", _ADVICE,
            _cases(rows, cause, effect),
        )
    ]  # fmt: skip


def _against_usual(
    events: pl.DataFrame,
    first: dict[str, pl.DataFrame],
    known: set[tuple[str, str]],
    usual: list[str],
) -> list[Finding]:
    codes = events["case"].unique().sort()
    position = pl.DataFrame({"case": codes}).with_row_index("place")
    times = {}
    for name in usual:
        placed = first[name].join(position, on="case")
        column = np.full(len(codes), np.iinfo(np.int64).min)
        column[placed["place"].to_numpy()] = placed["time"].dt.timestamp("us").to_numpy()
        times[name] = column
    absent = np.iinfo(np.int64).min
    found = []
    for i, one in enumerate(usual):
        for other in usual[i + 1 :]:
            both = (times[one] != absent) & (times[other] != absent)
            ahead = int((both & (times[one] < times[other])).sum())
            behind = int((both & (times[one] > times[other])).sum())
            if ahead + behind < _FEWEST_CASES:
                continue
            a, b, rare = (one, other, behind) if ahead >= behind else (other, one, ahead)
            if not 0 < rare <= _RARE * (ahead + behind) or {(a, b), (b, a)} & known:
                continue
            wrong = np.flatnonzero(both & (times[a] > times[b]))[:EXAMPLES]
            rows = pl.DataFrame({"case": codes.gather(wrong)})
            rows = rows.join(first[b], on="case").join(first[a], on="case", suffix="_cause")
            found.append(
                Finding(
                    "order_violation", "info",
                    f"{b!r} comes before {a!r} in {rare:,} of {ahead + behind:,} cases; in the "
                    "others it comes after it", rare, "cases",
                    f"the time from {a!r} to {b!r}, if it is an error and not an exception",
                    "look at these cases: a rare exception, or a wrong stamp",
                    _cases(rows, a, b),
                )
            )  # fmt: skip
    return sorted(found, key=lambda f: (-f.count, f.message))


def _cases(rows: pl.DataFrame, cause: str, effect: str) -> tuple[str, ...]:
    return tuple(
        f"{row['case_id']}: {effect} {row['local']:%Y-%m-%d %H:%M:%S}, "
        f"{cause} {row['local_cause']:%Y-%m-%d %H:%M:%S}"
        for row in rows.head(EXAMPLES).iter_rows(named=True)
    )


def _span(lag: timedelta) -> str:
    minutes = lag.total_seconds() / 60
    if minutes >= 2_880:
        return f"{minutes / 1_440:.1f} days"
    return f"{minutes / 60:.1f} hours" if minutes >= 120 else f"{minutes:.1f} minutes"
