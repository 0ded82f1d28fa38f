"""Ageing work in progress: open items by column and age, against the pace of those completed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from mining.flow.ageing import AgeingWip, ageing_wip
from mining.flow.board_columns import NOT_STARTED
from mining.flow.items import Items
from mining.measures import local_date
from reports.documents.cells import count_cell, text_cell
from reports.documents.document import Cell, Column, Picture, Table
from reports.figures.canvas import TEXT_SIZE, direct_labels, dress, new_figure
from reports.figures.flow_words import (
    counted,
    counting_words,
    day_unit,
    days_text,
    definition_words,
    is_skewed,
    logarithmic,
    noun,
    short_days_text,
)
from reports.figures.palette import ACCENT, BAD, DASHES, GOOD, INK, MUTED, PAPER, SERIES
from reports.figures.value_axis import evenly, nothing, one_line, some_lines, value_ticks
from reports.number_text import count_text, share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (9.2, 5.0)
_LEFT, _RIGHT = 0.085, 0.83
_MOST_DOTS = 2_000
_MOST_NAMED, _MOST_LOOKED_AT = 3, 50
# Of a column, from its middle; in points.
_NAME_AT, _NAME_SIZE, _NARROWEST = -0.44, 8.0, 45.0
_EXPECTED = 85
# Up to each percentile, and beyond the last: colour and strength.
_BANDS = (
    (GOOD.light, 0.30),
    (GOOD.light, 0.13),
    (SERIES[4].light, 0.17),
    (SERIES[1].light, 0.16),
    (BAD.light, 0.27),
)
_LEAST_DAYS = 0.01


def ageing_wip_figure(ageing: AgeingWip, what: str = "items") -> Figure:
    """Draw open items as dots in the columns of a board, with bands of pace percentiles.

    Parameters
    ----------
    ageing
        Columns and open items.
    what
        What the items are called, in the plural.
    """
    figure = new_figure(*_SIZE)
    axes = figure.subplots()
    figure.subplots_adjust(left=_LEFT, right=_RIGHT, top=0.89, bottom=0.17)
    dress(axes, xlabel="", ylabel=f"Age since start of work ({day_unit(ageing.clock)})")
    count = len(ageing.columns)
    axes.set_xlim(-0.5, count - 0.5)
    ages = ageing.open_items["days"]
    known = [days for column in ageing.columns for days in column.pace.values()]
    top = max([float(ages.max() or 0.0), *known, *ageing.overall.values(), 1e-9])  # type: ignore[arg-type]
    axes.set_ylim(0, 1.08 * top)
    if is_skewed(top, ageing.overall.get(95, 0.0)):
        least = min(days for days in [*ages.to_list(), *known] if days > 0)
        logarithmic(axes, 0.8 * max(least, _LEAST_DAYS))
    else:
        value_ticks(axes.yaxis, whole=ageing.clock == "whole days")
    width = _SIZE[0] * (_RIGHT - _LEFT) * 72 / count
    _draw_bands(axes, ageing)
    _draw_items(axes, ageing, width)
    _name_columns(axes, ageing, width)
    if ageing.overall:
        direct_labels(
            axes,
            [
                (days, f"{percentage} %  {short_days_text(days, ageing.clock)}", INK.light)
                for percentage, days in ageing.overall.items()
            ],
        )
        axes.text(
            1.025, 1.03, "Cycle time of\ncompleted", transform=axes.transAxes,
            fontsize=TEXT_SIZE - 1, color=MUTED.light, va="bottom",
        )  # fmt: skip
    if not ageing.open_items.height and not ageing.completed:
        nothing(axes, f"There are no {what}")
    return figure


def ageing_wip_picture(items: Items, *, key: str = "ageing-wip") -> Picture:
    """Return :func:`ageing_wip_figure` of some items, with its numbers."""
    ageing, what = ageing_wip(items), noun(items.case_type)
    late = _late(ageing)
    number = ageing.open_items.height
    title = f"{counted(number, what, 'open')} by age"
    if number and late is not None:
        verb = "is" if late == 1 else "are"
        title += f": {count_text(late)} {verb} older than {_EXPECTED} % of the completed ones were"
    return Picture(
        key=key,
        title=title,
        caption=_caption(items, ageing, what),
        alternative=_told(ageing, what),
        figure=lambda: ageing_wip_figure(ageing, what),
        data=_table(key, ageing, what),
        wide=True,
    )


def _draw_bands(axes: Axes, ageing: AgeingWip) -> None:
    floor, ceiling = axes.get_ylim()
    for place, column in enumerate(ageing.columns):
        if not column.pace:
            continue
        edges = [floor, *(max(days, floor) for days in column.pace.values()), ceiling]
        for (low, high), (colour, alpha) in zip(pairwise(edges), _BANDS, strict=False):
            axes.bar(
                place, high - low, width=1.0, bottom=low, color=colour, alpha=alpha, linewidth=0,
                zorder=1,
            )  # fmt: skip
        for (percentage, days), dash in zip(column.pace.items(), DASHES[1:], strict=False):
            axes.plot(
                [place - 0.5, place + 0.5], [max(days, floor)] * 2, color=INK.light, alpha=0.75,
                linewidth=1.4 if percentage == _EXPECTED else 0.7,
                dashes=(1, 0) if percentage == _EXPECTED else dash, zorder=2,
            )  # fmt: skip
    for place in range(1, len(ageing.columns)):
        axes.axvline(place - 0.5, color=PAPER.light, linewidth=3, zorder=2.5)


def _draw_items(axes: Axes, ageing: AgeingWip, width: float) -> None:
    rows = ageing.open_items
    rows = rows[evenly(rows.height, _MOST_DOTS)]
    floor = axes.get_ylim()[0]
    # The golden ratio spreads neighbours in age evenly over the column, without chance.
    spread = 0.44 * (2 * ((rows["item"].rank("ordinal") * 0.618034) % 1) - 1)
    named = _named(axes, ageing, width)
    is_named = rows["item"].is_in(named)
    place = (
        rows["column"] + pl.select(pl.when(is_named).then(_NAME_AT).otherwise(spread)).to_series()
    )
    ages = rows["days"].clip(lower_bound=floor)
    blocked = rows["blocked_by"].is_not_null()
    for chosen, marker, colour, label in (
        (~blocked, "o", ACCENT.light, "not blocked"),
        (blocked, "^", BAD.light, "blocked now"),
    ):
        for front, above in ((chosen & ~is_named, 4), (chosen & is_named, 6)):
            if front.any():
                axes.scatter(
                    place.filter(front).to_numpy(), ages.filter(front).to_numpy(),
                    s=13 if marker == "o" else 26, marker=marker, zorder=above,
                    facecolors=colour if marker == "o" else PAPER.light,
                    edgecolors=PAPER.light if marker == "o" else colour,
                    linewidths=0.3 if marker == "o" else 1.1,
                    label=label if above == 4 or not (chosen & ~is_named).any() else None,
                )  # fmt: skip
    if blocked.any():
        axes.legend(
            loc="lower right", bbox_to_anchor=(1.0, 1.06), ncols=2, frameon=False,
            fontsize=TEXT_SIZE - 0.5, handletextpad=0.3, labelcolor=INK.light, borderaxespad=0.1,
        )  # fmt: skip


def _named(axes: Axes, ageing: AgeingWip, width: float) -> list[int]:
    """Name the oldest items that are later than most completed ones; return their numbers."""
    pixels = axes.transData.transform
    step = 1.5 * TEXT_SIZE * axes.figure.dpi / 72
    found: list[int] = []
    for place, column in enumerate(ageing.columns):
        if _EXPECTED not in column.pace or width < _NARROWEST:
            continue
        rows = ageing.open_items.filter(
            (pl.col("column") == place) & (pl.col("days") > column.pace[_EXPECTED])
        ).head(_MOST_LOOKED_AT)
        lowest, count = float("inf"), 0
        for item, name, days in rows.select("item", "name", "days").iter_rows():
            height = float(pixels((0.0, days))[1])
            if count == _MOST_NAMED or not name.strip() or height > lowest - step:
                continue
            axes.annotate(
                one_line(name, 0.80 * width, _NAME_SIZE), (place + _NAME_AT, days),
                xytext=(5, 0), textcoords="offset points", fontsize=_NAME_SIZE,
                color=INK.light, ha="left", va="center", parse_math=False, zorder=5,
                bbox={"boxstyle": "round,pad=0.15", "facecolor": PAPER.light, "alpha": 0.9,
                      "linewidth": 0},
            )  # fmt: skip
            found.append(item)
            lowest, count = height, count + 1
    return found


def _name_columns(axes: Axes, ageing: AgeingWip, width: float) -> None:
    size = TEXT_SIZE - (0.5 if len(ageing.columns) < 6 else 1.5)
    axes.set_xticks(
        range(len(ageing.columns)),
        [some_lines(column.name, 0.94 * width, 3, size) for column in ageing.columns],
        fontsize=size,
        parse_math=False,
    )
    axes.tick_params(axis="x", length=0, colors=INK.light)
    for place, column in enumerate(ageing.columns):
        axes.text(
            place, 1.015, f"WIP: {count_text(column.wip)}", ha="center", va="bottom",
            transform=axes.get_xaxis_transform(), fontsize=size, color=INK.light,
        )  # fmt: skip


def _late(ageing: AgeingWip) -> int | None:
    """Return how many started items are older than 85 % of the completed ones were at the end."""
    if _EXPECTED not in ageing.overall:
        return None
    rows = ageing.open_items
    if ageing.columns and ageing.columns[0].name == NOT_STARTED:
        rows = rows.filter(pl.col("column") > 0)
    return rows.filter(pl.col("days") > ageing.overall[_EXPECTED]).height


def _caption(items: Items, ageing: AgeingWip, what: str) -> str:
    day = pl.DataFrame({"at": [ageing.as_of]}, schema={"at": pl.Datetime("us")})
    date = day.select(local_date("at", ageing.zone)).item()
    number = ageing.open_items.height
    said = [
        f"As of {date}. Each dot: an open item by its furthest stage and its total age since the "
        "start of work, not its time in the stage.",
    ]
    if ageing.columns[0].name == NOT_STARTED:
        said.append("In the column of what is not started, age and bands count from the creation.")
    if number > _MOST_DOTS:
        said.append(
            f"{count_text(_MOST_DOTS)} of {count_text(number)} are drawn, evenly by age; WIP "
            "counts all."
        )
    said += [
        f"Bands: ages by which 50, 70, {_EXPECTED} (solid line) and 95 % of "
        f"{counted(ageing.completed, what, 'completed')} had left the column, from green to red.",
        f"Named: the oldest beyond {_EXPECTED} %.",
        "At the right: cycle times of completed ones.",
        definition_words(items),
        counting_words(ageing.clock),
    ]
    return " ".join(said)


def _told(ageing: AgeingWip, what: str) -> str:
    wip = ", ".join(f"{one_line(c.name, 400)} {count_text(c.wip)}" for c in ageing.columns)
    number = ageing.open_items.height
    told = f"Open {what} by column: {wip}."
    late = _late(ageing)
    if number and late is not None:
        pace = days_text(ageing.overall[_EXPECTED], ageing.clock)
        verb = "is" if late == 1 else "are"
        told += (
            f" {count_text(late)} ({share_text(late / number)}) {verb} older than {pace}, within "
            f"which {_EXPECTED} % of completed ones were done."
        )
    return told


def _table(key: str, ageing: AgeingWip, what: str) -> Table:
    unit = day_unit(ageing.clock)
    rows: list[Sequence[Cell]] = []
    for name, wip, pace in [
        *((column.name, column.wip, column.pace) for column in ageing.columns),
        ("All: cycle time", ageing.open_items.height, ageing.overall),
    ]:
        rows += [
            [
                text_cell(name),
                text_cell(f"{percentage} % of completed had left"),
                Cell(days_text(days, ageing.clock), days, unit),
                text_cell(""),
                count_cell(wip),
            ]
            for percentage, days in pace.items()
        ] or [[text_cell(name), text_cell("none completed"), text_cell(""), text_cell(""),
               count_cell(wip)]]  # fmt: skip
    paces = len(rows)
    shown = ageing.open_items[evenly(ageing.open_items.height, _MOST_DOTS)]
    rows += [
        [
            text_cell(ageing.columns[column].name),
            text_cell(name),
            Cell(days_text(days, ageing.clock), days, unit),
            text_cell(blocked or ""),
            text_cell(""),
        ]
        for column, name, days, blocked in shown.select(
            "column", "name", "days", "blocked_by"
        ).iter_rows()
    ]
    groups = ((0, "Pace"), (paces, "Open items")) if shown.height else ()
    return Table(
        key,
        f"Age of open {what}",
        [
            Column("Column"),
            Column("Item or percentile"),
            Column("Age", right=True, unit=unit),
            Column("Blocked by"),
            Column("WIP", right=True, unit="count"),
        ],
        rows,
        groups=groups,
        folded=True,
        most_rows=40,
    )
