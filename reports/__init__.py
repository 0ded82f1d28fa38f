"""What people look at: the answer in words, figures, documents, the command line.

===================  =====================================================
LogReport            what the report of a log shows
comparison_answer    the answer of a comparison in words
comparison_document  the report of a comparison, in any format
log_document         the report of a log, in any format
===================  =====================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from o2c_sim.lazy import loader

if TYPE_CHECKING:
    from reports.answer import comparison_answer
    from reports.documents.comparison_document import comparison_document
    from reports.documents.log_document import log_document
    from reports.documents.log_report import LogReport

__all__ = [
    "LogReport",
    "comparison_answer",
    "comparison_document",
    "log_document",
]

_HOMES = {
    "reports.answer": ("comparison_answer",),
    "reports.documents.comparison_document": ("comparison_document",),
    "reports.documents.log_document": ("log_document",),
    "reports.documents.log_report": ("LogReport",),
}

__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
