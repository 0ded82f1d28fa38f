"""The performance views of a log as sections of its report, a few sentences and a table each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from mining.batches import GAP_SECONDS, SMALLEST
from mining.business_time import DESCRIPTION
from mining.views import Views
from reports.documents.cells import count_cell, duration_cell, text_cell, value_cell
from reports.documents.document import Cell, Column, Section, Table, Text
from reports.figures.words import counted_noun
from reports.number_text import Scale, count_text, duration_text, share_text

# Of a long table a page shows the first rows; the workbook shows so many.
_ROWS = 10
_MONTHS = 36
_MOST_ROWS = 2_000
_NOTHING = text_cell("-")

_Rows: TypeAlias = Iterable[Sequence[Cell]]


def view_sections(views: Views, currency: str = "") -> list[Section]:
    """Return the sections that a log has something to show in: a text and a table each."""
    found = [
        _bottlenecks(views, currency),
        _handovers(views),
        _batches(views),
        _drift(views),
        _segments(views),
    ]
    return [section for section in found if table_of(section).rows]


def text_of(section: Section) -> str:
    """Return the text of one of these sections."""
    return " ".join(
        paragraph
        for block in section.blocks
        if isinstance(block, Text)
        for paragraph in block.paragraphs
    )


def table_of(section: Section) -> Table:
    """Return the table of one of these sections."""
    return next(block for block in section.blocks if isinstance(block, Table))


def way_text(source: str, target: str) -> str:
    """Return the name of the way from one step, person or role to another."""
    return f"{source} → {target}"


def drift_text(views: Views) -> str:
    """Return which figures of a log changed, from what to what and when, in one sentence."""
    found = views.drift
    if found.changes.is_empty():
        return "The log is too short to look for change points."
    changes = [row for row in found.changes.iter_rows(named=True) if row["found"]]
    told = "; ".join(
        f"{row['figure'].replace(' hours', ' duration')} from "
        f"{_figure(row['figure'], row['before'])} to {_figure(row['figure'], row['after'])} about "
        f"{row['change']}"
        for row in changes[:5]
    )
    return f"Change points: {told}." if told else "No figure has a detectable change point."


def _section(
    key: str,
    title: str,
    text: Sequence[str],
    caption: str,
    head: Sequence[str],
    rows: _Rows,
    most_rows: int = _ROWS,
) -> Section:
    columns = [Column(name, right=number > 0) for number, name in enumerate(head)]
    table = Table(f"{key}-table", caption, columns, list(rows), most_rows=most_rows)
    told = [paragraph for paragraph in text if paragraph]
    return Section(key, title, [Text(told), table] if told else [table])


def _bottlenecks(views: Views, currency: str) -> Section:
    table = views.bottlenecks
    valued = bool(views.value_source)
    by = "value_days" if valued else "total_hours"
    rows = [
        (
            text_cell(way_text(row["source"], row["target"])),
            count_cell(row["count"]),
            duration_cell(row["total_hours"] / row["count"]),
            _business(row["total_business_hours"] / row["count"]),
            _share(row["share"], bar=True),
            *(_cash(row["mean_value"], row["value_share"], currency) if valued else ()),
        )
        for row in table.sort([by, "source", "target"], descending=[True, False, False])
        .head(_MOST_ROWS)
        .iter_rows(named=True)
    ]
    head = ["Path", "Times", "Mean wait", "In business hours", "Of all waiting"]
    if valued:
        head += ["Cash tied up", "Of all cash"]
    cash = (
        f"Cash tied up is the value ({views.value_source}) of the cases that wait there, on "
        "average over the time of the log."
        if valued
        else "The log does not tell what a case is worth."
    )
    return _section(
        "bottlenecks",
        "Bottlenecks",
        (
            "Waiting runs from the end of one step to the start of the next, or to its end where "
            f"the log has no starts. Business hours: {DESCRIPTION}. {cash}",
        ),
        "Paths that hold the most " + ("cash" if valued else "time"),
        head,
        rows,
    )


def _cash(value: float | None, share: float | None, currency: str) -> tuple[Cell, Cell]:
    if value is None:
        return _NOTHING, _NOTHING
    return value_cell(value, "currency", currency), _share(share or 0.0, bar=True)


def _handovers(views: Views) -> Section:
    found = views.roles if views.roles.pairs.height else views.people
    who = "roles" if views.roles.pairs.height else "people"
    text = ""
    if found.known_steps:
        text = (
            f"{share_text(found.share_of_steps, 1)} of the steps between known {who} change hands, "
            f"{Scale(1.0, 2).number(found.per_case)} times a case; "
            f"{count_text(found.cases_without)} cases stay in one hand from beginning to end."
        )
    rows = [
        (
            text_cell(way_text(row["source"], row["target"])),
            count_cell(row["count"]),
            _share(row["case_share"]),
            duration_cell(row["mean_waiting_hours"]),
            duration_cell(row["median_waiting_hours"]),
        )
        for row in found.pairs.head(_MOST_ROWS).iter_rows(named=True)
    ]
    left = found.pairs.height - len(rows)
    if left > 0:
        text += f" The table holds the most frequent {count_text(len(rows))} of "
        text += f"{count_text(found.pairs.height)} pairs."
    head = ("From and to", "Times", "Share of cases", "Mean wait", "Median wait")
    caption = f"The most frequent hand-overs between {who}"
    return _section("handovers", "Hand-overs", (text,), caption, head, rows)


def _batches(views: Views) -> Section:
    rows = [
        (
            text_cell(row["activity"]),
            _share(row["batched_share"], 0),
            count_cell(row["batches"]),
            _number(row["mean_size"]),
            text_cell(row["clock"]) if row["clock"] else _NOTHING,
            duration_cell(row["waiting_hours"] / row["batched"]),
            duration_cell(row["gathering_hours"] / row["batched"]),
        )
        for row in views.batches.iter_rows(named=True)
    ]
    return _section(
        "batches",
        "Batches",
        (
            f"A batch is at least {SMALLEST} events of one activity, each within {GAP_SECONDS:g} "
            "seconds of the one before (both assumed). Gathering is the part of the wait until "
            "the last case of the batch was ready.",
        ),
        "Activities done in batches, those that hold the most time first",
        ("Activity", "Batched", "Batches", "Mean size", "Clock", "Mean wait", "Gathering"),
        rows,
    )


def _drift(views: Views) -> Section:
    found = views.drift
    rows = [
        (
            Cell(f"{row['month']:%Y-%m}" + ("" if row["closed"] else " (open)"), row["month"]),
            count_cell(row["cases"]),
            duration_cell(row["median_hours"]),
            duration_cell(row["p90_hours"]),
            _number(row["events_per_case"], 2),
            count_cell(row["variants"]),
            _share(row["happy_share"]),
        )
        for row in found.months.iter_rows(named=True)
    ]
    head = ("Begun in", "Cases", "Median time", "p90", "Events a case", "Variants", "Happy path")
    about = (
        f"Tested by {found.test}, on {counted_noun(found.values, 'value')}, one a {found.unit}. "
        "Cases of months marked open may not have ended yet, so that their times are too short."
    )
    caption = "The process by the month in which cases begin"
    told = (drift_text(views), about)
    return _section("drift", "Drift", told, caption, head, rows, most_rows=_MONTHS)


def _segments(views: Views) -> Section:
    rows: list[tuple[Cell, ...]] = []
    if views.segments is not None:
        rows = [
            (
                text_cell(row["segment"]),
                count_cell(row["cases"]),
                duration_cell(row["median_hours"]),
                duration_cell(row["p90_hours"]),
                count_cell(row["variants"]),
                _share(row["happy_share"]),
                _share(row["rework_share"]),
            )
            for row in views.segments.iter_rows(named=True)
        ]
    head = (views.segment, "Cases", "Median time", "p90", "Variants", "Happy path", "Rework")
    told = "Differences between segments go with the attribute and need not come from it."
    return _section(
        "segments", "Segments", (told,), f"The process by {views.segment}", head, rows, 0
    )


def _figure(name: str, value: float) -> str:
    """Return a figure of the drift in the unit that its name tells."""
    if name.endswith(" hours"):
        return duration_text(value)
    if name.startswith("share of") or name.endswith(" share"):
        return share_text(value, 1)
    return Scale(1.0, 1 if abs(value) < 100 else 0).number(value)


def _share(share: float, decimals: int = 1, *, bar: bool = False) -> Cell:
    text = share_text(share, decimals)
    return Cell(text, share, "share", bar=min(max(share, 0.0), 1.0) if bar else None)


def _business(hours: float) -> Cell:
    return Cell(Scale(1.0, 0, after=" h").text(hours), hours, "hours")


def _number(value: float, decimals: int = 1) -> Cell:
    return Cell(Scale(1.0, decimals).number(value), value)
