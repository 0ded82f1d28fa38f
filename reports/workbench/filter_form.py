"""The form that says which cases of a log to look at, as the texts that ``--filter`` takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_MOST = 20
_LONGEST = 2_000
_PERIODS = ("started", "contained", "intersecting")


def filters_of(given: Mapping[str, str]) -> list[str]:
    """Return the filters that a form asks for; whether they fit the log, the verb says.

    Parameters
    ----------
    given
        ``activity`` with ``activity_is`` (``with``, ``without``, ``start`` or ``end``), ``source``
        and ``target`` with ``within_days``, ``days_over`` and ``days_under``, ``period`` with
        ``first`` and ``last``, ``top`` (percent), ``attribute`` and ``value``, and ``more``: one
        filter in each line. What is empty asks for nothing.
    """
    said = {name: value.strip() for name, value in given.items()}

    def text(name: str) -> str:
        return said.get(name, "")

    found = []
    if text("activity"):
        sign = {
            "without": "activity!=", "start": "start=", "end": "end=",
        }.get(text("activity_is"), "activity=")  # fmt: skip
        found.append(f"{sign}{text('activity')}")
    if text("source") and text("target"):
        within = f"<{text('within_days')}d" if text("within_days") else ""
        directly = ">>" if text("follows_is") == "later" else ">"
        found.append(f"follows={text('source')}{directly}{text('target')}{within}")
    if text("days_over"):
        found.append(f"days>{text('days_over')}")
    if text("days_under"):
        found.append(f"days<{text('days_under')}")
    if text("first") or text("last"):
        period = text("period") if text("period") in _PERIODS else _PERIODS[0]
        found.append(f"{period}={text('first') or '0001-01-01'}..{text('last') or '9999-12-31'}")
    if text("top"):
        found.append(f"top={text('top')}%")
    if text("attribute") and text("value"):
        found.append(f"{text('attribute')}={text('value')}")
    found += [line.strip() for line in text("more").splitlines() if line.strip()]
    return [one[:_LONGEST] for one in found[:_MOST]]


def kept_fields(filters: Sequence[str]) -> dict[str, str]:
    """Return the form that says these filters again: those it has no field for, as lines."""
    return {"more": "\n".join(filters)} if filters else {"more": ""}
