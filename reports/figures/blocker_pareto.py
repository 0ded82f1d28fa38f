"""Blocker clusters: what holds items up, by days and by number, the most first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mining.flow.board import Board
from reports.documents.cells import count_cell, text_cell, value_cell
from reports.documents.document import Column, NativeChart, Picture, Table
from reports.figures.board_words import as_of_text
from reports.figures.canvas import TEXT_SIZE, dress, new_figure
from reports.figures.flow_words import counted, noun
from reports.figures.palette import BAD, GRID, INK, PAPER
from reports.figures.value_axis import nothing, one_line, value_ticks
from reports.number_text import count_text, share_text, value_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def blocker_pareto_picture(board: Board) -> Picture:
    """Return blocked days and numbers of blocks by reason."""
    clusters, what = board.clusters, noun(board.case_type)
    total = sum(cluster.days for cluster in clusters)
    first = clusters[0] if clusters else None
    title = "No block is recorded"
    said = "The log records no block, or none that is known by its activities."
    if first is not None and total:
        title = f"{first.reason} makes up {share_text(first.days / total)} of the blocked days"
        said = "; ".join(
            f"{one.reason} {value_text(one.days, 'days')} in {counted(one.intervals, 'blocks')}"
            for one in clusters
        )
    return Picture(
        key="blocker-pareto",
        title=title,
        caption=(
            f"Elapsed days from the activity that sets a block to the one that lifts it (or to the "
            f"end of the item, or to {as_of_text(board)}), of all {what} of the log; where two "
            "reasons hold an item at the same time both count. Beside each bar: number of blocks, "
            f"and {what} that it holds up at that moment."
        ),
        alternative=f"Blocked days by reason: {said}",
        figure=lambda: blocker_pareto(board),
        data=Table(
            "blocker-pareto",
            "Blocks by reason",
            (
                Column("Reason"),
                Column("Blocked days", True, "days"),
                Column("Share of days", True, "share"),
                Column("Added up", True, "share"),
                Column("Blocks", True, "count"),
                Column("Items", True, "count"),
                Column("Now", True, "count"),
            ),
            [
                (
                    text_cell(one.reason),
                    value_cell(one.days, "days"),
                    value_cell(one.days / total if total else None, "share"),
                    value_cell(
                        sum(part.days for part in clusters[: place + 1]) / total if total else None,
                        "share",
                    ),
                    count_cell(one.intervals),
                    count_cell(one.items),
                    count_cell(one.now),
                )
                for place, one in enumerate(clusters)
            ],
        ),
        chart=NativeChart("bar", "Reason", ("Blocked days",), "Reason", "Blocked days"),
    )


def blocker_pareto(board: Board) -> Figure:
    """Draw a bar of blocked days for each reason, with its share so far and its numbers."""
    clusters = board.clusters
    height = 1.0 + 0.34 * max(len(clusters), 2)
    figure = new_figure(9.2, height)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.2, right=0.97, top=1 - 0.1 / height, bottom=0.6 / height)
    dress(axes, xlabel="Blocked days, all items together (elapsed days)", ylabel="")
    if not clusters:
        nothing(axes, "No block is recorded.")
        return figure
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x", color=GRID.light, linewidth=0.8)
    total, most = sum(one.days for one in clusters), max(one.days for one in clusters)
    added = 0.0
    for place, one in enumerate(clusters):
        axes.barh(place, one.days, height=0.62, color=BAD.light)
        added += one.days
        words = (
            f"{counted(one.intervals, 'blocks')}, {count_text(one.now)} now; "
            f"{share_text(added / total if total else 0.0)} of the days so far"
        )
        # Inside a bar that is long enough to hold the words, behind it elsewhere.
        inside = one.days > 0.62 * most
        axes.annotate(
            words, (one.days, place), xytext=(-5 if inside else 5, 0), textcoords="offset points",
            ha="right" if inside else "left", va="center", fontsize=TEXT_SIZE - 0.5,
            color=PAPER.light if inside else INK.light,
        )  # fmt: skip
    axes.set_ylim(len(clusters) - 0.5, -0.5)
    axes.set_xlim(0, most * 1.05 or 1)
    names = [one_line(one.reason, 118, TEXT_SIZE - 0.5) for one in clusters]
    axes.set_yticks(range(len(clusters)), names)
    for label in axes.get_yticklabels():
        label.set(parse_math=False, color=INK.light)
    axes.tick_params(axis="y", length=0)
    value_ticks(axes.xaxis)
    return figure
