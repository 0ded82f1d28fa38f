"""Text of a figure at a size that can still be read when the figure is printed smaller."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.transforms import BboxBase

LEAST_SIZE = 8.0
# Between the size that is asked for and the one the figure was drawn with.
_STEPS = (1.0, 0.8, 0.6, 0.4, 0.2)
_SHARED = 1.0


def enlarge_text(figure: Figure, scale: float) -> None:
    """Enlarge what would be printed smaller than 8 points, as far as there is room for it.

    Parameters
    ----------
    figure
        Changed in place.
    scale
        How large it is printed: 0.8 for four fifths of its size.

    Notes
    -----
    Text grows only as far as no text runs into another one or out of the figure that did not so
    before.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    wanted = LEAST_SIZE / scale
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    before = {text: float(text.get_fontsize()) for text in _texts(figure)}
    if not any(size < wanted - 0.01 for size in before.values()):
        return
    spoilt = _spoilt(list(before), figure)
    for step in _STEPS:
        for text, size in before.items():
            text.set_fontsize(max(size, size + step * (wanted - size)))
        figure.draw_without_rendering()
        if _spoilt(list(before), figure) <= spoilt:
            return
    for text, size in before.items():
        text.set_fontsize(size)


def _texts(figure: Figure) -> list[Text]:
    from matplotlib.text import Text

    found: list[Text] = figure.findobj(Text)
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def _spoilt(texts: list[Text], figure: Figure) -> int:
    """Return how many pairs of texts share a place, and how many texts leave the figure."""
    boxes = [text.get_window_extent() for text in texts]
    page = figure.bbox
    outside: int = sum(
        bool(box.x0 < page.x0 or box.y0 < page.y0 or box.x1 > page.x1 or box.y1 > page.y1)
        for box in boxes
    )
    pairs = sum(_meet(a, b) for k, a in enumerate(boxes) for b in boxes[:k])
    return outside + pairs


def _meet(one: BboxBase, other: BboxBase) -> bool:
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return bool(wide > _SHARED and high > _SHARED)
