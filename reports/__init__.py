"""What people look at: the answer in words, figures, documents, the command line.

=================  ===========================================================
LogReport          what the report of a log shows
comparison_answer  the answer of a comparison in words
comparison_html    the report of a comparison
log_html           the report of a log
=================  ===========================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from o2c_sim.lazy import loader

if TYPE_CHECKING:
    from reports.answer import comparison_answer
    from reports.documents.comparison_html import comparison_html
    from reports.documents.log_html import LogReport, log_html

__all__ = [
    "LogReport",
    "comparison_answer",
    "comparison_html",
    "log_html",
]

_HOMES = {
    "reports.answer": ("comparison_answer",),
    "reports.documents.comparison_html": ("comparison_html",),
    "reports.documents.log_html": ("LogReport", "log_html"),
}

__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
