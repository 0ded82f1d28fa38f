"""The summary of a comparison is one page of paper, and every page says how it was made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from example_comparison import DEFINITIONS, example_comparison

from reports.documents.comparison_document import comparison_document
from reports.documents.html import html

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_summary_is_one_page(browser: Browser, tmp_path: Path, paper: str) -> None:
    """Answer, cards, limits and the picture with its caption; the next section on the next page."""
    import pypdfium2

    comparison = example_comparison()
    page_file = tmp_path / "page.html"
    page_file.write_text(
        html(comparison_document(comparison, definitions=DEFINITIONS)), encoding="utf-8"
    )
    page = browser.new_page()
    page.goto(page_file.as_uri())
    page.pdf(path=tmp_path / "page.pdf", format=paper)
    page.close()
    with pypdfium2.PdfDocument(tmp_path / "page.pdf") as printed:
        texts = [" ".join(sheet.get_textpage().get_text_range().split()) for sheet in printed]
    first, second = texts[:2]
    for outcome in comparison.outcomes[1:]:
        assert outcome.title in first
    for told in ("What each scenario changes", "after Holm's correction", "Credit analyst is busy"):
        assert told in first
    assert "What was changed" in second
    assert "What was changed" not in first
    for number, text in enumerate(texts, start=1):
        assert f"{number} / {len(texts)}" in text
        assert "--replications 10" in text
        assert "seed 20260101" in text
        assert "o2c-toolkit 0.1.0" in text
