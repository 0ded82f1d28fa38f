"""Text of figures that are printed smaller than they were drawn."""

import pytest

from reports.figures.canvas import dress, new_figure
from reports.figures.print_size import LEAST_SIZE, enlarge_text

pytest.importorskip("matplotlib")


def test_small_text_is_printed_at_eight_points() -> None:
    """Labels and ticks grow, what is large enough stays."""
    figure = new_figure(9.2, 4.0)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.2, bottom=0.2)
    axes.plot([0, 1], [0, 1])
    dress(axes, xlabel="Days", ylabel="USD m")
    large = figure.text(0.5, 0.95, "large", fontsize=20)
    enlarge_text(figure, 0.75)
    assert axes.xaxis.label.get_fontsize() * 0.75 == pytest.approx(LEAST_SIZE)
    for text in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        assert text.get_fontsize() * 0.75 >= LEAST_SIZE - 0.01
    assert large.get_fontsize() == 20


def test_text_grows_no_further_than_there_is_room() -> None:
    """Neither over its neighbour nor over the edge of the page."""
    figure = new_figure(3.0, 1.0)
    first = figure.text(0.0, 0.5, "m" * 20, fontsize=8)
    wide = first.get_window_extent().width / figure.bbox.width
    second = figure.text(wide + 0.02, 0.5, "beside it", fontsize=8)
    enlarge_text(figure, 0.5)
    assert 8 <= first.get_fontsize() < 16
    boxes = [text.get_window_extent() for text in (first, second)]
    assert boxes[0].x1 <= boxes[1].x0 + 1
    assert boxes[1].x1 <= figure.bbox.x1


def test_a_figure_at_its_own_size_stays_as_it_is() -> None:
    """Nothing is changed that is readable."""
    figure = new_figure(4.0, 3.0)
    text = figure.text(0.5, 0.5, "as drawn", fontsize=9)
    enlarge_text(figure, 1.0)
    assert text.get_fontsize() == 9
