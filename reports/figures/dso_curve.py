"""DSO over time against the best possible DSO; the gap is the delay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reports.documents.cells import value_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import direct_labels, dress, new_figure
from reports.figures.palette import ACCENT, BAD, INK
from reports.figures.value_axis import date_ticks, nothing, value_ticks
from reports.number_text import value_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAMES = {
    "dso_days": "DSO",
    "best_possible_dso_days": "Best possible DSO",
    "delay_days": "Delay: average days delinquent",
    "receivables": "Receivables",
    "current": "Not yet due",
    "sales": "Sales of the window",
}
_DEFINITIONS = (
    "DSO: open receivables x {days} / credit sales of the {days} days up to then (invoiced less "
    "invoices cancelled). Best possible DSO: the same of receivables not yet due. The gap is the "
    "delay, the average days delinquent: what would go if every customer paid on time. "
    "Definitions: Credit Research Foundation. Invoices from before the log are not in it."
)


def dso_curve(path: pl.DataFrame) -> Figure:
    """Draw DSO and best possible DSO.

    Parameters
    ----------
    path
        What :func:`mining.dso_path.dso_path` gives.
    """
    figure = new_figure(9.2, 3.9)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.075, right=0.735, top=0.95, bottom=0.15)
    dates = path["date"].to_numpy()
    dso = path["dso_days"].cast(pl.Float64).to_numpy()
    best = path["best_possible_dso_days"].cast(pl.Float64).to_numpy()
    axes.fill_between(dates, best, dso, facecolor=(BAD.light, 0.13), edgecolor=BAD.light,
                      hatch="..", linewidth=0)  # fmt: skip
    axes.plot(dates, dso, color=INK.light, linewidth=1.9)
    axes.plot(dates, best, color=ACCENT.light, linewidth=1.9, dashes=(5, 1.6))
    if path.height:
        axes.margins(x=0)
        lowest = path.select(pl.min_horizontal(pl.col("dso_days", "best_possible_dso_days").min()))
        axes.set_ylim(bottom=min(0.0, float(lowest.item() or 0.0)))
        axes.set_xlim(axes.get_xlim())
        axes.set_ylim(axes.get_ylim())
        date_ticks(axes)
        direct_labels(axes, _labels(path))
    value_ticks(axes.yaxis)
    dress(axes, xlabel="Date (end of the day)", ylabel="Days of sales outstanding (days)")
    if not path["dso_days"].count():
        nothing(axes, "The log is too short for a DSO, or nothing was sold")
    return figure


def dso_curve_picture(path: pl.DataFrame, currency: str = "", *, key: str = "dso-curve") -> Picture:
    """Return :func:`dso_curve` with its numbers; *currency* is of the amounts in the table."""
    window = int(path["window_days"][0]) if path.height else 90
    last = path.drop_nulls("delay_days").tail(1)
    title = "DSO against the best possible DSO"
    if last.height:
        title += f": {value_text(last['delay_days'][0], 'days')} of delay at the end"
    units = {name: "days" if name.endswith("_days") else "currency" for name in _NAMES}
    rows = [
        [
            Cell(date.isoformat(), date, "date"),
            *(value_cell(x, units[n], currency) for n, x in zip(_NAMES, values, strict=True)),
        ]
        for date, *values in path.select("date", *_NAMES).iter_rows()
    ]
    heads = [Column(label, right=True, unit=units[name]) for name, label in _NAMES.items()]
    return Picture(
        key=key,
        title=title,
        caption=_DEFINITIONS.format(days=window),
        alternative=_told(path),
        figure=lambda: dso_curve(path),
        data=Table(
            key, "DSO and best possible DSO", [Column("Date"), *heads], rows,
            folded=True, most_rows=40,
        ),
        chart=NativeChart(
            "line",
            "Date",
            (_NAMES["dso_days"], _NAMES["best_possible_dso_days"]),
            "Date",
            "Days of sales outstanding (days)",
        ),
    )  # fmt: skip


def _labels(path: pl.DataFrame) -> list[tuple[float, str, str]]:
    """Return the curves' names with their last values, and the gap's in its middle."""
    found = []
    ends = {}
    for name, tone in (("dso_days", INK), ("best_possible_dso_days", ACCENT)):
        known = path.drop_nulls(name)
        if known.height:
            ends[name] = float(known[name][-1])
            text = f"{_NAMES[name]} {value_text(ends[name], 'days')}"
            found.append((ends[name], text, tone.light))
    known = path.drop_nulls("delay_days").tail(1)
    if known.height and len(ends) == 2:
        delay = float(known["delay_days"][0])
        middle = sum(ends.values()) / 2
        found.append((middle, f"delay {value_text(delay, 'days')}", BAD.light))
    return found


def _told(path: pl.DataFrame) -> str:
    known = path.drop_nulls("dso_days")
    if not known.height:
        return "The log is too short for a DSO, or nothing was sold."
    first, last = known.row(0, named=True), known.row(-1, named=True)
    text = (
        f"DSO goes from {value_text(first['dso_days'], 'days')} on {first['date']} to "
        f"{value_text(last['dso_days'], 'days')} on {last['date']}"
    )
    if last["delay_days"] is None:
        return f"{text}; no due dates are known, so there is no best possible DSO."
    best = value_text(last["best_possible_dso_days"], "days")
    delay = value_text(last["delay_days"], "days")
    return f"{text}; then {best} was the best possible and {delay} delay."
