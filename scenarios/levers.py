"""Levers: named changes of a company in business words, with range, unit and evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from o2c_sim import CompanyModel, Problem, ScenarioError
from o2c_sim.errors import did_you_mean
from o2c_sim.model.section import CHANNELS, INVOICE_CHANNELS, WEEKDAYS

Value = float | str
Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lever:
    """One thing a process lead can change.

    Parameters
    ----------
    name
        Key in scenario files.
    label
        Name for people.
    unit
        ``%``, ``days``, ``people`` or empty for a choice.
    low, high
        Allowed range; both NaN for a choice.
    choices
        Allowed words of a choice.
    evidence
        Published effect and its source, or that none was found.
    read
        Returns the lever's value in a model.
    write
        Returns the parameters to change (path to value) for a new value.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    choices: tuple[str, ...]
    evidence: str
    read: Callable[[CompanyModel], Value]
    write: Callable[[CompanyModel, Any], Changes]


def _share(name: str, label: str, path: str, evidence: str) -> Lever:
    """Return a lever that sets a share, shown in percent."""
    return Lever(
        name,
        label,
        "%",
        0,
        100,
        (),
        evidence,
        read=lambda model: round(100 * _value(model, path), 6),
        write=lambda model, value: {path: value / 100},
    )


def _headcount(role: str, label: str) -> Lever:
    path = f"staff.{role}.headcount"
    return Lever(
        f"{role}_headcount",
        f"People, {label}",
        "people",
        1,
        10_000,
        (),
        "queueing theory; own model: one more person at 85 % utilisation takes 10 % off the mean "
        "and 43 % off the median",
        read=lambda model: _value(model, path),
        write=lambda model, value: {path: _whole(value)},
    )


def _electronic_orders(model: CompanyModel, value: float) -> Changes:
    """Raise EDI and portal to a share of orders; e-mail and phone keep their proportion."""
    shares = {channel: model.demand.channel_shares.value.get(channel, 0.0) for channel in CHANNELS}
    return {
        "demand.channel_shares": _rescaled(shares, ("edi", "portal"), ("email", "phone"), value)
    }


def _e_invoices(model: CompanyModel, value: float) -> Changes:
    shares = {
        channel: model.customers.invoice_channel_shares.value.get(channel, 0.0)
        for channel in INVOICE_CHANNELS
    }
    return {
        "customers.invoice_channel_shares": _rescaled(
            shares, ("e_invoice",), ("paper", "pdf"), value
        )
    }


def _first_reminder(model: CompanyModel, value: float) -> Changes:
    """Move the first reminder; later levels keep their distance from it."""
    levels = model.dunning.levels.value
    shift = value - levels[0].overdue_days
    return {
        "dunning.levels": [
            {"overdue_days": level.overdue_days + shift, "hazard_ratio": level.hazard_ratio}
            for level in levels
        ]
    }


def _dispute_days(model: CompanyModel, value: float) -> Changes:
    """Scale the time an investigation takes to a new median."""
    scaled = model.disputes.investigation_days.value.scaled(value / _median_dispute_days(model))
    return {"disputes.investigation_days": scaled.model_dump(by_alias=True)}


def _median_dispute_days(model: CompanyModel) -> float:
    return float(model.disputes.investigation_days.value.quantile(np.array([0.5]))[0])


def _dunning_days(model: CompanyModel, value: str) -> Changes:
    run = model.dunning.run.value
    days = list(WEEKDAYS[:5]) if value == "daily" else ["mon"]
    return {"dunning.run": {"days": days, "times": list(run.times)}}


