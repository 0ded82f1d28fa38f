"""What a search within limits found, in words: the same in print, on the page and in a report."""

from __future__ import annotations

from collections.abc import Mapping

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.answer import definition_of, estimate_text, signed_text
from reports.limit_words import distance_text, limit_words
from reports.number_text import count_text, share_text
from scenarios.levers import LEVERS
from scenarios.search.constrained import BestWithin
from scenarios.search.evaluation import Point

# A Bonferroni estimate near 1 is no certainty.
_MOST_SURE = 0.99
# People are in the label already, and the currency of a lever is the company's.
_UNITS = ("%", "days", "hours")


def within_words(
    found: BestWithin,
    currency: str = "",
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
    *,
    labels: bool = False,
) -> list[str]:
    """Return what was found, how sure that is, and what could not be told.

    Parameters
    ----------
    found
        The result.
    currency
        ISO code.
    definitions
        Labels and units of KPIs.
    labels
        Whether levers are called by their label, rather than by the name of the command line.
    """
    limits = " and ".join(limit_words(one, currency, definitions) for one in found.constraints)
    sure = share_text(found.confidence)
    aim = definition_of(found.aim, definitions)
    said = []
    if found.best >= 0:
        one = found.settings[found.best]
        value, span = estimate_text(one.aim, aim.unit, currency)
        change, range_ = signed_text(one.change, aim.unit, currency)
        from_today = f", {change}" + (f" ({range_})" if range_ else "") + " from today"
        said.append(
            f"Best within {limits}: {setting_words(one.point, labels=labels)}. {aim.label} is "
            f"{value}{f' ({span})' if span else ''}{from_today if one.point else ''}; {sure} sure "
            "that it is within."
        )
        said += _rivals(found)
    else:
        said.append(_none(found, limits, currency, definitions, labels))
    better = [
        number
        for number, one in enumerate(found.settings, 1)
        if one.verdict == "undecided" and (found.best < 0 or number - 1 < found.best)
    ]
    if better:
        which = ", ".join(map(str, better))
        would = "would be better if within" if found.best >= 0 else "may be within"
        settings = "setting" if len(better) == 1 else "settings"
        said.append(f"Undecided: {settings} {which} {would}; more runs can tell.")
    if found.passed:
        said.append(
            f"{count_text(len(found.passed))} more were tried and passed over: by their first runs "
            "worse, or beyond a limit; nothing is claimed of them."
        )
    return said


def setting_words(point: Point, *, labels: bool = False) -> str:
    """Return the settings of a point in words."""
    if not point:
        return "the company as it is"
    return ", ".join(
        f"{LEVERS[name].label}: {_with_unit(value, LEVERS[name].unit)}"
        if labels and name in LEVERS
        else f"{name}{': ' if labels else '='}{_value(value)}"
        for name, value in point.items()
    )


def _rivals(found: BestWithin) -> list[str]:
    others = sum(one.verdict == "within" for one in found.settings) - 1
    if not others:
        return ["No other of those judged is surely within."]
    share = share_text(min(_MOST_SURE, found.probability))
    return [
        f"Of the {others + 1} judged within it has the best mean; that it is the best of them has "
        f"a probability of {share} or more (estimated)."
    ]


def _none(
    found: BestWithin,
    limits: str,
    currency: str,
    definitions: Mapping[str, KpiDefinition],
    labels: bool,
) -> str:
    # Limits are in units of their own; each is measured by the largest margin of all settings.
    sizes = [
        max(abs(one.margins[n].mean) for one in found.settings) or 1.0
        for n in range(len(found.constraints))
    ]
    nearest = min(
        found.settings,
        key=lambda one: max(m.mean / size for m, size in zip(one.margins, sizes, strict=True)),
    )
    undecided = any(one.verdict == "undecided" for one in found.settings)
    begin = "No setting is surely within" if undecided else "No setting is within"
    apart = "; ".join(
        f"{definition_of(one.kpi, definitions).label} {text} from its limit"
        for one, text in (
            (limit, distance_text(limit, margin, currency, definitions))
            for limit, margin in zip(found.constraints, nearest.margins, strict=True)
        )
    )
    return (
        f"{begin} {limits}, of the {len(found.settings)} nearest that were judged at "
        f"{share_text(found.confidence)}. The nearest is "
        f"{setting_words(nearest.point, labels=labels)}: {apart}."
    )


def _with_unit(value: object, unit: str) -> str:
    # Digits beyond these mean nothing to people; the table has them.
    text = f"{value:.4g}" if isinstance(value, float) else _value(value)
    return f"{text} {unit}" if unit in _UNITS else text


def _value(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    return str(value)
