"""Cash in by day for each scenario, with its band, and what that is more than the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reports.figures.canvas import direct_labels, dress, new_figure
from reports.figures.palette import INK, series_style
from reports.number_text import Scale, scale_of
from scenarios.comparison import Band, Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def cash_curve(comparison: Comparison) -> Figure:
    """Draw cumulative customer receipts, and below them each scenario's lead over the baseline.

    Parameters
    ----------
    comparison
        The baseline first. Where an outcome has no ``cash_lead`` the lower panel shows the
        difference of the means alone.

    Returns
    -------
    matplotlib.figure.Figure
    """
    compared = len(comparison.outcomes) > 1
    figure = new_figure(9.2, 6.4 if compared else 3.9)
    rows = figure.subplots(
        2 if compared else 1, 1, sharex=True, squeeze=False, height_ratios=(3, 2)[: 1 + compared]
    )[:, 0]
    figure.subplots_adjust(
        left=0.075, right=0.75, top=0.95, bottom=0.09 if compared else 0.14, hspace=0.2
    )
    bands = [outcome.cash_in for outcome in comparison.outcomes]
    scale = band_scale(bands, comparison.currency)
    titles = [outcome.title for outcome in comparison.outcomes]
    draw_bands(rows[0], bands, titles, scale)
    unit = axis_unit(scale)
    dress(
        rows[0],
        xlabel="" if compared else "Days since the start of the measured period",
        ylabel=f"Cash in, cumulative ({unit})",
        title="Cumulative cash in: mean, and 90 % prediction band",
    )
    if compared:
        leads = {o.name: o.cash_lead for o in comparison.outcomes if o.cash_lead is not None}
        _draw_gains(rows[1], comparison, leads)
    return figure


def band_scale(bands: list[Band], currency: str) -> Scale:
    """Return the scale for the largest value of all bands."""
    most = max((float(abs(band.high).max()) for band in bands if band.high.size), default=0.0)
    return scale_of("currency", most, currency=currency)


def axis_unit(scale: Scale) -> str:
    """Return the unit as an axis writes it, for example ``EUR m``."""
    return f"{scale.before.strip()}{scale.after}".strip() or "currency"


def draw_bands(axes: Axes, bands: list[Band], titles: list[str], scale: Scale) -> None:
    """Draw one line with its band for each outcome, the baseline first, named at its end."""
    labels = []
    for index, (band, title) in enumerate(zip(bands, titles, strict=True)):
        tone, dash = series_style(index)
        axes.fill_between(
            band.day, band.low * scale.factor, band.high * scale.factor,
            color=tone.light, alpha=0.10, linewidth=0,
        )  # fmt: skip
        axes.plot(
            band.day,
            band.mean * scale.factor,
            color=tone.light,
            linewidth=1.9,
            dashes=dash or (1, 0),
        )
        if band.mean.size:
            labels.append((float(band.mean[-1]) * scale.factor, _short(title), tone.light))
    axes.margins(x=0)
    _freeze(axes)
    direct_labels(axes, labels)


def _draw_gains(axes: Axes, comparison: Comparison, gains: Mapping[str, Band]) -> None:
    base, *scenarios = comparison.outcomes
    lines = []
    for index, outcome in enumerate(scenarios, start=1):
        band = gains.get(outcome.name)
        size = min(outcome.cash_in.mean.size, base.cash_in.mean.size)
        mean = band.mean if band else outcome.cash_in.mean[:size] - base.cash_in.mean[:size]
        lines.append((index, outcome.title, band, base.cash_in.day[: mean.size], mean))
    most = max((float(abs(mean).max()) for *_, mean in lines if mean.size), default=0.0)
    most = max([most, *(float(abs(band.high).max()) for _, _, band, _, _ in lines if band)])
    scale = scale_of("currency", most, currency=comparison.currency)
    labels = []
    for index, title, band, day, mean in lines:
        tone, dash = series_style(index)
        if band:
            axes.fill_between(
                band.day, band.low * scale.factor, band.high * scale.factor,
                color=tone.light, alpha=0.13, linewidth=0,
            )  # fmt: skip
        axes.plot(day, mean * scale.factor, color=tone.light, linewidth=1.9, dashes=dash or (1, 0))
        if mean.size:
            labels.append((float(mean[-1]) * scale.factor, _short(title), tone.light))
    axes.axhline(0, color=INK.light, linewidth=1.0)
    axes.margins(x=0)
    _freeze(axes)
    direct_labels(axes, labels)
    what = "mean, and its confidence interval" if gains else "means only, no band"
    dress(
        axes,
        xlabel="Days since the start of the measured period",
        ylabel=f"More than baseline ({axis_unit(scale)})",
        title=f"Cash in compared with the baseline: {what}",
    )


def _freeze(axes: Axes) -> None:
    """Keep the limits as they are, so that labels can be placed by them."""
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())


def _short(title: str) -> str:
    return title if len(title) <= 28 else title[:27].rstrip() + "\u2026"
