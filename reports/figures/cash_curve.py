"""Cash in by day for each scenario, with its band, and what that is more than the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reports.answer import estimate_text
from reports.documents.document import NativeChart, Picture
from reports.figures.band_table import DAY, NamedBand, band_table, last_known, series_names
from reports.figures.canvas import direct_labels, dress, new_figure
from reports.figures.palette import INK, series_style
from reports.figures.title_labels import title_labels
from reports.figures.value_axis import axis_unit, one_line, value_ticks
from reports.number_text import Scale, scale_of, share_text
from scenarios.comparison import Band, Comparison
from scenarios.estimate import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Points of width right of the axes, where the curves are named.
_LABEL_WIDTH = 150.0


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
    unit = axis_unit(scale, "currency")
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


def cash_curve_picture(comparison: Comparison, *, key: str = "cash-curve") -> Picture:
    """Return :func:`cash_curve` with its numbers; the lead of each scenario among them."""
    outcomes = comparison.outcomes
    curves = [NamedBand(outcome.title, outcome.cash_in) for outcome in outcomes]
    leads = [
        NamedBand(f"{outcome.title}: more than {outcomes[0].title}", outcome.cash_lead)
        for outcome in outcomes[1:]
        if outcome.cash_lead is not None
    ]
    caption = (
        "Customer receipts by day, cumulative, counted from what the baseline had received when "
        f"the measured period began. Line: mean of {comparison.replications} replications; band: "
        "90 % prediction interval for one more replication."
    )
    if leads:
        caption += (
            " Below: receipts to date less the baseline's in the same replication; band: "
            f"{share_text(comparison.confidence)} confidence interval of the mean."
        )
    return Picture(
        key=key,
        title="Cash in by day",
        caption=caption,
        alternative=f"Cumulative cash in. {ends_told(curves + leads, comparison.currency)}",
        figure=lambda: cash_curve(comparison),
        data=band_table(key, "Cash in by day", curves + leads, comparison.currency),
        chart=NativeChart(
            "line",
            DAY,
            series_names(curves),
            "Days since the start of the measured period",
            f"Cash in, cumulative ({comparison.currency or 'currency'})",
        ),
    )


def ends_told(bands: Sequence[NamedBand], currency: str) -> str:
    """Return where each curve ends, in words."""
    told = []
    for one in bands:
        band = one.band
        if not band.day.size:
            continue
        mean, low, high = (last_known(curve) for curve in (band.mean, band.low, band.high))
        end = Estimate(mean, low, high, float("nan"), 0, 0.0)
        text, span = estimate_text(end, "currency", currency)
        within = f" ({span})" if span else ""
        told.append(f"{one.name}: {text}{within} on day {band.day[-1]:g}")
    return "; ".join(told) + "." if told else "There are no days to show."


def band_scale(bands: list[Band], currency: str) -> Scale:
    """Return the scale for the largest value of all bands."""
    most = max((float(abs(band.high).max()) for band in bands if band.high.size), default=0.0)
    return scale_of("currency", most, currency=currency)


def draw_bands(axes: Axes, bands: list[Band], titles: list[str], scale: Scale) -> None:
    """Draw one line with its band for each outcome, the baseline first, named at its end."""
    labels = []
    shown = title_labels(titles, _short)
    for index, (band, title) in enumerate(zip(bands, shown, strict=True)):
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
            labels.append((float(band.mean[-1]) * scale.factor, title, tone.light))
    axes.margins(x=0)
    value_ticks(axes.yaxis, most=6)
    _freeze(axes)
    direct_labels(axes, labels)


def _draw_gains(axes: Axes, comparison: Comparison, gains: Mapping[str, Band]) -> None:
    base, *scenarios = comparison.outcomes
    # As in the panel above.
    shown = title_labels([outcome.title for outcome in comparison.outcomes], _short)
    lines = []
    for index, outcome in enumerate(scenarios, start=1):
        band = gains.get(outcome.name)
        size = min(outcome.cash_in.mean.size, base.cash_in.mean.size)
        mean = band.mean if band else outcome.cash_in.mean[:size] - base.cash_in.mean[:size]
        lines.append((index, shown[index], band, base.cash_in.day[: mean.size], mean))
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
            labels.append((float(mean[-1]) * scale.factor, title, tone.light))
    axes.axhline(0, color=INK.light, linewidth=1.0)
    axes.margins(x=0)
    value_ticks(axes.yaxis, most=6)
    _freeze(axes)
    direct_labels(axes, labels)
    what = "mean, and its confidence interval" if gains else "means only, no band"
    dress(
        axes,
        xlabel="Days since the start of the measured period",
        ylabel=f"More than baseline ({axis_unit(scale, 'currency')})",
        title=f"Cash in compared with the baseline: {what}",
    )


def _freeze(axes: Axes) -> None:
    """Keep the limits as they are, so that labels can be placed by them."""
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())


def _short(title: str) -> str:
    return one_line(title, _LABEL_WIDTH)
