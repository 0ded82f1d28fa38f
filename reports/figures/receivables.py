"""Open accounts receivable by day for each scenario, with their bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.documents.document import NativeChart, Picture
from reports.figures.band_table import DAY, NamedBand, band_table, series_names
from reports.figures.canvas import dress, new_figure
from reports.figures.cash_curve import band_scale, draw_bands, ends_told
from reports.figures.value_axis import axis_unit
from scenarios.comparison import Comparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def receivables(comparison: Comparison) -> Figure:
    """Draw open receivables at the end of each day.

    The axis starts where the data do: the question is the difference, and the title says so.

    Parameters
    ----------
    comparison
        The baseline first.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(9.2, 3.7)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.075, right=0.75, top=0.91, bottom=0.14)
    bands = [outcome.receivables for outcome in comparison.outcomes]
    scale = band_scale(bands, comparison.currency)
    draw_bands(axes, bands, [outcome.title for outcome in comparison.outcomes], scale)
    dress(
        axes,
        xlabel="Days since the start of the measured period",
        ylabel=f"Open receivables ({axis_unit(scale, 'currency')})",
        title="Open receivables: mean, and 90 % prediction band (axis does not start at zero)",
    )
    return figure


def receivables_picture(comparison: Comparison, *, key: str = "receivables") -> Picture:
    """Return :func:`receivables` with its numbers."""
    curves = [NamedBand(outcome.title, outcome.receivables) for outcome in comparison.outcomes]
    return Picture(
        key=key,
        title="Open receivables by day",
        caption=(
            "What is open on invoices at the end of each day. Line: mean of "
            f"{comparison.replications} replications; band: 90 % prediction interval for one more "
            "replication. The axis does not start at zero."
        ),
        alternative=f"Open receivables. {ends_told(curves, comparison.currency)}",
        figure=lambda: receivables(comparison),
        data=band_table(key, "Open receivables by day", curves, comparison.currency),
        chart=NativeChart(
            "line",
            DAY,
            series_names(curves),
            "Days since the start of the measured period",
            f"Open receivables ({comparison.currency or 'currency'})",
        ),
    )
