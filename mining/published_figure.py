"""A figure of a company and what is published of it: a value or a range, and its source."""

from __future__ import annotations

from dataclasses import dataclass

DISTRIBUTOR, MANUFACTURER, CONSUMER = "distributor", "manufacturer", "consumer_supplier"
KINDS = (DISTRIBUTOR, MANUFACTURER, CONSUMER)

SAP = "SAP log 2007-10"
IBM = "IBM SAP manufacturing log"
AR = "IBM receivables sample"
HR = "HighRadius set"
CRF = "CRF medians, US, Q1 2021"
DEDUCTIONS = "transformance (vendor), citing CRF and Attain"


@dataclass(frozen=True, slots=True)
class Published:
    """A published value or range.

    Parameters
    ----------
    low, high
        Equal for a single value; infinite where only one end is published. In the figure's unit,
        shares from 0 to 1.
    source
        Where it was published.
    """

    low: float
    high: float
    source: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a company, and what is published of it.

    Parameters
    ----------
    key
        Key in :func:`mining.emergent_figures.emergent_figures`.
    label
        Name for people.
    unit
        ``days``, ``share``, ``currency`` or ``count``.
    published
        By kind of company; a kind without an entry has no published figure.
    kinds
        Kinds of company of which the figure is shown.
    """

    key: str
    label: str
    unit: str
    published: dict[str, Published]
    kinds: tuple[str, ...] = KINDS


def for_all(found: Published) -> dict[str, Published]:
    """Return the same published figure for every kind of company."""
    return dict.fromkeys(KINDS, found)


def one(value: float, source: str) -> Published:
    """Return a single published value."""
    return Published(value, value, source)


def of(
    distributor: Published | None = None,
    manufacturer: Published | None = None,
    consumer: Published | None = None,
) -> dict[str, Published]:
    """Return what is published by kind of company, of those kinds of which something is."""
    every = zip(KINDS, (distributor, manufacturer, consumer), strict=True)
    return {kind: found for kind, found in every if found is not None}


def where_published(key: str, label: str, unit: str, published: dict[str, Published]) -> Figure:
    """Return a figure that is shown only for kinds of which something is published."""
    return Figure(key, label, unit, published, tuple(kind for kind in KINDS if kind in published))
