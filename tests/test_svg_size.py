"""Small SVG: the same marks in the same places, names that still lead somewhere."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np

from reports.figures.canvas import figure_svg, new_figure
from reports.figures.svg_size import compact

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


def dot(x: float, y: float, style: str = "fill: red") -> str:
    """Return a triangle as Matplotlib writes it."""
    return (
        f'<path d="M {x:.6f} {y:.6f} \nL {x + 2:.6f} {y:.6f} \nQ {x + 1:.6f} {y:.6f} '
        f'{x:.6f} {y + 2:.6f} \nz\n" clip-path="url(#p-clip)" style="{style}"/>\n'
    )


def places(svg: str) -> list[tuple[float, float]]:
    """Return where marks are placed, in order."""
    found = [use for use in ET.fromstring(svg).iter(f"{SVG}use") if use.get("x")]
    return [(float(str(use.get("x"))), float(str(use.get("y")))) for use in found]


def test_a_mark_that_comes_often_is_drawn_once_and_placed() -> None:
    """Five equal triangles: one shape, five places under one clip, in the order drawn."""
    clip = '<clipPath id="p-clip"><rect/></clipPath>'
    wanted = [(float(k), 10.5 + k) for k in range(5)]
    small = compact(HEAD + clip + "".join(dot(x, y) for x, y in wanted) + "</svg>", "p")
    assert places(small) == wanted
    tree = ET.fromstring(small)
    shapes = [path for path in tree.iter(f"{SVG}path")]
    assert len(shapes) == 1
    assert len([g for g in tree.iter(f"{SVG}g") if g.get("clip-path")]) == 1
    ids = {element.get("id") for element in tree.iter() if element.get("id")}
    assert {use.get(HREF, "#")[1:] for use in tree.iter(f"{SVG}use")} <= ids
    assert re.findall(r"url\(#([^)]*)\)", small)[0] in ids


def test_few_marks_stay_as_they_are() -> None:
    """Two are not worth a definition; a style of its own stays with its mark."""
    small = compact(HEAD + dot(1, 1) + dot(5, 5, "fill: blue") + "</svg>", "p")
    assert places(small) == []
    assert "fill: blue" in small


def test_straight_lines_keep_their_corners() -> None:
    """Steps are written with one number each; a point that is repeated goes."""
    line = '<path d="M 1.000000 2.000000 \nL 3.000000 2.000000 \nL 3.000000 2.000000 \nL 3.000000 5.500000 \nL 4.000000 6.000000 \n" style="fill: none"/>'  # noqa: E501
    assert 'd="M1 2H3V5.5L4 6"' in compact(HEAD + line + "</svg>", "p").replace(".00", "")


def test_the_size_of_letters_is_not_rounded() -> None:
    """A scale of 0.095 that became 0.1 would make a text a twentieth larger."""
    text = '<g transform="translate(7.123456 8.5) scale(0.095 -0.095)"><path d="M 0 0 z"/></g>'
    small = compact(HEAD + text + "</svg>", "p")
    assert "scale(0.095 -0.095)" in small
    assert "translate(7.12 8.5)" in small


def test_a_scatter_of_thousands_is_small_and_whole() -> None:
    """Two thousand dots: as many places as values, less than 200 kB, names unique in the page."""
    figure = new_figure(6, 4)
    axes = figure.add_subplot()
    values = np.random.default_rng(1).random((2, 2_000))
    axes.scatter(*values, s=4)
    svg = figure_svg(figure, title="t", identifier="dots", description="d")
    assert len(places(svg)) >= 2_000
    assert len(svg) < 200_000
    root = ET.fromstring(svg)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(str(name).startswith("dots-") for name in ids)
    assert {"dots-title", "dots-description"} <= set(ids)
    assert figure_svg(figure, title="t", identifier="dots", description="d") == svg
