"""A company's emergent figures beside published ones, as table cells and as a Markdown page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan

from mining.plausibility import NEAR, TOLERANCE, WITHIN, Finding, tally
from mining.published_figures import Published

HEAD = ("figure", "simulated", "between replications", "published", "verdict", "source")
NOTHING = "-"
_UNITS = {"share": " %", "days": " days", "count": ""}
_FACTORS = {"share": 100.0}
_Number = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class CompanyFigures:
    """The findings about one company.

    Parameters
    ----------
    name
        Name of the company.
    kind
        The kind of company that it was compared as.
    currency
        Code of its money.
    orders
        Mean number of orders received in the measured period.
    findings
        Figure by figure.
    utilisation
        Role to busy share of working time, mean of the replications.
    """

    name: str
    kind: str
    currency: str
    orders: float
    findings: Sequence[Finding]
    utilisation: Mapping[str, float]


def cells(finding: Finding, currency: str) -> tuple[str, ...]:
    """Return a finding as text, one cell for each column of :data:`HEAD`."""
    figure, published = finding.figure, finding.published
    unit = f" {currency}" if figure.unit == "currency" else _UNITS[figure.unit]
    ends = () if published is None else (published.low, published.high)
    known = [abs(x) for x in (finding.value, *ends) if isfinite(x)]
    factor = _FACTORS.get(figure.unit, 1.0)
    decimals = _decimals([factor * x for x in known])

    def number(value: float) -> str:
        text = f"{factor * value:,.{decimals}f}"
        return text.removeprefix("-") if not text.strip("-0.,") else text

    if isnan(finding.value):
        return (figure.label, NOTHING, NOTHING, _range(published, number, unit), *_end(finding))
    return (
        figure.label,
        f"{number(finding.value)}{unit}",
        f"{number(finding.low)} to {number(finding.high)}",
        _range(published, number, unit),
        _verdict(finding, number, unit),
        NOTHING if published is None else published.source,
    )


def page(companies: Iterable[CompanyFigures], command: str, how: str) -> str:
    """Return the Markdown page of some companies.

    Parameters
    ----------
    companies
        The companies, in order.
    command
        The command line that makes the page.
    how
        Seed, replications and window, in words.
    """
    lines = [
        "# Emergent figures",
        "",
        "What the reference companies bring forth, beside what is published of real ones. Nothing "
        "in the column *simulated* is put in as such: it follows from orders, people, runs, "
        "customers and stock. Input and output are not always far apart: where a source says "
        "`set so that`, an assumed parameter of the company was chosen to meet the figure, with "
        "the seed of this page: with another seed a few more lie outside.",
        "",
        f"Made by `{command}`; {how}.",
        "",
        "- **simulated**: mean of the replications; beside it the smallest and the largest.",
        "- **within**: the mean lies in the published range, or a single published value between "
        f"the replications. **{NEAR}**: within {100 * TOLERANCE:.0f} % of a single published "
        "value. **below**, **above**: outside, and by how much.",
        "- **no published figure**: nothing was found for this kind of company; no range is made "
        "up for it.",
        "- Published figures come from different companies, countries and years, and contradict "
        "each other: in the SAP log, order to delivery document (8.4 days on average) and goods "
        "issue to invoice (3.3) come to more than order to invoice (9.4). No company can meet "
        "them all.",
        "- The days until an invoice is settled end with the first money applied to it: what is "
        "deducted from a payment and settled later is an item of its own in most books. DSO and "
        "ageing count what is open, deductions included.",
        "- A vendor's claim is marked; a survey is what respondents think, not what their books "
        "say.",
    ]
    for company in companies:
        counts = tally(company.findings)
        lines += [
            "",
            f"## {company.name}",
            "",
            f"Compared as `{company.kind}`: {counts['within']} figures within or near, "
            f"{counts['outside']} outside, {counts['unknown']} without a published figure. "
            f"{company.orders:,.0f} orders measured in each replication.",
            "",
            _row(HEAD),
            _row("---" for _ in HEAD),
            *(_row(cells(finding, company.currency)) for finding in company.findings),
            "",
            "Busy: " + busy(company.utilisation) + ".",
        ]
    return "\n".join(lines) + "\n"


def busy(utilisation: Mapping[str, float]) -> str:
    """Return how busy each role is, in one line."""
    return ", ".join(f"{role.lower()} {100 * share:.0f} %" for role, share in utilisation.items())


def _decimals(numbers: Sequence[float]) -> int:
    """Return how many decimals leave about three digits of the smallest number of a row.

    Two at most where the largest is 1 or more: what is small beside it needs no third.
    """
    smallest = min((x for x in numbers if x > 0), default=0.0)
    most = 2 if max(numbers, default=0.0) >= 1 else 3
    return min(next((n for n, size in ((0, 100.0), (1, 10.0)) if smallest >= size), 3), most)


def _range(published: Published | None, number: _Number, unit: str) -> str:
    if published is None:
        return NOTHING
    if published.low == published.high:
        return f"{number(published.low)}{unit}"
    if published.low == -inf:
        return f"at most {number(published.high)}{unit}"
    return f"{number(published.low)} to {number(published.high)}{unit}"


def _verdict(finding: Finding, number: _Number, unit: str) -> str:
    published = finding.published
    if published is None or finding.verdict == WITHIN:
        return finding.verdict
    bound = published.low if finding.value < published.low else published.high
    sign = "-" if finding.value < bound else "+"
    part = f" ({sign}{100 * finding.distance / abs(bound):.0f} %)" if bound else ""
    if finding.verdict == NEAR:
        return f"{NEAR}{part}"
    return f"{finding.verdict} by {number(finding.distance)}{unit}{part}"


def _end(finding: Finding) -> tuple[str, str]:
    return finding.verdict, NOTHING if finding.published is None else finding.published.source


def _row(texts: Iterable[str]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"
