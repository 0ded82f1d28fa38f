"""A drawing as SVG text."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from reports.figures.drawing import Arrow, Drawing, Outline, Words, corners, head_of
from reports.figures.palette import PAPER
from reports.figures.process_map_style import tone
from reports.figures.process_map_svg import FONT, size_markup
from reports.figures.text_fit import printable, text_width
from reports.process_fold import Point


def drawing_svg(drawing: Drawing, *, title: str, identifier: str) -> str:
    """Return one ``<svg>`` element.

    Parameters
    ----------
    drawing
        What to show.
    title
        Its name for those who cannot see it.
    identifier
        Prefix of its ids, unique in its document.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width:.1f} '
        f'{drawing.height:.1f}" {size_markup(drawing.width, drawing.height)} '
        f'role="img" aria-labelledby="{identifier}-title" class="process-map" '
        f'font-family="{FONT}">',
        f'<title id="{identifier}-title">{escape(printable(title))}</title>',
    ]
    for item in drawing.items:
        if isinstance(item, Arrow):
            parts.append(_arrow(item))
        elif isinstance(item, Outline):
            parts.append(_outline(item))
        else:
            parts.append(_words(item))
    return "\n".join([*parts, "</svg>"])


def _arrow(arrow: Arrow) -> str:
    colour = tone(arrow.tone)
    body = (
        f'<path d="{_curve(arrow.points)}" fill="none" stroke="{colour}" '
        f'stroke-width="{arrow.width:.1f}"{_dash(arrow.dash)}/>'
    )
    head = head_of(arrow)
    if head is not None:
        body += f'<polygon points="{_points(head)}" fill="{colour}"/>'
    return f'<g opacity="{arrow.alpha:.2f}">{_title(arrow.title)}{body}</g>'


def _outline(shape: Outline) -> str:
    if shape.kind == "circle":
        place = f'<circle cx="{shape.x:.1f}" cy="{shape.y:.1f}" r="{shape.width / 2:.1f}"'
    elif shape.kind == "box":
        left, top = shape.x - shape.width / 2, shape.y - shape.height / 2
        place = (
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{shape.width:.1f}" '
            f'height="{shape.height:.1f}" rx="{shape.radius:g}"'
        )
    else:
        place = f'<polygon points="{_points(corners(shape))}"'
    return (
        f'<g>{_title(shape.title)}{place} fill="{tone(PAPER)}"/>'
        f'{place} fill="{tone(shape.fill)}" fill-opacity="{shape.fill_alpha:.2f}" '
        f'stroke="{tone(shape.line)}" stroke-width="{shape.line_width:.1f}"'
        f"{_dash(shape.dash)}/></g>"
    )


def _words(words: Words) -> str:
    weight = ' font-weight="600"' if words.bold else ""
    plate = ""
    if words.plate:
        wide = text_width(words.text, words.size)
        plate = (
            f'<rect x="{words.x - wide / 2:.1f}" y="{words.y - words.size + 1.5:.1f}" '
            f'width="{wide:.1f}" height="{words.size:.1f}" rx="3" fill="{tone(PAPER)}" '
            'fill-opacity="0.8"/>'
        )
    return (
        f'{plate}<text x="{words.x:.1f}" y="{words.y:.1f}" font-size="{words.size:g}" '
        f'text-anchor="{words.anchor}"{weight} fill="{tone(words.tone)}">'
        f"{escape(words.text)}</text>"
    )


def _title(text: str) -> str:
    return f"<title>{escape(printable(text))}</title>" if text else ""


def _dash(dash: Sequence[float]) -> str:
    return f' stroke-dasharray="{" ".join(f"{part:g}" for part in dash)}"' if dash else ""


def _curve(points: Sequence[Point]) -> str:
    rest = " ".join(f"{x:.1f},{y:.1f}" for x, y in points[1:])
    return f"M{points[0][0]:.1f},{points[0][1]:.1f}C{rest}"


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