_ALL = (
    Lever(
        "electronic_orders_pct",
        "Orders by EDI or portal",
        "%",
        0,
        100,
        (),
        "cost per order over 21 to under 6 USD (IntelliChief, vendor); own model: touchless "
        "35 -> 65 % takes 13 % off the mean processing time, 90 % off the median",
        read=lambda model: round(
            100 * sum(model.demand.channel_shares.value.get(c, 0.0) for c in ("edi", "portal")), 6
        ),
        write=_electronic_orders,
    ),
    _share(
        "email_auto_capture_pct",
        "E-mail orders captured by software",
        "capture.email_auto_capture_share",
        "98 % accuracy claimed (orderflow, vendor)",
    ),
    _share(
        "exception_rate_pct",
        "Orders that need clarification",
        "capture.exception_share",
        "own model: 12 -> 6 % takes 32 % off the mean processing time; on time and in full 79 -> "
        "92 % with a global process owner (APQC, association)",
    ),
    _share(
        "credit_auto_release_pct",
        "Credit holds released by rule",
        "credit.auto_release_share",
        "own model: 60 % auto-released takes 14 % off the mean processing time; new credit "
        "reviews 33 % faster at world-class companies (Hackett)",
    ),
    _share(
        "weekly_invoicing_pct",
        "Customers invoiced weekly instead of daily",
        "customers.weekly_invoice_share",
        "a weekly run adds half a week of waiting on average (arithmetic)",
    ),
    Lever(
        "e_invoice_pct",
        "Customers with e-invoices",
        "%",
        0,
        100,
        (),
        "IBM receivables sample: electronic settled 6.5 days earlier within customer (SE 0.4, "
        "n = 91); here only the postal delay is modelled",
        read=lambda model: round(
            100 * model.customers.invoice_channel_shares.value.get("e_invoice", 0.0), 6
        ),
        write=_e_invoices,
    ),
    Lever(
        "dunning_grace_days",
        "Days overdue before the first reminder",
        "days",
        1,
        90,
        (),
        "firms that follow up by hand take 67 % longer (PYMNTS, cross-section); no hazard "
        "published",
        read=lambda model: model.dunning.levels.value[0].overdue_days,
        write=_first_reminder,
    ),
    Lever(
        "dunning_run",
        "Dunning run",
        "",
        float("nan"),
        float("nan"),
        ("weekly", "daily"),
        "see dunning_grace_days",
        read=lambda model: "daily" if len(model.dunning.run.value.days) >= 5 else "weekly",
        write=_dunning_days,
    ),
    Lever(
        "call_after_days",
        "Days overdue before a collector calls",
        "days",
        1,
        365,
        (),
        "slightly over half of a credit department's time is collections (highako, survey); the "
        "effect of a call is assumed",
        read=lambda model: model.collections.call_after_days.value,
        write=lambda model, value: {"collections.call_after_days": value},
    ),
    Lever(
        "collections_worklist",
        "Whom collectors call first",
        "",
        float("nan"),
        float("nan"),
        ("oldest", "largest", "riskiest"),
        "23 % better prioritisation claimed for automation (PYMNTS, cross-section)",
        read=lambda model: model.collections.worklist.value,
        write=lambda model, value: {"collections.worklist": value},
    ),
    _share(
        "dispute_rate_pct",
        "Invoices that are disputed",
        "disputes.share",
        "own model: disputes halved takes 3 % off the collection cycle; invoice errors -37 % at "
        "digital leaders (Hackett)",
    ),
    Lever(
        "dispute_days",
        "Days to investigate a dispute, median",
        "days",
        0.1,
        180,
        (),
        "30 days at bottom, 4 at top performers (APQC 2009); own model: 16 -> 5 days takes 4 % off "
        "the collection cycle",
        read=lambda model: round(_median_dispute_days(model), 6),
        write=_dispute_days,
    ),
    _share(
        "auto_match_pct",
        "Payments matched without a person",
        "cash_application.auto_match_share",
        "95.5 % touchless payments in one case (Billtrust, vendor); cash-application cost -61 % "
        "for digital leaders (Hackett)",
    ),
    Lever(
        "demand_change_pct",
        "Change of order volume",
        "%",
        -90,
        900,
        (),
        "a shock, not an improvement: Signavio's teaching question is +40 %",
        read=lambda model: 0.0,
        write=lambda model, value: {
            "demand.orders_per_week": model.demand.orders_per_week.value * (1 + value / 100)
        },
    ),
    _headcount("order_desk", "order desk"),
    _headcount("credit", "credit analysts"),
    _headcount("warehouse", "warehouse"),
    _headcount("collections", "collectors"),
    _headcount("disputes", "dispute analysts"),
    _headcount("cash_application", "cash application"),
)

LEVERS: Mapping[str, Lever] = {lever.name: lever for lever in _ALL}


def changes(model: CompanyModel, settings: Mapping[str, Value], where: str) -> Changes:
    """Return the parameters that lever settings change.

    Parameters
    ----------
    model
        The baseline.
    settings
        Lever name to value.
    where
        File name for messages.

    Raises
    ------
    ScenarioError
        With every unknown lever and every value out of range.
    """
    problems = list(_problems(settings, where))
    if problems:
        raise ScenarioError(problems)
    found: Changes = {}
    for name, value in settings.items():
        found |= LEVERS[name].write(model, value)
    return found


def _problems(settings: Mapping[str, Value], where: str) -> Iterable[Problem]:
    for name, value in settings.items():
        lever = LEVERS.get(name)
        if lever is None:
            yield Problem(
                f"unknown lever {name!r}",
                where=where,
                allowed=", ".join(LEVERS),
                suggestion=did_you_mean(name, LEVERS),
            )
        elif lever.choices:
            if value not in lever.choices:
                yield Problem(
                    f"{name}: {value!r} is not a choice",
                    where=where,
                    allowed=" or ".join(lever.choices),
                    suggestion=did_you_mean(str(value), lever.choices),
                )
        elif (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not lever.low <= value <= lever.high
        ):
            yield Problem(
                f"{name}: {value!r} is out of range",
                where=where,
                allowed=f"{lever.low:g} to {lever.high:g} {lever.unit}",
            )
        elif lever.unit == "people" and value != int(value):
            yield Problem(f"{name}: {value!r} is not a whole number of people", where=where)


def _rescaled(
    shares: Mapping[Any, float], raised: tuple[str, ...], lowered: tuple[str, ...], percent: float
) -> dict[str, float]:
    """Return shares in which *raised* make up *percent*, both groups in their old proportions."""
    wanted = {
        group: goal for group, goal in ((raised, percent / 100), (lowered, 1 - percent / 100))
    }
    result = {}
    for group, goal in wanted.items():
        total = sum(shares[name] for name in group)
        for name in group:
            result[name] = goal * (shares[name] / total if total > 0 else 1 / len(group))
    return result


def _value(model: CompanyModel, path: str) -> Any:
    node: Any = model
    for part in path.split("."):
        node = node[part] if isinstance(node, Mapping) else getattr(node, part)
    return node.value


def _whole(value: float) -> int:
    return int(value)
