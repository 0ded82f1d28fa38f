"""Gantt chart of items: stages, waiting, blocks and due dates on a line of days."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from mining.flow.gantt import Gantt, GanttRow
from reports.documents.cells import text_cell, value_cell
from reports.documents.document import Cell, Column, Picture, Table
from reports.figures.canvas import dress, new_figure
from reports.figures.flow_words import counted, counting_words, days_text, noun
from reports.figures.palette import BAD, GRID, INK, MUTED, PAPER
from reports.figures.value_axis import date_ticks, nothing, one_line
from reports.number_text import count_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _ROW, _AROUND = 9.2, 0.21, 1.45
_SMALL = 8.5
_NAME_WIDTH = 92.0
_LEAST_DAYS = 6.0
# Stages follow one another, and so do their tones, from pale to dark.
_PALE, _DARK = (0.80, 0.89, 0.95), (0.04, 0.23, 0.37)
_WAITING = "waiting for the first work"
_BLOCK_HATCH = "/////"


def gantt_picture(gantt: Gantt) -> Picture:
    """Return a Gantt chart with its numbers.

    Parameters
    ----------
    gantt
        Rows of :func:`mining.flow.gantt.gantt`.
    """
    what = noun(gantt.case_type)
    late = sum(row.late for row in gantt.rows)
    blocked = sum(bool(row.blocks) for row in gantt.rows)
    shown = len(gantt.rows)
    return Picture(
        key="gantt",
        title=_title(gantt, what),
        caption=(
            f"A row for each item, the oldest above, as of {gantt.as_of.date()}.{_choice(gantt)} "
            "Bars are stages "
            f"(numbered), the thin grey line is {_WAITING}, hatching is a block, the diamond is "
            "the due date where the log knows one (of an order, that of its last invoice). A red "
            "outline and the word late mark what was not done by its due date. At the right "
            f"{'lead time' if gantt.chosen == 'done' else 'age since creation, or lead time'}. "
            f"{counting_words(gantt.clock)} {_more_words(gantt, what)}"
        ).strip(),
        alternative=(
            f"Gantt chart of {counted(shown, what)}: {count_text(late)} late, "
            f"{count_text(blocked)} blocked at some time. {_oldest(gantt)}"
        ).strip(),
        figure=lambda: gantt_figure(gantt),
        data=_table(gantt, what),
        wide=shown <= 25,
    )


def gantt_figure(gantt: Gantt) -> Figure:
    """Draw one row for each item."""
    rows = len(gantt.rows) + bool(gantt.more)
    height = _AROUND + _ROW * max(rows, 4)
    figure = new_figure(_WIDTH, height)
    axes = figure.subplots()
    legend_rows = _legend_rows(gantt)
    top = 1 - (0.12 + 0.2 * legend_rows) / height
    figure.subplots_adjust(left=0.155, right=0.845, top=top, bottom=0.55 / height)
    dress(axes, xlabel=f"Day (as of {gantt.as_of.date()})", ylabel="")
    if not gantt.rows:
        nothing(axes, "No item to show.")
        return figure
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x", color=GRID.light, linewidth=0.8)
    axes.set_ylim(rows - 0.4, -0.6)
    left, right = _limits(gantt)
    axes.set_xlim(left, right)
    points = (0.845 - 0.155) * _WIDTH * 72 / (right - left)
    for place, row in enumerate(gantt.rows):
        _draw_row(axes, place, row, gantt, points)
    names = [one_line(row.name, _NAME_WIDTH, _SMALL) for row in gantt.rows]
    if gantt.more:
        names.append(f"and {count_text(gantt.more)} more")
        _draw_rest(axes, len(gantt.rows), gantt, points)
    axes.set_yticks(range(rows), names)
    for label in axes.get_yticklabels():
        label.set(parse_math=False, fontsize=_SMALL, color=INK.light)
    axes.tick_params(axis="y", length=0)
    axes.axvline(_at(gantt.as_of), color=MUTED.light, linewidth=1.0, dashes=(4, 2), zorder=0)
    axes.xaxis_date()
    date_ticks(axes, most=7)
    _legend(axes, gantt)
    return figure


def _draw_row(axes: Axes, place: int, row: GanttRow, gantt: Gantt, points: float) -> None:
    bars: Any = axes
    for bar in row.bars:
        begin, long = _at(bar.since), _at(bar.until) - _at(bar.since)
        if bar.stage is None:
            bars.broken_barh([(begin, long)], (place - 0.07, 0.14), color=MUTED.light, alpha=0.6)
            continue
        tone = _tone(bar.stage, len(gantt.stages))
        bars.broken_barh([(begin, long)], (place - 0.34, 0.68), facecolor=tone, linewidth=0)
        if long * points >= 11:
            middle = bar.since + (bar.until - bar.since) / 2
            hatched = any(block.since <= middle <= block.until for block in row.blocks)
            axes.text(
                begin + long / 2, place, str(bar.stage + 1), ha="center", va="center_baseline",
                fontsize=8, zorder=4,
                color=PAPER.light if sum(tone) < 1.5 and not hatched else INK.light,
                bbox={"facecolor": PAPER.light, "edgecolor": "none", "pad": 1.2} if hatched
                else None,
            )  # fmt: skip
    if not row.bars:
        # All that is known of it is one moment.
        axes.plot([_at(row.created)], [place], marker="|", markersize=9, color=INK.light)
    for block in row.blocks:
        begin, long = _at(block.since), _at(block.until) - _at(block.since)
        bars.broken_barh(
            [(begin, long)], (place - 0.34, 0.68), facecolor=(1, 1, 1, 0.6),
            edgecolor=BAD.light, hatch=_BLOCK_HATCH, linewidth=0.6, zorder=3,
        )  # fmt: skip
    end = row.done or gantt.as_of
    if row.late:
        bars.broken_barh(
            [(_at(row.created), _at(end) - _at(row.created))], (place - 0.4, 0.8),
            facecolor="none", edgecolor=BAD.light, linewidth=1.4, zorder=5,
        )  # fmt: skip
    if row.due is not None:
        axes.plot(
            [_at(dt.datetime.combine(row.due, dt.time(12)))], [place], marker="D", markersize=4.6,
            markerfacecolor=PAPER.light, markeredgecolor=INK.light, zorder=6, clip_on=True,
        )  # fmt: skip
    words = days_text(row.days, gantt.clock) + (", late" if row.late else "")
    axes.annotate(
        words, (1, place), xycoords=("axes fraction", "data"), xytext=(5, 0),
        textcoords="offset points", va="center", fontsize=_SMALL,
        color=BAD.light if row.late else INK.light, annotation_clip=False,
    )  # fmt: skip


def _draw_rest(axes: Axes, place: int, gantt: Gantt, points: float) -> None:
    """Draw the items without a row as one pale bar from the first creation on."""
    assert gantt.more_since is not None
    first, last = gantt.more_since
    begin = max(_at(first), axes.get_xlim()[0])
    long = max(_at(gantt.as_of) - begin, 0.0)
    bars: Any = axes
    bars.broken_barh(
        [(begin, long)], (place - 0.34, 0.68), facecolor=GRID.light, edgecolor=MUTED.light,
        linewidth=0.6,
    )  # fmt: skip
    words = f"created {first.date()} to {last.date()}"
    # The words stand in the bar where they fit, before it elsewhere.
    fits = long * points > 165
    axes.text(
        begin + long / 2 if fits else begin, place, words if fits else f"{words}  ",
        ha="center" if fits else "right", va="center", fontsize=_SMALL, color=INK.light,
        clip_on=True,
    )  # fmt: skip


def _legend(axes: Axes, gantt: Gantt) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Patch(
            facecolor=_tone(stage, len(gantt.stages)),
            label=f"{stage + 1} {one_line(name, 110, _SMALL)}",
        )
        for stage, name in enumerate(gantt.stages)
    ]
    handles += [
        Line2D([], [], color=MUTED.light, linewidth=2, alpha=0.6, label="waiting"),
        Patch(facecolor=PAPER.light, edgecolor=BAD.light, hatch=_BLOCK_HATCH, label="blocked"),
        Line2D(
            [], [], linestyle="none", marker="D", markersize=4.6, markerfacecolor=PAPER.light,
            markeredgecolor=INK.light, label="due",
        ),
        Patch(facecolor="none", edgecolor=BAD.light, linewidth=1.4, label="late"),
    ]  # fmt: skip
    legend = axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.215, 1.0), frameon=False,
        ncols=_legend_columns(gantt), fontsize=_SMALL, labelcolor=INK.light,
        borderaxespad=0.1, handlelength=1.6, columnspacing=1.2, labelspacing=0.25,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)


def _legend_columns(gantt: Gantt) -> int:
    longest = max((len(name) for name in gantt.stages), default=0)
    return 6 if longest <= 16 else 4


def _legend_rows(gantt: Gantt) -> int:
    return -(-(len(gantt.stages) + 4) // _legend_columns(gantt))


def _limits(gantt: Gantt) -> tuple[float, float]:
    low = min(_at(row.created) for row in gantt.rows)
    ends = [_at(row.done or gantt.as_of) for row in gantt.rows]
    due = [_at(dt.datetime.combine(row.due, dt.time())) for row in gantt.rows if row.due]
    high = max([*ends, *due])
    # Dates as ticks need some days between them.
    room = max(0.02 * (high - low), (_LEAST_DAYS - (high - low)) / 2)
    return low - room, high + room


def _tone(stage: int, stages: int) -> tuple[float, float, float]:
    part = stage / (stages - 1) if stages > 1 else 0.35
    red, green, blue = (a + part * (b - a) for a, b in zip(_PALE, _DARK, strict=True))
    return red, green, blue


def _at(moment: dt.datetime) -> float:
    """Return a moment as the number of days that Matplotlib counts."""
    return (moment - dt.datetime(1970, 1, 1)) / dt.timedelta(days=1)


def _title(gantt: Gantt, what: str) -> str:
    if not gantt.rows:
        return "Gantt chart: no item to show"
    shown = counted(len(gantt.rows), what)
    if gantt.chosen == "open":
        late = sum(row.late for row in gantt.rows)
        # Older items without a row are those that nobody has begun.
        passed = gantt.more_since is not None and gantt.more_since[0] < gantt.rows[-1].created
        kind = "begun and open" if passed else "open"
        which = f"{counted(len(gantt.rows), what, kind)} on a timeline, the oldest first"
        return f"{which}: {count_text(late)} late" if late else which
    return f"The {shown} that took longest" if gantt.chosen == "done" else f"{shown} on a timeline"


def _choice(gantt: Gantt) -> str:
    return " Items that are begun come before those that nobody has begun." * (
        gantt.chosen == "open" and gantt.more > 0
    )


def _more_words(gantt: Gantt, what: str) -> str:
    if not gantt.more:
        return ""
    kind = "open" if gantt.chosen == "open" else ""
    return f"{counted(gantt.more, what, f'more {kind}'.strip())} have no row of their own."


def _oldest(gantt: Gantt) -> str:
    if not gantt.rows:
        return ""
    row = gantt.rows[0]
    return f"The earliest was created on {row.created.date()}, {days_text(row.days, gantt.clock)}."


def _table(gantt: Gantt, what: str) -> Table:
    def moment(value: dt.datetime) -> Cell:
        return Cell(value.strftime("%Y-%m-%d %H:%M"), value)

    def stretch(name: str, words: str, since: dt.datetime, until: dt.datetime) -> list[Cell]:
        long = (until - since) / dt.timedelta(days=1)
        return [text_cell(name), text_cell(words), moment(since), moment(until),
                value_cell(long, "days")]  # fmt: skip

    rows = []
    for row in gantt.rows:
        for bar in row.bars:
            words = _WAITING if bar.stage is None else gantt.stages[bar.stage]
            rows.append(stretch(row.name, words, bar.since, bar.until))
        rows += [stretch(row.name, f"blocked: {b.reason}", b.since, b.until) for b in row.blocks]
        if row.due is not None:
            words = "due, and late" if row.late else "due"
            day = Cell(str(row.due), row.due)
            rows.append([text_cell(row.name), text_cell(words), day, text_cell(""), text_cell("")])
    columns = (
        Column("Item"),
        Column("What"),
        Column("From"),
        Column("Until"),
        Column("Elapsed", True, "days"),
    )
    caption = f"Stages, blocks and due dates of {counted(len(gantt.rows), what)}, local time"
    return Table("gantt", caption, columns, rows, folded=True, most_rows=40)
