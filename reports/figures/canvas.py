"""Matplotlib without its global state: new figures, axes of one look, SVG that fits a page."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from o2c_sim.errors import MissingDependencyError
from reports.figures.palette import ALL, GRID, INK, MUTED, PAPER
from reports.figures.svg_size import compact
from reports.figures.text_fit import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Glyphs become paths: the file looks the same wherever it is opened.
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "path",
    "svg.hashsalt": "o2c-toolkit",
    "font.family": "DejaVu Sans",
}
TEXT_SIZE = 9.5


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of *width* by *height* inches.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as missing:
        raise MissingDependencyError("matplotlib", "reports") from missing
    return Figure(figsize=(width, height), facecolor=PAPER.light)


def dress(axes: Axes, *, xlabel: str, ylabel: str, title: str = "") -> None:
    """Give axes their labels with units and the common look."""
    axes.set_facecolor("none")
    axes.set_xlabel(drawable(xlabel), color=INK.light, fontsize=TEXT_SIZE, parse_math=False)
    axes.set_ylabel(drawable(ylabel), color=INK.light, fontsize=TEXT_SIZE, parse_math=False)
    if title:
        axes.set_title(
            drawable(title), loc="left", color=INK.light, fontsize=TEXT_SIZE + 0.5, parse_math=False
        )
    axes.tick_params(colors=MUTED.light, labelsize=TEXT_SIZE - 0.5, length=3)
    axes.grid(axis="y", color=GRID.light, linewidth=0.8)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(MUTED.light)


def direct_labels(axes: Axes, labels: Sequence[tuple[float, str, str]]) -> None:
    """Write labels right of the axes at their curve's last value, moved apart where they collide.

    Parameters
    ----------
    axes
        With its final limits.
    labels
        (value, text, colour).
    """
    # On a logarithmic axis, places go by the logarithm.
    scaled = axes.yaxis.get_transform().transform
    low, high = scaled(axes.get_ylim())
    height = axes.get_window_extent().height * 72 / axes.figure.dpi
    step = 1.35 * TEXT_SIZE / height
    wanted = sorted(
        (float((scaled([value])[0] - low) / (high - low)), text, colour)
        for value, text, colour in labels
    )
    places = _apart([place for place, _, _ in wanted], step)
    for (value, text, colour), place in zip(wanted, places, strict=True):
        axes.annotate(
            drawable(text),
            xy=(1.0, value),
            xytext=(1.025, place),
            xycoords="axes fraction",
            textcoords="axes fraction",
            color=colour,
            fontsize=TEXT_SIZE,
            va="center",
            parse_math=False,
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.8,
                "shrinkA": 1,
                "shrinkB": 0,
                "relpos": (0.0, 0.5),
            },
            annotation_clip=False,
        )


def figure_svg(figure: Figure, *, title: str, identifier: str, description: str = "") -> str:
    """Return a figure as one ``<svg>`` element to put into a page.

    Colours become CSS variables with the printed colour as a fallback, ids get a prefix so that
    several figures can share a page, and nothing depends on the date.

    Parameters
    ----------
    figure
        Any figure of this package.
    title
        What it shows, in a few words.
    identifier
        Prefix of its ids, unique in the page.
    description
        The same in a sentence with the main numbers, for those who cannot see it.
    """
    text = _svg_file(figure)
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{identifier}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{identifier}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{identifier}-\1"', text)
    for tone in ALL:
        text = re.sub(
            rf"\b(fill|stroke): {tone.light}", rf"\1: var({tone.variable},{tone.light})", text
        )
    text = compact(text, identifier)
    told = f' aria-describedby="{identifier}-description"' if description else ""
    head = f'<svg role="img" aria-labelledby="{identifier}-title"{told} class="figure" '
    text = text.replace("<svg ", head, 1)
    name = f'<title id="{identifier}-title">{escape(printable(title))}</title>'
    if description:
        name += f'<desc id="{identifier}-description">{escape(printable(description))}</desc>'
    return re.sub(r"(<svg [^>]*>)", lambda found: found.group(1) + name, text, count=1).strip()


def drawable(text: str) -> str:
    """Return *text* in characters that the figures' font has; others are named in brackets."""
    from reports.figures.typeface import substituted

    return substituted(text)


def figure_bytes(figure: Figure, kind: str, *, dots_per_inch: float = 200.0) -> bytes:
    """Return the file of a figure, the same bytes each time.

    Parameters
    ----------
    figure
        Any figure of this package.
    kind
        ``svg``, ``pdf`` or ``png``.
    dots_per_inch
        Of a PNG.
    """
    if kind == "svg":
        return _svg_file(figure).encode()
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    page = io.BytesIO()
    undated = {"CreationDate": None, "Creator": None, "Producer": None}
    with matplotlib.rc_context(_SETTINGS):
        if kind == "pdf":
            figure.savefig(page, format="pdf", metadata=undated)
        else:
            figure.savefig(page, format="png", dpi=dots_per_inch, metadata={"Software": None})
    return page.getvalue()


def _svg_file(figure: Figure) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    page = io.StringIO()
    with matplotlib.rc_context(_SETTINGS):
        draw: Any = FigureCanvasSVG(figure)
        draw.print_svg(page, metadata={"Date": None, "Creator": None})
    return page.getvalue()


def _apart(places: Sequence[float], step: float) -> list[float]:
    """Return sorted places moved so that neighbours are *step* apart, their middle kept."""
    groups: list[list[float]] = []
    for place in places:
        groups.append([place, 1])
        while len(groups) > 1 and (
            groups[-1][0] - groups[-2][0] < step * (groups[-1][1] + groups[-2][1]) / 2
        ):
            middle, size = groups.pop()
            before, number = groups.pop()
            both = number + size
            groups.append([(before * number + middle * size) / both, both])
    result: list[float] = []
    for middle, size in groups:
        result += [middle + (k - (size - 1) / 2) * step for k in range(int(size))]
    return result
