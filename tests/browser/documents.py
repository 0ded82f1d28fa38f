"""The documents that are opened in a browser, as HTML."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import pairwise

from example_business_case import example_business_case
from example_comparison import example_comparison, graph_of
from invented_document import document as every_block

from o2c_sim import Window, load_company, simulate
from reports.documents.comparison_document import comparison_document
from reports.documents.html import html
from reports.documents.log_document import log_document
from reports.documents.log_report import log_report
from scenarios.comparison import Comparison

HOSTILE = (
    "<script>document.title='hacked'</script><img src=x onerror=alert(1)>",
    "'\"><svg onload=alert(1)>",
    "=1+1",
    "\u05e9\u05dc\u05d5\u05dd \u202eright to left",
    "unbreakable" * 45,
    "\U0001f69a lorry $\\frac{1}{2}$ 50 % #1 snake_case",
)


def comparison() -> str:
    """Return the page of a comparison."""
    return html(comparison_document(with_money(example_comparison())))


def with_money(found: Comparison) -> Comparison:
    """Return a comparison whose scenarios have a business case, and so every picture of money."""
    first, *others = found.outcomes
    case = example_business_case()
    told = (dataclasses.replace(outcome, business_case=case) for outcome in others)
    return dataclasses.replace(found, outcomes=(first, *told))


def hostile_comparison() -> str:
    """Return the same with names that try to be markup, or are too long for a line."""
    good = example_comparison()
    pairs = {pair: [2.0, 4.0] for pair in pairwise(HOSTILE)}
    graph = graph_of(pairs, dict.fromkeys(HOSTILE, 2), {HOSTILE[0]: 2}, {HOSTILE[-1]: 2})
    outcomes = tuple(
        dataclasses.replace(outcome, title=name, description=name, warnings=(name,),
                            process_map=graph, utilisation={name: estimate
                            for name, estimate in zip(HOSTILE, outcome.utilisation.values(),
                                                      strict=False)})
        for outcome, name in zip(good.outcomes, HOSTILE, strict=False)
    )  # fmt: skip
    bad = dataclasses.replace(good, company=HOSTILE[0], outcomes=outcomes, command=HOSTILE[4])
    return html(comparison_document(with_money(bad)))


def log() -> str:
    """Return the page of a small simulated log, with its pictures."""
    from mining.analysis import analyse
    from mining.read import ReadLog
    from reports.documents.log_pictures import picture_sections

    model = load_company("distributor")
    run = simulate(model, seed=1, window=Window(30, 60, 30), replication=0)
    found = analyse(ReadLog(run.log, "order", None, ()))
    sections = picture_sections(run.log, "order", found, model.currency)
    return html(log_document(log_report(found, sections=sections, currency=model.currency)))


def blocks() -> str:
    """Return a page with every kind of block."""
    return html(every_block())


PAGES: dict[str, Callable[[], str]] = {
    "comparison": comparison,
    "hostile": hostile_comparison,
    "log": log,
    "blocks": blocks,
}
