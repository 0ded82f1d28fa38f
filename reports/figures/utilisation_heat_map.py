"""How busy each role is in each scenario, as a heat map with its numbers written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.answer import estimate_text
from reports.documents.cells import estimate_cell, text_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, new_figure
from reports.figures.effect_rows import MOST_ROWS
from reports.figures.palette import ACCENT, BAD, INK, MUTED, PAPER
from reports.figures.title_labels import title_labels
from reports.figures.value_axis import distinct, nothing, one_line, some_lines
from reports.number_text import share_text
from scenarios.comparison import Comparison
from scenarios.estimate import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Above this share waiting times grow fast: in M/M/1 the wait is nine service times at 0.9.
SATURATED = 0.9
_MOST_COLUMNS = 8
_LEFT, _TOP, _ROW = 2.2, 0.72, 0.46


def utilisation_figure(comparison: Comparison) -> Figure:
    """Draw the busy share of working time, roles downwards, scenarios across.

    Parameters
    ----------
    comparison
        The baseline first. Of many scenarios the first eight are drawn.
    """
    outcomes = comparison.outcomes[:_MOST_COLUMNS]
    roles = _roles(comparison)[:MOST_ROWS]
    height = _TOP + _ROW * max(len(roles), 2) + 0.5
    figure = new_figure(9.2, height)
    axes = figure.subplots()
    figure.subplots_adjust(left=_LEFT / 9.2, right=0.98, top=1 - _TOP / height, bottom=0.5 / height)
    axes.set_xlim(0, max(len(outcomes), 1))
    axes.set_ylim(max(len(roles), 1), 0)
    width = 72 * (9.2 * 0.98 - _LEFT) / max(len(outcomes), 1)
    heads = title_labels(
        [outcome.title for outcome in outcomes],
        lambda title: some_lines(title, 0.8 * width, 3, TEXT_SIZE - 0.8),
    )
    for column, outcome in enumerate(outcomes):
        axes.text(
            column + 0.5, -0.18, heads[column],
            ha="center", va="bottom", color=INK.light, fontsize=TEXT_SIZE - 0.8, parse_math=False,
            linespacing=1.05,
        )  # fmt: skip
        for row, role in enumerate(roles):
            _cell(axes, column, row, outcome.utilisation.get(role), width)
    for row, role in enumerate(roles):
        axes.annotate(
            one_line(role, 72 * _LEFT - 34), xy=(0, row + 0.5), xytext=(-8, 0),
            textcoords="offset points", ha="right", va="center", color=INK.light,
            fontsize=TEXT_SIZE, parse_math=False, annotation_clip=False,
        )  # fmt: skip
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel(
        f"Busy share of working time (%); framed and marked: {share_text(SATURATED)} or more",
        color=INK.light, fontsize=TEXT_SIZE,
    )  # fmt: skip
    if not roles:
        nothing(axes, "No role has working time in this model")
    return figure


def utilisation_picture(comparison: Comparison, *, key: str = "utilisation") -> Picture:
    """Return :func:`utilisation_figure` with its numbers."""
    outcomes, roles = comparison.outcomes, _roles(comparison)
    names = distinct(outcome.title for outcome in outcomes)
    rows: list[list[Cell]] = [
        [text_cell(role), *(_entry(outcome.utilisation.get(role)) for outcome in outcomes)]
        for role in roles
    ]
    caption = (
        "Hours of work done / hours of working time, by role; mean over "
        f"{comparison.replications} replications, with its {share_text(comparison.confidence)} "
        "interval. Darker is busier. From about "
        f"{share_text(SATURATED)} on, waiting grows fast with every further order."
    )
    if len(roles) > MOST_ROWS or len(outcomes) > _MOST_COLUMNS:
        caption += (
            f" Drawn are the first {MOST_ROWS} roles and {_MOST_COLUMNS} scenarios; the table has "
            "all."
        )
    return Picture(
        key=key,
        title="Busy share of working time by role",
        caption=caption,
        alternative=_told(comparison, roles),
        figure=lambda: utilisation_figure(comparison),
        data=Table(
            key,
            "Busy share of working time by role",
            [Column("Role"), *(Column(name, right=True, unit="share") for name in names)],
            rows,
            folded=True,
        ),
        chart=NativeChart("column", "Role", names, "Role", "Busy share of working time"),
    )


def _roles(comparison: Comparison) -> list[str]:
    return sorted({role for outcome in comparison.outcomes for role in outcome.utilisation})


def _entry(value: Estimate | None) -> Cell:
    cell = estimate_cell(value, "share")
    if value is None or value.mean != value.mean:
        return cell
    return Cell(
        cell.text, cell.value, cell.unit, cell.low, cell.high, cell.note,
        bar=min(max(value.mean, 0.0), 1.0),
    )  # fmt: skip


def _cell(axes: Axes, column: int, row: int, value: Estimate | None, width: float) -> None:
    from matplotlib.patches import Rectangle

    known = value is not None and value.mean == value.mean
    busy = min(max(value.mean, 0.0), 1.0) if known and value is not None else 0.0
    hot = busy >= SATURATED
    axes.add_patch(
        Rectangle(
            (column + 0.03, row + 0.06), 0.94, 0.88,
            facecolor=(ACCENT.light, 0.92 if hot else 0.06 + 0.6 * busy**2) if known else "none",
            edgecolor=BAD.light if hot else MUTED.light, linewidth=2.4 if hot else 0.5,
        )
    )  # fmt: skip
    text, span = estimate_text(value, "share")
    words = f"{'! ' if hot else ''}{text}"
    if span and width > 130:
        words += f"  ({span})"
    axes.text(
        column + 0.5, row + 0.5, words, ha="center", va="center", fontsize=TEXT_SIZE - 0.8,
        color=PAPER.light if hot else INK.light,
    )  # fmt: skip


def _told(comparison: Comparison, roles: list[str]) -> str:
    if not roles:
        return "No role has working time in this model."
    told = []
    for outcome in comparison.outcomes[:_MOST_COLUMNS]:
        known = {r: e.mean for r, e in outcome.utilisation.items() if e.mean == e.mean}
        if known:
            role = max(known, key=known.__getitem__)
            told.append(f"{outcome.title}: {role} is busiest, {share_text(known[role])}")
    return "; ".join(told) + "."
