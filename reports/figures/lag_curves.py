"""Lags in observed and simulated logs: distribution functions, and quantiles against quantiles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.documents.cells import text_cell, value_cell
from reports.documents.document import Column, Picture, Table
from reports.figures.canvas import TEXT_SIZE, drawable, dress, new_figure
from reports.figures.palette import ACCENT, INK, MUTED
from reports.figures.text_fit import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 9
_COLUMNS = 3
_PARTS = ("train", "test", "simulated", "low", "high")
# From this ratio of the high to the middle quantiles on, only a logarithmic axis shows both.
_SKEWED = 12.0


@dataclass(frozen=True, slots=True)
class LagCurve:
    """The quantiles of one lag, in days.

    Parameters
    ----------
    name
        From where to where.
    shares
        0 to 1, rising.
    train, test, simulated, low, high
        A quantile for each share; None where a log has no such lag. ``low`` and ``high`` are the
        range of the simulated runs.
    """

    name: str
    shares: Sequence[float]
    train: Sequence[float | None]
    test: Sequence[float | None]
    simulated: Sequence[float | None]
    low: Sequence[float | None]
    high: Sequence[float | None]


def lag_curves_of(rows: Sequence[Mapping[str, Any]]) -> list[LagCurve]:
    """Return the curves in the rows of :func:`mining.validation.curves.quantile_curves`."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault((str(row["source"]), str(row["target"])), []).append(row)
    return [
        LagCurve(
            f"{source} → {target}" if target else f"work on {source}",
            [float(row["share"]) for row in part],
            **{name: [row[name] for row in part] for name in _PARTS},
        )
        for (source, target), part in found.items()
    ]


def lag_distribution_picture(curves: Sequence[LagCurve]) -> Picture:
    """Return the distribution functions of lags, a panel each, the first nine of them."""
    shown = curves[:_MOST]
    return Picture(
        key="lag-distributions",
        title="How long it takes: observed and simulated",
        caption="Share of cases done after so many days. Solid: the unseen part of the log; "
        "dashed: the part that the model was made from; blue with its band: simulated, and the "
        "range of the single runs. The lowest and highest percent are left out. "
        + _left_out(curves),
        alternative="Distribution functions of " + ", ".join(one.name for one in shown) + ".",
        figure=lambda: _panels(shown, _draw_distribution),
        data=_data("lag-distributions", shown),
        wide=True,
    )


def lag_quantile_picture(curves: Sequence[LagCurve]) -> Picture:
    """Return quantile-quantile plots of lags, a panel each, the first nine of them."""
    shown = curves[:_MOST]
    return Picture(
        key="lag-quantiles",
        title="Quantiles against quantiles",
        caption="Each dot is a quantile (1 % to 99 %): across as observed in the unseen part, "
        "upwards as simulated (dots) or as in the training part (crosses). On the line both agree; "
        "above it the model is slower. " + _left_out(curves),
        alternative="Quantile-quantile plots of " + ", ".join(one.name for one in shown) + ".",
        figure=lambda: _panels(shown, _draw_quantiles),
        data=_data("lag-quantiles", shown),
        wide=True,
    )


def _left_out(curves: Sequence[LagCurve]) -> str:
    more = len(curves) - _MOST
    return f"{more} more lags are in the tables." if more > 0 else ""


