"""Plausibility: a company's emergent figures beside what is published of real companies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

from mining.published_figures import FIGURES, Figure, Published

WITHIN, NEAR, BELOW, ABOVE = "within", "near", "below", "above"
UNKNOWN = "no published figure"
MISSING = "not measured"
# So far from a single published value, as a part of it, a figure still counts as near.
TOLERANCE = 0.1


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure of a company, judged.

    Parameters
    ----------
    figure
        What it is.
    value
        Mean of the replications; NaN where none has it.
    low, high
        Smallest and largest value of a replication.
    published
        What is published for this kind of company, if anything.
    verdict
        ``within`` the published range, or ``near`` the published value; ``below`` or ``above``
        it; ``no published figure``; ``not measured``.
    distance
        How far off, in the figure's unit; 0 within, NaN without a verdict.
    """

    figure: Figure
    value: float
    low: float
    high: float
    published: Published | None
    verdict: str
    distance: float


def assess(kind: str, replications: Sequence[Mapping[str, float]]) -> list[Finding]:
    """Compare the figures of some replications with what is published for a kind of company.

    A published range holds the mean of the replications or does not. A single published value
    is met when it lies between the smallest and the largest replication, and is near when the
    mean is within a tenth of it.

    Parameters
    ----------
    kind
        One of :data:`mining.published_figures.KINDS`.
    replications
        The figures of each replication (:func:`mining.emergent_figures.emergent_figures`), at
        least one.

    Returns
    -------
    list of Finding
        In the order of :data:`mining.published_figures.FIGURES`, those of this kind.
    """
    return [
        judge(
            figure, figure.published.get(kind), [each.get(figure.key, nan) for each in replications]
        )
        for figure in FIGURES
        if kind in figure.kinds
    ]


def judge(figure: Figure, published: Published | None, values: Sequence[float]) -> Finding:
    """Return what can be said of a figure's values in some replications."""
    known = [value for value in values if not isnan(value)]
    if not known:
        return Finding(figure, nan, nan, nan, published, MISSING, nan)
    value, low, high = sum(known) / len(known), min(known), max(known)
    if published is None:
        return Finding(figure, value, low, high, None, UNKNOWN, nan)
    single = published.low == published.high
    met = low <= published.low <= high if single else published.low <= value <= published.high
    if met:
        return Finding(figure, value, low, high, published, WITHIN, 0.0)
    if value < published.low:
        verdict, distance = BELOW, published.low - value
    else:
        verdict, distance = ABOVE, value - published.high
    if single and distance <= TOLERANCE * abs(published.low):
        verdict = NEAR
    return Finding(figure, value, low, high, published, verdict, distance)


def tally(findings: Sequence[Finding]) -> dict[str, int]:
    """Return how many figures are within, outside, and without a published figure."""
    verdicts = [finding.verdict for finding in findings]
    outside = verdicts.count(BELOW) + verdicts.count(ABOVE)
    within = verdicts.count(WITHIN) + verdicts.count(NEAR)
    return {
        "within": within,
        "outside": outside,
        "unknown": len(verdicts) - within - outside,
    }
