"""A report cut into the parts that pages show one at a time, with its activities as links.

The report is the file that ``o2c report`` wrote. Everything in it is escaped there; nothing is
computed or changed here.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

_SECTION = re.compile(r'<section id="s-([a-z0-9-]+)" class="[^"]*" aria-labelledby="h-[a-z0-9-]+">')
_HEADING_ID = re.compile(r'<h2 id="h-[a-z0-9-]+">')
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_TITLE = re.compile(r"<h2[^>]*>(.*?)</h2>", re.DOTALL)
_CASES = re.compile(
    r'(<div class="cases" id="[^"]+" data-filter=("[^"]*"|\'[^\']*\')>.*?)'
    r'(<p><a href="#[^"]+">Back to the map</a></p></div>)',
    re.DOTALL,
)
_CASE = re.compile(r'<li data-case=("[^"]*"|\'[^\']*\')>(.*?)</li>', re.DOTALL)
_KPI = re.compile(r"(<th scope=\"row\"[^>]*>)\s*(.*?)\s*(</th>)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a report: its key, its title as text, its markup."""

    key: str
    title: str
    markup: str


@dataclass(frozen=True, slots=True)
class Tab:
    """What one page shows of a report: its key, its name, and the sections in it."""

    key: str
    name: str
    sections: tuple[str, ...]


TABS = (
    Tab("summary", "Summary", ("summary", "quality")),
    Tab("map", "Process map", ("map", "slow")),
    Tab("variants", "Variants", ("variants",)),
    Tab("bottlenecks", "Bottlenecks", ("bottlenecks", "handovers", "batches", "drift")),
    Tab("flow", "Flow of work", ("flow",)),
    Tab("forecast", "Forecast", ("forecast",)),
    Tab("patterns", "Patterns", ("patterns",)),
    Tab("money", "Receivables", ("money",)),
    Tab("kpis", "KPIs", ("kpis",)),
)


def parts(report: Path) -> Mapping[str, Part]:
    """Return the sections of a report by key; none if there is no such file."""
    try:
        changed = report.stat().st_mtime_ns
    except OSError:
        return {}
    return _parts(report, changed)


@functools.lru_cache(maxsize=8)
def _parts(report: Path, changed: int) -> Mapping[str, Part]:
    text = report.read_text("utf-8")
    main = text[text.index('<main id="main">') : text.rindex("</main>")]
    starts = list(_SECTION.finditer(main))
    ends = [match.start() for match in starts[1:]] + [len(main)]
    found = {}
    for match, end in zip(starts, ends, strict=True):
        markup = main[match.start() : end]
        title = _TITLE.search(markup)
        name = html.unescape(re.sub("<[^>]+>", "", title[1])) if title else match[1]
        found[match[1]] = Part(match[1], name, markup)
    return found


def tabs(found: Mapping[str, Part]) -> list[Tab]:
    """Return the tabs that a report fills, those that nobody foresaw at the end."""
    known = {key for tab in TABS for key in tab.sections}
    more = [Tab(key, part.title, (key,)) for key, part in found.items() if key not in known]
    filled = [tab for tab in TABS if any(key in found for key in tab.sections)]
    return [*filled, *(tab for tab in more if tab.key != "conformance")]


def with_case_links(markup: str, log_id: str, filters: Sequence[str] = ()) -> str:
    """Return the markup of a map whose lists lead to all cases and to each one.

    Parameters
    ----------
    markup
        Of a section.
    log_id
        Of the log.
    filters
        Of the analysis; they stay.
    """

    def every(match: re.Match[str]) -> str:
        text = html.unescape(match[2][1:-1])
        if not text:
            return match[0]
        link = f'<p><a href="{_address(log_id, [*filters, text])}">All these cases</a></p>'
        return f"{match[1]}{link}{match[3]}"

    def one(match: re.Match[str]) -> str:
        case = html.unescape(match[1][1:-1])
        query = html.escape(f"/logs/{log_id}/cases/one?{urlencode({'id': case}, errors='replace')}")
        return f'<li><a href="{query}">{match[2]}</a></li>'

    return _CASE.sub(one, _CASES.sub(every, markup))


def within(markup: str) -> str:
    """Return the markup of a section for a page that shows another report as well.

    Sections of two reports may be called the same: on one page, a name leads to one place.
    """
    markup = _SECTION.sub("<section>", markup)
    return _HEADING_ID.sub("<h2>", markup)


def with_definitions(markup: str, definitions: Mapping[str, str]) -> str:
    """Return the markup of KPIs whose names show their definition on hover and focus.

    Parameters
    ----------
    markup
        Of the section of KPIs.
    definitions
        Label to definition.
    """
    number = 0

    def told(match: re.Match[str]) -> str:
        nonlocal number
        label = html.unescape(re.sub("<[^>]+>", "", match[2])).strip()
        definition = definitions.get(label)
        if definition is None:
            return match[0]
        number += 1
        tip = f"kpi-tip-{number}"
        return (
            f'{match[1]}<span class="term" tabindex="0" aria-describedby="{tip}">{match[2]}'
            f'<span role="tooltip" class="tip" id="{tip}">{html.escape(definition)}</span></span>'
            f"{match[3]}"
        )

    start = markup.find('id="t-kpi-values"')
    end = markup.find("</table>", start)
    if start < 0:
        return markup
    return markup[:start] + _KPI.sub(told, markup[start:end]) + markup[end:]


def _address(log_id: str, filters: Sequence[str]) -> str:
    query = urlencode([("filter", text) for text in filters], errors="replace")
    return html.escape(f"/logs/{log_id}/cases?{query}")