def _panels(curves: Sequence[LagCurve], draw: Any) -> Figure:
    columns = max(1, min(_COLUMNS, len(curves)))
    rows = max(1, -(-len(curves) // columns))
    figure = new_figure(9.2, 0.5 + 2.7 * rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_visible(False)
    for axes, curve in zip(grid.flat, curves, strict=False):
        axes.set_visible(True)
        draw(axes, curve)
        name = wrapped(curve.name, TEXT_SIZE, 2.0 * 72, 2)
        axes.set_title(
            "\n".join(drawable(line) for line in name),
            loc="left",
            fontsize=TEXT_SIZE - 0.5,
            color=INK.light,
            parse_math=False,
        )
    figure.subplots_adjust(
        left=0.08, right=0.98, top=1 - 0.52 / (0.5 + 2.7 * rows),
        bottom=0.55 / (0.5 + 2.7 * rows), hspace=0.75, wspace=0.34,
    )  # fmt: skip
    return figure


def _draw_distribution(axes: Axes, curve: LagCurve) -> None:
    shares = [100 * share for share in curve.shares]
    unit, factor = _unit(curve)
    if _known(curve.low) and _known(curve.high):
        axes.fill_betweenx(
            shares, _times(curve.low, factor), _times(curve.high, factor), color=ACCENT.light,
            alpha=0.18, linewidth=0,
        )  # fmt: skip
    for values, colour, dash, width in (
        (curve.train, MUTED.light, (4, 2), 1.2),
        (curve.test, INK.light, (1, 0), 1.8),
        (curve.simulated, ACCENT.light, (1, 0), 1.8),
    ):
        if _known(values):
            axes.plot(_times(values, factor), shares, color=colour, dashes=dash, linewidth=width)
    if _skewed(curve):
        axes.set_xscale("symlog", linthresh=_threshold(curve, factor))
    dress(axes, xlabel=unit.capitalize(), ylabel="Cases, %")
    axes.set_ylim(0, 100)
    _few_ticks(axes)


def _draw_quantiles(axes: Axes, curve: LagCurve) -> None:
    unit, factor = _unit(curve)
    parts = (curve.train, curve.test, curve.simulated)
    everything = [time for part in parts for time in _times(part, factor)]
    low, high = min([0.0, *everything]), max(everything, default=1.0)
    axes.plot([low, high], [low, high], color=MUTED.light, linewidth=0.8)
    for values, colour, marker in (
        (curve.train, MUTED.light, "x"),
        (curve.simulated, ACCENT.light, "o"),
    ):
        if _known(values) and _known(curve.test):
            axes.plot(
                _times(curve.test, factor), _times(values, factor), linestyle="none", marker=marker,
                markersize=2.8 if marker == "o" else 3.2, color=colour, markeredgewidth=0.8,
            )  # fmt: skip
    if _skewed(curve):
        axes.set_xscale("symlog", linthresh=_threshold(curve, factor))
        axes.set_yscale("symlog", linthresh=_threshold(curve, factor))
        _few_ticks(axes, both=True)
    dress(axes, xlabel=f"Observed, {unit}", ylabel=f"Simulated, {unit}")


def _few_ticks(axes: Axes, *, both: bool = False) -> None:
    """Keep the labels of a logarithmic axis from running into each other."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    for axis in (axes.xaxis, axes.yaxis) if both else (axes.xaxis,):
        if axis.get_scale() != "symlog":
            continue
        axis.set_major_locator(FixedLocator(_decades(axis)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())


def _decades(axis: Any) -> list[float]:
    """Return powers of ten within the axis, so few that their labels stand apart."""
    low, high = sorted(axis.get_view_interval())
    first = math.log10(axis.get_transform().linthresh)
    last = math.log10(max(abs(low), abs(high), 10**first))
    powers = [10.0**power for power in range(round(first), math.floor(last) + 1)]
    sides = [*powers, *(-power for power in powers)] if low < -(10**first) else powers
    kept = [value for value in sides if low <= value <= high]
    step = 1 + (len(kept) - 1) // 5 if kept else 1
    return sorted(
        [0.0, *(v for v in kept if (round(math.log10(abs(v))) - round(last)) % step == 0)]
    )


def _known(values: Sequence[float | None]) -> bool:
    return bool(values) and all(value is not None for value in values)


def _times(values: Sequence[float | None], factor: float) -> list[float]:
    return [float(value) * factor for value in values if value is not None]


def _unit(curve: LagCurve) -> tuple[str, float]:
    """Return the unit in which a reader would tell most of the lags, and how many are a day."""
    known = sorted(abs(value) for value in _times(curve.test, 1.0))
    long = known[int(0.9 * (len(known) - 1))] if known else 1.0
    if long < 1 / 24:
        return "minutes", 1440.0
    return ("hours", 24.0) if long < 2 else ("days", 1.0)


def _skewed(curve: LagCurve) -> bool:
    days = sorted(abs(day) for day in _times(curve.test, 1.0))
    return bool(days) and days[-1] > _SKEWED * max(days[len(days) // 2], 1e-9) and days[-1] > 0


def _threshold(curve: LagCurve, factor: float) -> float:
    """Return below what the axis is linear: a power of ten near the first quarter."""
    times = sorted(abs(time) for time in _times(curve.test, factor) if time)
    if not times:
        return 1.0
    return float(10 ** math.floor(math.log10(max(times[len(times) // 4], times[-1] / 1e4))))


def _data(key: str, curves: Sequence[LagCurve]) -> Table:
    rows = [
        (
            text_cell(curve.name),
            value_cell(curve.shares[place], "share"),
            *(value_cell(getattr(curve, part)[place], "days") for part in _PARTS),
        )
        for curve in curves
        for place in range(len(curve.shares))
    ]
    names = ("Training part", "Unseen part", "Simulated", "Lowest run", "Highest run")
    heads = [Column("Lag"), Column("Share of cases", True, "share")]
    heads += [Column(name, True, "days") for name in names]
    return Table(key, "Quantiles of the lags, days", heads, rows, folded=True)
