"""Pictures look as they did when somebody last looked at them.

The pictures are compared with those in ``tests/pictures``, drawn at 50 dots per inch. Both are
reduced to a quarter and to greys, so that a shifted anti-aliased edge does not count. Tolerance:
the mean difference is at most 0.25 of 255, and at most 0.1 % of the pixels differ by more than 32.
Fonts are Matplotlib's own. To accept what is drawn now, look at it, then run

    O2C_ACCEPT_PICTURES=1 python -m pytest tests/test_image_regression.py
"""

from __future__ import annotations

import dataclasses
import functools
import io
import os
from pathlib import Path

import numpy as np
import pytest
import stored_results
import test_search_pictures
from example_business_case import example_business_case
from example_comparison import example_comparison
from PIL import Image

from mining.analysis import analyse
from mining.read import ReadLog
from o2c_sim import Window, load_company, simulate
from reports.documents.calibration_document import calibration_document
from reports.documents.comparison_document import comparison_document
from reports.documents.document import pictures_of
from reports.documents.log_document import log_document
from reports.documents.log_pictures import picture_sections
from reports.documents.log_report import log_report
from reports.documents.search_document import search_document
from reports.documents.validation_document import validation_document
from reports.figures.canvas import figure_bytes
from reports.figures.picture_file import picture_bytes
from scenarios.search.search_file import SearchResult

FOLDER = Path(__file__).parent / "pictures"
DOTS_PER_INCH = 50
MEAN, PIXELS, STEP = 0.25, 0.001, 32


@functools.cache
def pictures():
    """Return the pictures by name: of the document and of the picture."""
    searched = {
        "decompositions": (test_search_pictures.decomposed(),),
        "bars": {test_search_pictures.KPI: tuple(test_search_pictures.tornado_of())},
        "screenings": (test_search_pictures.screening("sobol"),),
        "front": test_search_pictures.front(),
        "break_evens": (test_search_pictures.broken_even("-40 %"),),
    }
    made = {
        "comparison": comparison_document(with_money(example_comparison())),
        "calibration": calibration_document(stored_results.calibration()),
        "company": validation_document(stored_results.company_validation()),
        "process": validation_document(stored_results.protocol_validation()),
        "search": search_document(SearchResult("optimise", "A company", "EUR", **searched)),
    }
    found = {
        f"{name}-{picture.key}": picture
        for name, document in made.items()
        for picture in pictures_of(document)
    }
    return found | {f"run-{picture.key}": picture for picture in of_a_run()}


def with_money(found):
    """Return a comparison whose first scenario has a business case."""
    first, second, *others = found.outcomes
    second = dataclasses.replace(second, business_case=example_business_case())
    return dataclasses.replace(found, outcomes=(first, second, *others))


def of_a_run():
    """Return every picture that a simulated log supports; the same seed gives the same log."""
    model = load_company("distributor")
    run = simulate(model, seed=1, window=Window(20, 40, 30), replication=0)
    found = analyse(ReadLog(run.log, "order", None, ()))
    sections = picture_sections(run.log, "order", found, model.currency)
    report = log_report(found, sections=sections, currency=model.currency)
    return pictures_of(log_document(report))


def greys(content: bytes) -> np.ndarray:
    """Return a picture as greys of a quarter of its size."""
    image = Image.open(io.BytesIO(content)).convert("L")
    return np.asarray(image.resize((image.width // 2, image.height // 2)), np.float64)


def differs(drawn: bytes, accepted: bytes) -> str:
    """Return in what two pictures differ; empty if within the tolerance."""
    new, old = greys(drawn), greys(accepted)
    if new.shape != old.shape:
        return f"size {new.shape} instead of {old.shape}"
    gaps = np.abs(new - old)
    share = float((gaps > STEP).mean())
    if gaps.mean() > MEAN or share > PIXELS:
        return f"mean difference {gaps.mean():.2f}, {share:.2%} of the pixels"
    return ""


def test_every_picture_has_been_accepted():
    """And no accepted one is left over: a file without a picture would be checked by nobody."""
    if os.environ.get("O2C_ACCEPT_PICTURES") == "1":
        FOLDER.mkdir(exist_ok=True)
        for file in FOLDER.glob("*.png"):
            file.unlink()
        for name, picture in pictures().items():
            content = picture_bytes(picture, ".png", dots_per_inch=DOTS_PER_INCH)
            (FOLDER / f"{name}.png").write_bytes(content)
    assert {file.stem for file in FOLDER.glob("*.png")} == set(pictures())


@pytest.mark.parametrize("name", sorted(file.stem for file in FOLDER.glob("*.png")))
def test_a_picture_looks_as_before(name):
    """Within the tolerance of the picture that was accepted."""
    drawn = picture_bytes(pictures()[name], ".png", dots_per_inch=DOTS_PER_INCH)
    assert differs(drawn, (FOLDER / f"{name}.png").read_bytes()) == ""


def test_a_changed_picture_is_caught():
    """A missing line, another size, a moved label."""
    name = "process-clock-profile"
    accepted = (FOLDER / f"{name}.png").read_bytes()
    figure = pictures()[name].figure()
    figure.axes[1].lines[0].remove()
    assert differs(drawn_of(figure), accepted)
    figure = pictures()[name].figure()
    figure.set_size_inches(9.2, 4.0)
    assert differs(drawn_of(figure), accepted)
    figure = pictures()[name].figure()
    figure.axes[0].set_ylim(0, 40)
    assert differs(drawn_of(figure), accepted)


def drawn_of(figure) -> bytes:
    """Return a figure as PNG."""
    return figure_bytes(figure, "png", dots_per_inch=DOTS_PER_INCH)
