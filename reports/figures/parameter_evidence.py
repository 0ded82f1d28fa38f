"""What a calibrated company rests on: values from data and assumed, and which assumptions count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports.documents.cells import count_cell, text_cell, value_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, drawable, dress, new_figure
from reports.figures.palette import ACCENT, INK, MUTED, SERIES
from reports.figures.text_fit import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INFLUENCES = 15
_KINDS = ("From data", "In proportion to the orders", "Assumed")


def evidence_picture(document: Mapping[str, Any]) -> Picture:
    """Return how many values of each part of the company come from data.

    Parameters
    ----------
    document
        The result of ``o2c calibrate``; see :func:`mining.calibration.report.document`.
    """
    counts = [
        Counter(str(one["path"]).split(".")[0] for one in document[name])
        for name in ("parameters", "scaled", "assumed")
    ]
    parts = sorted(set().union(*counts), key=lambda part: (-sum(c[part] for c in counts), part))
    rows = [(part, [count[part] for count in counts]) for part in parts]
    known, every = sum(counts[0].values()), sum(sum(count.values()) for count in counts)
    return Picture(
        key="evidence",
        title=f"{known} of {every} values come from the data",
        caption="Number of values in each part of the company file, by what they rest on. What is "
        "assumed keeps the value of the reference company.",
        alternative="; ".join(f"{part}: {values[0]} of {sum(values)}" for part, values in rows),
        figure=lambda: _draw_evidence(rows),
        data=Table(
            "evidence",
            "Values by part of the company and evidence",
            [Column("Part"), *(Column(name, True, "count") for name in _KINDS)],
            [(text_cell(part), *(count_cell(value) for value in values)) for part, values in rows],
        ),
        chart=NativeChart("bar", "Part", _KINDS, "Part of the company", "Values", stacked=True),
    )


def influence_picture(document: Mapping[str, Any]) -> Picture | None:
    """Return by how much each assumed value moves a main KPI; None if that was not found out."""
    ranking = document.get("ranking")
    if not ranking or not ranking["influences"]:
        return None
    rows: list[Mapping[str, Any]] = ranking["influences"]
    shown = rows[:_INFLUENCES]
    cells: list[tuple[Cell, ...]] = [
        (
            text_cell(str(row["path"]), code=True),
            text_cell(str(row["now"])),
            text_cell(str(row["tried"])),
            text_cell(str(row["kpi"]).replace("_", " ")),
            value_cell(row["change_pct"] / 100, "share"),
        )
        for row in rows
    ]
    heads = [Column("Value"), Column("Now"), Column("Tried"), Column("KPI that moves most")]
    more = f" {len(rows) - len(shown)} more are in the table." if len(rows) > len(shown) else ""
    return Picture(
        key="influence",
        title="Assumed values that matter most",
        caption=f"Change of the KPI that moves most when an assumed value is moved alone "
        f"({ranking['runs']} short runs).{more} Replace these by data first.",
        alternative="; ".join(f"{r['path']}: {r['change_pct']:+.1f} %" for r in shown[:5]) + ".",
        figure=lambda: _draw_influence(shown),
        data=Table(
            "influence", "Influence of assumed values", [*heads, Column("Change", True, "share")],
            cells,
        ),
        chart=NativeChart("bar", "Value", ("Change",), "Value", "Change of the KPI"),
    )  # fmt: skip


def _draw_evidence(rows: Sequence[tuple[str, Sequence[int]]]) -> Figure:
    from matplotlib.ticker import MaxNLocator

    figure, axes = _frame(len(rows), 0.2)
    ahead = [0] * len(rows)
    looks = ((ACCENT, "", 0.85), (SERIES[4], "..", 0.55), (MUTED, "////", 0.28))
    for number, (name, (tone, hatch, alpha)) in enumerate(zip(_KINDS, looks, strict=True)):
        values = [row[1][number] for row in rows]
        axes.barh(
            range(len(rows)), values, left=ahead, height=0.66, color=tone.light, alpha=alpha,
            hatch=hatch, edgecolor="white", linewidth=0.6, label=name,
        )  # fmt: skip
        ahead = [a + v for a, v in zip(ahead, values, strict=True)]
    _finish(axes, [part.replace("_", " ") for part, _ in rows], "Values (number)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=TEXT_SIZE,
        labelcolor=INK.light,
        borderaxespad=0.1,
    )  # fmt: skip
    return figure


def _draw_influence(rows: Sequence[Mapping[str, Any]]) -> Figure:
    figure, axes = _frame(len(rows), 0.36)
    values = [float(row["change_pct"]) for row in rows]
    for place, value in enumerate(values):
        tone, hatch = (ACCENT, "") if value >= 0 else (SERIES[1], "////")
        axes.barh(
            place, value, height=0.62, color=tone.light, alpha=0.8, hatch=hatch, edgecolor="white"
        )
        axes.annotate(
            drawable(f"{value:+.1f} %, {str(rows[place]['kpi']).replace('_', ' ')}"),
            (max(value, 0.0), place), xytext=(4, 0), textcoords="offset points", va="center",
            fontsize=TEXT_SIZE - 1, color=INK.light, parse_math=False,
        )  # fmt: skip
    axes.axvline(0, color=INK.light, linewidth=1.0)
    reach = max((abs(value) for value in values), default=1.0) or 1.0
    axes.set_xlim(min(0.0, *values) * 1.05, max(0.0, *values) + 0.9 * reach)
    _finish(axes, [str(row["path"]) for row in rows], "Change of the KPI that moves most, %")
    return figure


def _frame(rows: int, left: float) -> tuple[Figure, Axes]:
    height = 0.95 + 0.29 * max(rows, 1)
    figure = new_figure(9.2, height)
    axes = figure.subplots()
    figure.subplots_adjust(left=left, right=0.98, top=1 - 0.34 / height, bottom=0.52 / height)
    return figure, axes


def _finish(axes: Axes, names: Sequence[str], xlabel: str) -> None:
    width = axes.get_position().x0 * 9.2 * 72 - 8
    short = [drawable("".join(wrapped(name, TEXT_SIZE, width, 1))) for name in names]
    axes.set_yticks(range(len(names)), short, parse_math=False)
    axes.set_ylim(len(names) - 0.4, -0.6)
    dress(axes, xlabel=xlabel, ylabel="")
    axes.grid(axis="x", color="#dfe4ea", linewidth=0.8)
    axes.grid(visible=False, axis="y")
