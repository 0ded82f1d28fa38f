"""Distances of simulated logs from unseen ones, beside the replayed past and published methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports.documents.cells import text_cell, value_cell
from reports.documents.document import Column, NativeChart, Picture, Table
from reports.figures.canvas import dress, new_figure
from reports.figures.palette import ACCENT, INK, SERIES
from reports.number_text import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MEASURES = {
    "ngd": "Sequences of activities (NGD)",
    "aedd": "Volume of work by date (AEDD)",
    "cedd": "Hours of the week (CEDD)",
    "redd": "Progress within a case (REDD)",
    "ctdd": "Length of cases (CTDD)",
}
_HEADS = ("Model", "Standard deviation", "Replayed past", "Best published", "Median published")


def distances_picture(document: Mapping[str, Any]) -> Picture:
    """Return the five distances of a model, each relative to the replayed past.

    Parameters
    ----------
    document
        The result of ``o2c validate-model`` of a log; see
        :func:`reports.cli.validation_kinds.protocol_document`.
    """
    rows = [_row(key, document) for key in MEASURES if key in document["model"]]
    nearer = sum(row["model"] <= row["replay"] for row in rows)
    published = document.get("published")
    cells = [
        (
            text_cell(MEASURES[row["key"]]),
            *(
                value_cell(row[part], "hours" if row["key"] != "ngd" else "")
                for part in ("model", "sd", "replay", "best", "median")
            ),
        )
        for row in rows
    ]
    return Picture(
        key="distances",
        title=f"Distances from the unseen part: {nearer} of {len(rows)} no farther than the past",
        caption="Earth mover's distances of simulated logs (dots, with one standard deviation of "
        "the runs) as multiples of the distance of the replayed past (the line at 1); lower is "
        "nearer. NGD is a share, the others are hours (Chapela-Campa et al. 2025)."
        + (" Squares, triangles: best and median published method." if published else ""),
        alternative="; ".join(
            f"{MEASURES[row['key']]}: "
            f"{Scale(1.0, 2).number(row['model'] / row['replay'])} times the replayed past"
            for row in rows
            if row["replay"]
        )
        + ".",
        figure=lambda: _draw(rows),
        data=Table(
            "distances",
            "Distances from the unseen part (NGD a share, the others hours)",
            [Column("Distance"), *(Column(name, right=True) for name in _HEADS)],
            cells,
        ),
        chart=NativeChart("bar", "Distance", ("Model", "Replayed past"), "Distance", ""),
    )  # fmt: skip


def _row(key: str, document: Mapping[str, Any]) -> dict[str, Any]:
    published = document.get("published") or {}
    return {
        "key": key,
        "model": float(document["model"][key]["mean"]),
        "sd": float(document["model"][key]["sd"]),
        "replay": float(document["replay"][key]["mean"]),
        "best": published.get("best", {}).get(key),
        "median": published.get("median", {}).get(key),
    }


def _draw(rows: Sequence[Mapping[str, Any]]) -> Figure:
    height = 0.9 + 0.42 * max(len(rows), 1)
    figure = new_figure(9.2, height)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.29, right=0.98, top=1 - 0.32 / height, bottom=0.52 / height)
    for place, row in enumerate(rows):
        base = row["replay"] or 1.0
        axes.errorbar(
            row["model"] / base, place, xerr=row["sd"] / base, fmt="o", color=ACCENT.light,
            markersize=6.5, capsize=3, linewidth=1.4, label="model" if not place else None,
        )  # fmt: skip
        for part, marker, tone in (("best", "s", SERIES[1]), ("median", "^", SERIES[3])):
            if row[part] is not None:
                axes.plot(
                    row[part] / base, place, marker, color=tone.light, markersize=6.5,
                    linestyle="none", label=f"{part} published" if not place else None,
                )  # fmt: skip
    axes.axvline(1.0, color=INK.light, linewidth=1.2)
    axes.set_yticks(range(len(rows)), [MEASURES[row["key"]] for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.6)
    _log_axis(axes)
    dress(axes, xlabel="Distance as a multiple of the replayed past's", ylabel="")
    axes.grid(axis="x", color="#dfe4ea", linewidth=0.8)
    axes.grid(visible=False, axis="y")
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=9,
        borderaxespad=0.1, labelcolor=INK.light,
    )  # fmt: skip
    return figure


def _log_axis(axes: Axes) -> None:
    """Show ratios so that half is as far from 1 as double."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    axes.set_xscale("log")
    low, high = axes.get_xlim()
    low, high = min(low, 0.45), max(high, 2.2)
    axes.set_xlim(low, high)
    steps = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
    axes.xaxis.set_major_locator(FixedLocator([step for step in steps if low <= step <= high]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
