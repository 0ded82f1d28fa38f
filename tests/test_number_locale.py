"""Numbers follow a locale where one is asked for, and only there."""

import asyncio
import math
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim.errors import MissingDependencyError, UsageError
from reports.documents.document import tables_of
from reports.number_style import EXAMPLES, style_of
from reports.number_text import (
    Scale,
    count_text,
    duration_text,
    number_locale,
    scale_of,
    share_text,
    significant_text,
    tick_text,
    value_text,
)

NEUTRAL = ["1\u202f234\u202f567.8", "-EUR 1.2 m", "12.5 %", "41.3 days", "2.5 d"]


def written():
    """Return some numbers as they are written here."""
    return [
        Scale(1.0, 1).number(1_234_567.8),
        value_text(-1_234_567.8, "currency", "EUR"),
        value_text(0.125, "share"),
        value_text(41.26, "days"),
        duration_text(60.0),
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("de_DE", ["1.234.567,8", "-EUR 1,2 m", "12,5\u00a0%", "41,3 days", "2,5 d"]),
        ("fr-FR", ["1\u202f234\u202f567,8", "-EUR 1,2 m", "12,5\u202f%", "41,3 days", "2,5 d"]),
        ("en_US", ["1,234,567.8", "-EUR 1.2 m", "12.5%", "41.3 days", "2.5 d"]),
        ("hi_IN", ["12,34,567.8", "-EUR 1.2 m", "12.5%", "41.3 days", "2.5 d"]),
        (
            "sv_SE",
            ["1\u00a0234\u00a0567,8", "\u2212EUR 1,2 m", "12,5\u00a0%", "41,3 days", "2,5 d"],
        ),
        ("tr_TR", ["1.234.567,8", "-EUR 1,2 m", "%12,5", "41,3 days", "2,5 d"]),
        ("neutral", NEUTRAL),
    ],
)
def test_a_locale_changes_signs_and_grouping_but_no_words(name, told):
    """Point, groups, minus and percent sign follow; currency codes, units and order stay."""
    with number_locale(name):
        shown = written()
    assert [text.replace("\u202f%", "\u00a0%") for text in shown] == [
        text.replace("\u202f%", "\u00a0%") for text in told
    ]
    assert written() == NEUTRAL


def test_locales_nest_and_end_even_after_an_error():
    """The style before comes back."""
    with number_locale("de_DE"):
        with number_locale("en_US"):
            assert count_text(1234) == "1,234"
        assert count_text(1234) == "1.234"
        with pytest.raises(RuntimeError), number_locale("fr_FR"):
            raise RuntimeError
        assert count_text(1234) == "1.234"
    assert count_text(1234) == "1\u202f234"


def test_other_threads_and_tasks_keep_their_own_style():
    """Two documents in two locales can be written at once."""
    seen = []
    with number_locale("de_DE"):
        thread = threading.Thread(target=lambda: seen.append(share_text(0.5)))
        thread.start()
        thread.join()
    assert seen == ["50 %"]

    async def told(name):
        with number_locale(name):
            await asyncio.sleep(0)
            return count_text(1234)

    async def both():
        return await asyncio.gather(told("de_DE"), told("en_US"))

    assert asyncio.run(both()) == ["1.234", "1,234"]


@pytest.mark.parametrize("name", ["xx_XX", "", "de_DE_and_more_words", "../../etc", "\x00", "=1"])
def test_an_unknown_locale_is_refused_with_some_that_exist(name):
    """Never a traceback, never a silent default."""
    with pytest.raises(UsageError, match="there is no locale") as refused, number_locale(name):
        pass
    assert "de_DE" in str(refused.value)


def test_all_examples_exist():
    """What an error recommends works."""
    assert len({style_of(name) for name in EXAMPLES}) > 3


