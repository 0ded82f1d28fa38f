"""The performance views of a log as short sections of its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mining.batches import GAP_SECONDS, SMALLEST
from mining.business_time import DESCRIPTION
from mining.views import Views
from reports.number_text import count_text, duration_text, share_text, value_text

_ROWS = 10


@dataclass(frozen=True, slots=True)
class Section:
    """A section with one table.

    Parameters
    ----------
    key
        Its anchor.
    title, text, caption
        What it is about, in a few sentences; the table's caption.
    head
        Names of the columns; the first stands left, the others right.
    rows
        Cells.
    """

    key: str
    title: str
    text: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def view_sections(views: Views, currency: str = "") -> list[Section]:
    """Return the sections that a log has something to show in."""
    found = [
        _bottlenecks(views, currency),
        _handovers(views),
        _batches(views),
        _drift(views),
        _segments(views),
    ]
    return [section for section in found if section.rows]


def _bottlenecks(views: Views, currency: str) -> Section:
    table = views.bottlenecks
    valued = bool(views.value_source)
    by = "value_days" if valued else "total_hours"
    rows = [
        (
            f"{row['source']} → {row['target']}",
            count_text(row["count"]),
            duration_text(row["total_hours"] / row["count"]),
            f"{row['total_business_hours'] / row['count']:,.0f} h",
            share_text(row["share"], 1),
            *(
                (
                    value_text(row["mean_value"], "currency", currency),
                    share_text(row["value_share"] or 0.0, 1),
                )
                if valued and row["mean_value"] is not None
                else ("-", "-")
                if valued
                else ()
            ),
        )
        for row in table.sort([by, "source", "target"], descending=[True, False, False])
        .head(_ROWS)
        .iter_rows(named=True)
    ]
    head = ["Path", "Times", "Mean wait", "In business hours", "Of all waiting"]
    if valued:
        head += ["Cash tied up", "Of all cash"]
    cash = (
        f" Cash tied up is the value ({views.value_source}) of the cases that wait there, on "
        "average over the time of the log."
        if valued
        else " The log does not tell what a case is worth."
    )
    return Section(
        "bottlenecks",
        "Bottlenecks",
        "Waiting runs from the end of one step to the start of the next, or to its end where the "
        f"log has no starts. Business hours: {DESCRIPTION}.{cash}",
        "Paths that hold the most " + ("cash" if valued else "time"),
        head,
        rows,
    )


def _handovers(views: Views) -> Section:
    found = views.roles if views.roles.pairs.height else views.people
    who = "roles" if views.roles.pairs.height else "people"
    text = ""
    if found.known_steps:
        text = (
            f"{share_text(found.share_of_steps, 1)} of the steps between known {who} change hands, "
            f"{found.per_case:.2f} times a case; {count_text(found.cases_without)} cases stay in "
            "one hand from beginning to end."
        )
    rows = [
        (
            f"{row['source']} → {row['target']}",
            count_text(row["count"]),
            share_text(row["case_share"], 1),
            duration_text(row["mean_waiting_hours"]),
            duration_text(row["median_waiting_hours"]),
        )
        for row in found.pairs.head(_ROWS).iter_rows(named=True)
    ]
    head = ("From and to", "Times", "Share of cases", "Mean wait", "Median wait")
    return Section(
        "handovers", "Hand-overs", text, f"The most frequent hand-overs between {who}", head, rows
    )


def _batches(views: Views) -> Section:
    rows = [
        (
            row["activity"],
            share_text(row["batched_share"], 0),
            count_text(row["batches"]),
            f"{row['mean_size']:.1f}",
            row["clock"] or "-",
            duration_text(row["waiting_hours"] / row["batched"]),
            duration_text(row["gathering_hours"] / row["batched"]),
        )
        for row in views.batches.head(_ROWS).iter_rows(named=True)
    ]
    return Section(
        "batches",
        "Batches",
        f"A batch is at least {SMALLEST} events of one activity, each within {GAP_SECONDS:g} "
        "seconds of the one before (both assumed). Gathering is the part of the wait until the "
        "last case of the batch was ready.",
        "Activities done in batches, those that hold the most time first",
        ("Activity", "Batched", "Batches", "Mean size", "Clock", "Mean wait", "Gathering"),
        rows,
    )


def _figure(name: str, value: float) -> str:
    """Return a figure of the drift in the unit that its name tells."""
    if name.endswith(" hours"):
        return duration_text(value)
    if name.startswith("share of") or name.endswith(" share"):
        return share_text(value, 1)
    return f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"


def _drift(views: Views) -> Section:
    found = views.drift
    changes = [row for row in found.changes.iter_rows(named=True) if row["found"]]
    told = "; ".join(
        f"{row['figure'].replace(' hours', ' duration')} from "
        f"{_figure(row['figure'], row['before'])} to {_figure(row['figure'], row['after'])} about "
        f"{row['change']}"
        for row in changes[:5]
    )
    what = f"Change points: {told}." if told else "No figure has a detectable change point."
    if found.changes.is_empty():
        what = "The log is too short to look for change points."
    rows = [
        (
            f"{row['month']:%Y-%m}" + ("" if row["closed"] else " (open)"),
            count_text(row["cases"]),
            duration_text(row["median_hours"]),
            duration_text(row["p90_hours"]),
            f"{row['events_per_case']:.2f}",
            count_text(row["variants"]),
            share_text(row["happy_share"], 1),
        )
        for row in found.months.iter_rows(named=True)
    ]
    head = ("Begun in", "Cases", "Median time", "p90", "Events a case", "Variants", "Happy path")
    return Section(
        "drift",
        "Drift",
        f"{what} Tested by {found.test}, on {found.values} values, one a {found.unit}. Cases of "
        "months marked open may not have ended yet, so that their times are too short.",
        "The process by the month in which cases begin",
        head,
        rows,
    )


def _segments(views: Views) -> Section:
    rows = []
    if views.segments is not None:
        rows = [
            (
                row["segment"],
                count_text(row["cases"]),
                duration_text(row["median_hours"]),
                duration_text(row["p90_hours"]),
                count_text(row["variants"]),
                share_text(row["happy_share"], 1),
                share_text(row["rework_share"], 1),
            )
            for row in views.segments.iter_rows(named=True)
        ]
    head = (views.segment, "Cases", "Median time", "p90", "Variants", "Happy path", "Rework")
    return Section(
        "segments",
        "Segments",
        "Differences between segments go with the attribute and need not come from it.",
        f"The process by {views.segment}",
        head,
        rows,
    )
