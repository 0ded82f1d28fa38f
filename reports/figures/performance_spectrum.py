"""The performance spectrum: lines from the time of one activity to the time of the next."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from mining.performance_spectrum import PerformanceSpectrum
from reports.documents.cells import count_cell, duration_cell, text_cell
from reports.documents.document import Cell, Column, Picture, Table
from reports.figures.canvas import TEXT_SIZE, dress, new_figure
from reports.figures.palette import BAD, GRID, INK, MUTED, SERIES, Tone
from reports.figures.value_axis import date_ticks, nothing, some_lines
from reports.figures.words import brief, counted_noun
from reports.number_text import count_text, duration_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Quarters of the durations, fastest first: the slope tells them as well as the colour.
_QUARTERS: tuple[tuple[str, Tone], ...] = (
    ("fastest quarter", SERIES[2]),
    ("second", SERIES[0]),
    ("third", SERIES[4]),
    ("slowest quarter", BAD),
)
_STRIP_INCHES, _GAP = 0.78, 0.55
_NAME_POINTS = 150


def performance_spectrum(spectrum: PerformanceSpectrum) -> Figure:
    """Draw a performance spectrum: one strip per segment, time from left to right.

    Parameters
    ----------
    spectrum
        What :func:`mining.performance_spectrum.performance_spectrum` gives.
    """
    segments = spectrum.segments.to_dicts()
    tops, ticks = _places(segments)
    bottom = tops[-1] + 1 if tops else 1.0
    height = 1.15 + _STRIP_INCHES * bottom
    figure = new_figure(9.2, height)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.245, right=0.845, top=1 - 0.42 / height, bottom=0.55 / height)
    for segment, top in zip(segments, tops, strict=True):
        _draw(axes, spectrum.lines.filter(segment=segment["segment"]), top)
        told = [counted_noun(segment["count"], "time")]
        if segment["count"]:
            told.append(f"median {duration_text(segment['median_hours'])}")
        axes.annotate(
            "\n".join(told), (1.0, top + 0.5), (6, 0), xycoords=axes.get_yaxis_transform(),
            textcoords="offset points", va="center", fontsize=TEXT_SIZE - 1, color=INK.light,
            parse_math=False,
        )  # fmt: skip
    dress(axes, xlabel="Date (company's clock)", ylabel="")
    axes.grid(visible=False)
    axes.set_ylim(bottom + 0.06, -0.06)
    if spectrum.lines.is_empty():
        nothing(axes, "No activity follows another")
        return figure
    axes.hlines([place for place, _ in ticks], 0, 1, transform=axes.get_yaxis_transform(),
                color=GRID.light, linewidth=0.9, zorder=0.5)  # fmt: skip
    axes.set_yticks(
        [place for place, _ in ticks],
        [some_lines(name, _NAME_POINTS, 2, TEXT_SIZE - 0.5) for _, name in ticks],
    )
    for label in axes.get_yticklabels():
        label.set_color(INK.light)
        label.set_parse_math(False)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.01)
    axes.autoscale(axis="x")
    date_ticks(axes, most=7)
    _legend(axes)
    return figure


def performance_spectrum_picture(
    spectrum: PerformanceSpectrum, *, key: str = "performance-spectrum"
) -> Picture:
    """Return :func:`performance_spectrum` with its numbers."""
    told = {row["segment"]: row for row in spectrum.segments.to_dicts()}
    rows = [
        (
            text_cell(str(case)),
            text_cell(told[segment]["source"]),
            text_cell(told[segment]["target"]),
            Cell(start.isoformat(" ", "minutes"), start, "date"),
            Cell(end.isoformat(" ", "minutes"), end, "date"),
            duration_cell(hours),
            count_cell(quarter),
            duration_cell(told[segment]["median_hours"]),
            count_cell(told[segment]["count"]),
        )
        for segment, case, start, end, hours, quarter in spectrum.lines.iter_rows()
    ]
    columns = (
        Column("Case"),
        Column("From"),
        Column("To"),
        Column("Starts"),
        Column("Ends"),
        Column("Takes", True, "hours"),
        Column("Quarter", True, "count"),
        Column("Median of all", True, "hours"),
        Column("Passages in all", True, "count"),
    )
    count = int(spectrum.segments["count"].sum())
    sampled = (
        "" if spectrum.lines.height == count
        else f" Shown are {count_text(spectrum.lines.height)} of {count_text(count)} passages, "
        "evenly spaced in time; numbers, quarters and medians are of all."
    )  # fmt: skip
    whose = (
        "of the most frequent variant"
        + (" that take most time" if len(told) < len(set(pairwise(spectrum.activities))) else "")
        if spectrum.activities
        else "that were asked for"
        if told
        else "of no variant, for no activity follows another"
    )
    return Picture(
        key=key,
        title="Performance spectrum: how each step was passed over time",
        caption=f"Segments {whose}. A line runs from the completion of the upper activity "
        "to that of the lower one, which directly follows it in the same case: the flatter the "
        "line, the longer it took. Lines that cross are cases that overtake; lines that meet in a "
        "point are a batch. Colour is the quarter of its segment's durations (after Denisov, "
        f"Fahland and van der Aalst 2018).{sampled}",
        alternative=_told(spectrum),
        figure=lambda: performance_spectrum(spectrum),
        data=Table(key, "Passages shown", columns, rows, folded=True, most_rows=30),
    )


def _places(segments: list[dict[str, Any]]) -> tuple[list[float], list[tuple[float, str]]]:
    """Return the top of each strip, and where each activity is named; gaps where a path breaks."""
    tops: list[float] = []
    ticks: list[tuple[float, str]] = []
    place, before = 0.0, ""
    for segment in segments:
        if not tops or segment["source"] != before:
            place += _GAP if tops else 0.0
            ticks.append((place, segment["source"]))
        tops.append(place)
        place += 1.0
        ticks.append((place, segment["target"]))
        before = segment["target"]
    return tops, ticks


def _draw(axes: Axes, lines: pl.DataFrame, top: float) -> None:
    from matplotlib import dates
    from matplotlib.collections import LineCollection

    number: Any = dates.date2num
    for quarter, (_, tone) in enumerate(_QUARTERS, start=1):
        some = lines.filter(quarter=quarter)
        if some.is_empty():
            continue
        start, end = number(some["start"].to_numpy()), number(some["end"].to_numpy())
        y = np.full(some.height, top)
        paths = np.stack([np.stack([start, y], 1), np.stack([end, y + 1], 1)], 1)
        axes.add_collection(
            LineCollection(list(paths), colors=[tone.light], linewidths=0.7, alpha=0.55)
        )


def _legend(axes: Axes) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=tone.light, linewidth=2) for _, tone in _QUARTERS]
    legend = axes.legend(
        handles,
        [name for name, _ in _QUARTERS],
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=4,
        fontsize=TEXT_SIZE - 1,
        frameon=False,
        handlelength=1.6,
        columnspacing=1.4,
        title_fontsize=TEXT_SIZE - 1,
    )
    for text in legend.get_texts():
        text.set_color(MUTED.light)


def _told(spectrum: PerformanceSpectrum) -> str:
    known = [row for row in spectrum.segments.to_dicts() if row["count"]]
    if not known:
        return "No activity follows another."
    parts = [
        f"{brief(row['source'])} to {brief(row['target'])}: {counted_noun(row['count'], 'time')}, "
        f"median {duration_text(row['median_hours'])}, a quarter longer than "
        f"{duration_text(row['q75_hours'])}"
        for row in known
    ]
    return "; ".join(parts) + "."
