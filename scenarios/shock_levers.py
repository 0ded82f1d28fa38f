"""Shocks: what happens to a company without its doing."""

from __future__ import annotations

import datetime as dt
from math import nan

from o2c_sim import CompanyModel
from scenarios.lever import Changes, Lever, change, dump, with_mean
from scenarios.population import each_distribution, each_number

_TUESDAY = 1


def outage_start(model: CompanyModel, day: int) -> dt.datetime:
    """Return 08:00 of the first Tuesday from a day of the run on."""
    date = model.start_date + dt.timedelta(days=day)
    date += dt.timedelta(days=(_TUESDAY - date.weekday()) % 7)
    return dt.datetime.combine(date, dt.time(8))


def _add_outage(model: CompanyModel, hours: float, day: int) -> Changes:
    """Add an outage; those that the company has anyway stay."""
    outages = [outage.model_dump() for outage in model.systems.outages.value]
    if hours > 0:
        outages.append({"start": outage_start(model, day), "hours": hours})
    return {"systems.outages": outages}


def _largest_fails(model: CompanyModel, value: str, day: int) -> Changes:
    return {"customers.largest_fails_after_days": day if value == "fails" else None}


def _set_post(model: CompanyModel, days: float) -> Changes:
    """Slow paper invoices to a new mean, and checks by as much."""
    travel = model.billing.delivery_days.value
    floats = model.customers.payment_float_days.value
    slower = days - travel["paper"].mean()
    changes: Changes = {
        "billing.delivery_days": {
            channel: dump(with_mean(own, days) if channel == "paper" else own)
            for channel, own in travel.items()
        }
    }
    if "check" in floats:
        mean = max(0.0, floats["check"].mean() + slower)
        changes["customers.payment_float_days"] = {
            method: dump(with_mean(own, mean) if method == "check" else own)
            for method, own in floats.items()
        }
    return changes


def _worse_debtors(model: CompanyModel, factor: float) -> Changes:
    """Scale how many invoices are never paid and how many customers fail."""
    never = each_number(model, "default_share", lambda share: min(1.0, share * factor))
    # One after the other on what the first has left of the segments.
    fails = each_number(model, "insolvencies_per_year", lambda rate: rate * factor)
    if "customers.segments" in never and "customers.segments" in fails:
        for name, segment in fails["customers.segments"].items():
            if "default_share" in segment:
                segment["default_share"] = never["customers.segments"][name]["default_share"]
    return never | fails


SHOCK_LEVERS = (
    change(
        "demand_change_pct",
        "Change of order volume",
        "a shock, not an improvement: Signavio's teaching question is +40 %",
        lambda model, factor: {
            "demand.orders_per_week": model.demand.orders_per_week.value * factor
        },
        low=-90,
        high=900,
    ),
    change(
        "lateness_change_days",
        "Change of every customer's habit of paying late",
        "a slowdown of 5 to 10 days is a guess; see default_change_pct",
        lambda model, days: each_distribution(
            model, "lateness_effect_days", lambda habit: habit.shifted(days)
        ),
        unit="days",
        low=-30,
        high=90,
    ),
    change(
        "default_change_pct",
        "Change of insolvencies and of invoices never paid",
        "US payment defaults +72 % in a year, write-offs 1 to 4 % (Atradius 2020)",
        _worse_debtors,
        low=-100,
        high=1_900,
    ),
    change(
        "supplier_lead_change_pct",
        "Change of suppliers' lead times that stocks are planned for",
        "no published effect was found; reorder points follow",
        lambda model, factor: {
            "inventory.supplier_lead_days": dump(
                model.inventory.supplier_lead_days.value.scaled(factor)
            )
        },
        low=-90,
        high=400,
    ),
    Lever(
        "key_customer_insolvency",
        "Customer who orders most, from the day on which this is in force",
        "",
        nan,
        nan,
        ("survives", "fails"),
        "one customer has 26 % of the invoices of the HighRadius set",
        read=lambda model: (
            "survives" if model.customers.largest_fails_after_days.value is None else "fails"
        ),
        write=lambda model, value: _largest_fails(model, value, 0),
        write_on=_largest_fails,
    ),
    Lever(
        "outage_hours",
        "Systems down, from the first Tuesday on which this is in force",
        "hours",
        0,
        720,
        (),
        "no published effect was found",
        read=lambda model: 0.0,
        write=lambda model, hours: _add_outage(model, hours, 0),
        relative=True,
        write_on=_add_outage,
    ),
    Lever(
        "postal_days",
        "Days by post, mean, for paper invoices; checks are slower by as much",
        "days",
        0,
        90,
        (),
        "a strike; no published effect was found",
        read=lambda model: model.billing.delivery_days.value["paper"].mean(),
        write=_set_post,
    ),
)