@pytest.mark.parametrize("name", ["de_DE", "sv_SE", "hi_IN", "eu"])
@given(value=st.floats(-1e12, 1e12), decimals=st.integers(0, 4))
def test_a_number_reads_back_whatever_its_locale(name, value, decimals):
    """Taking the signs of the locale away leaves the neutral number."""
    style = style_of(name)
    with number_locale(name):
        text = Scale(1.0, decimals).number(value)
    plain = text.replace(style.group, "").replace(style.point, ".").replace(style.minus, "-")
    assert float(plain) == float(f"{value:.{decimals}f}")
    assert not (plain.startswith("-") and float(plain) == 0)


def test_what_rounds_to_nothing_is_nothing_in_any_locale():
    """So no answer says +0,0 days."""
    scale = scale_of("days", 6.4)
    with number_locale("de_DE"):
        assert scale.text(-0.01) == "0,0 days"
        assert scale.is_nothing(-0.01)
        assert not scale.is_nothing(0.06)
        assert not scale.is_nothing(math.inf)


def test_ticks_have_only_the_decimals_that_they_need():
    """And follow the locale."""
    assert [tick_text(v) for v in (0, 0.25, 3.0, 1500, 0.1 + 0.2)] == [
        "0", "0.25", "3", "1\u202f500", "0.3"
    ]  # fmt: skip
    with number_locale("de_DE"):
        assert tick_text(-1500.5) == "-1.500,5"


def test_bare_numbers_keep_their_digits_and_follow_the_locale():
    """Of any size, without zeros at the end, and never ``1e+06`` for a million."""
    told = [0.0, 0.02349, -3.0, 1_234_567.0, 1.234e-5, math.nan, 0.1 + 0.2]
    assert [significant_text(value) for value in told] == [
        "0", "0.02349", "-3", "1\u202f234\u202f567", "1.234e-05", "n/a", "0.3"
    ]  # fmt: skip
    with number_locale("de_DE"):
        assert [significant_text(value, 3) for value in told[1:5]] == [
            "0,0235", "-3", "1.234.567", "1,23e-05"
        ]  # fmt: skip


@pytest.mark.parametrize("name", ["appendix", "calibration"])
def test_no_number_cell_of_a_document_keeps_a_point(name):
    """A p-value or a ratio that is written past the locale would be read as a thousand."""
    import re

    from example_comparison import example_comparison

    with number_locale("de_DE"):
        if name == "appendix":
            from reports.documents.appendix_document import appendix_document

            made = appendix_document(example_comparison())
        else:
            import stored_results

            from reports.documents.calibration_document import calibration_document

            made = calibration_document(stored_results.calibration())
        wrong = [
            cell.text
            for table in tables_of(made)
            for row in table.rows
            for cell in row
            if isinstance(cell.value, float)
            and re.match(r"[<-]? ?[0-9]+[.]([0-9]{1,2}|[0-9]{4,})(?![0-9.])", cell.text)
        ]
    assert not wrong


def test_axes_follow_the_locale_when_they_are_drawn():
    """The ticks of a figure are written like the numbers of the page around it."""
    from reports.figures.canvas import new_figure
    from reports.figures.value_axis import value_ticks

    axes = new_figure(3, 2).subplots()
    axes.plot([0, 1], [0, 2500])
    value_ticks(axes.yaxis)
    with number_locale("de_DE"):
        axes.figure.draw_without_rendering()
        assert "2.500" in [label.get_text() for label in axes.get_yticklabels()]


def test_without_babel_the_neutral_style_works_and_a_locale_says_what_is_missing(monkeypatch):
    """The base installation has no Babel."""
    monkeypatch.setitem(sys.modules, "babel", None)
    assert written() == NEUTRAL
    with number_locale("neutral"):
        assert written() == NEUTRAL
    with pytest.raises(MissingDependencyError, match="babel"), number_locale("de_DE"):
        pass


def test_importing_numbers_does_not_import_babel():
    """It would cost every command its start."""
    code = "import sys, reports.number_text; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
