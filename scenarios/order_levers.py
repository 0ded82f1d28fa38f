"""Levers on what comes before the invoice: orders, credit, stock, delivery."""

from __future__ import annotations

from o2c_sim import CompanyModel
from o2c_sim.model.capture import ExceptionName
from o2c_sim.model.section import Channel
from scenarios.lever import Changes, change, number, percentage, share, word
from scenarios.population import each_distribution, rescaled

_ELECTRONIC: tuple[Channel, ...] = ("edi", "portal")
_BY_HAND: tuple[Channel, ...] = ("email", "phone")


def _electronic(model: CompanyModel) -> float:
    shares = model.demand.channel_shares.value
    return sum(shares.get(channel, 0.0) for channel in _ELECTRONIC)


def _set_electronic(model: CompanyModel, value: float) -> Changes:
    """Raise EDI and portal; what is typed keeps its proportions."""
    shares = model.demand.channel_shares.value
    return {"demand.channel_shares": rescaled(shares, _ELECTRONIC, _BY_HAND, value)}


def _exceptions(model: CompanyModel, name: ExceptionName) -> float:
    """Return the orders with an exception of one kind, as a share of all orders."""
    kind = model.capture.exception_kinds.value.get(name)
    return model.capture.exception_share.value * (kind.share if kind else 0.0)


def _set_exceptions(model: CompanyModel, name: ExceptionName, value: float) -> Changes:
    """Change the exceptions of one kind; the others stay as many as they are."""
    kinds = model.capture.exception_kinds.value
    if abs(value - _exceptions(model, name)) < 1e-8:
        return {}
    others = model.capture.exception_share.value - _exceptions(model, name)
    total = others + value
    if total > 1:
        raise ValueError(f"at most {100 * (1 - others):g} % are left beside the other exceptions")
    changes: Changes = {"capture.exception_share": total}
    if total > 0:
        written = {
            key: kind.model_dump(by_alias=True, exclude_none=True) for key, kind in kinds.items()
        }
        written.setdefault(name, {})
        for key, kind in written.items():
            kind["share"] = (value if key == name else _exceptions(model, key)) / total
        changes["capture.exception_kinds"] = written
    return changes


ORDER_LEVERS = (
    percentage(
        "electronic_orders_pct",
        "Orders by EDI or portal",
        "cost per order over 21 to under 6 USD (IntelliChief, vendor); a toy model: touchless "
        "35 -> 65 % takes 13 % off the mean processing time, 90 % off the median",
        read=_electronic,
        write=_set_electronic,
    ),
    share(
        "email_auto_capture_pct",
        "E-mail orders captured by software",
        "capture.email_auto_capture_share",
        "98 % accuracy claimed (orderflow, vendor)",
    ),
    share(
        "order_errors_pct",
        "Orders entered wrongly by hand",
        "capture.manual_error_share",
        "order errors 3 % to below 1 % claimed (orderflow, vendor)",
    ),
    share(
        "exception_rate_pct",
        "Orders that need clarification",
        "capture.exception_share",
        "a toy model: 12 -> 6 % takes 32 % off the mean processing time; on time and in full 79 -> "
        "92 % with a global process owner (APQC, association)",
    ),
    percentage(
        "master_data_exceptions_pct",
        "Orders with missing or wrong master data",
        "SAP log: an address missing in 2.2 % of the cases; master-data governance: see "
        "exception_rate_pct",
        read=lambda model: _exceptions(model, "master_data"),
        write=lambda model, value: _set_exceptions(model, "master_data", value),
    ),
    percentage(
        "price_exceptions_pct",
        "Orders with another price than agreed",
        "SAP log: another price in 3.2 % of the cases; no effect of price governance was found",
        read=lambda model: _exceptions(model, "price"),
        write=lambda model, value: _set_exceptions(model, "price", value),
    ),
    share(
        "credit_auto_release_pct",
        "Credit holds released by rule",
        "credit.auto_release_share",
        "a toy model: 60 % auto-released takes 14 % off the mean processing time; new credit "
        "reviews 33 % faster at world-class companies (Hackett)",
    ),
    change(
        "credit_limit_change_pct",
        "Change of all credit limits",
        "no published effect was found; holds against losses",
        lambda model, factor: each_distribution(
            model, "credit_limit_days", lambda limit: limit.scaled(factor)
        ),
        low=-90,
        high=900,
    ),
    number(
        "credit_overdue_days",
        "Days overdue that stop new orders",
        "credit.overdue_tolerance_days",
        "days",
        "no published effect was found; holds against losses",
        low=0,
        high=36_000,
    ),
    share(
        "credit_insured_pct",
        "Customers whose debts are insured",
        "credit.insured_share",
        "premium 0.2 to 0.25 % of sales (ariglobal, vendor), up to 90 to 95 % cover (Allianz "
        "Trade, vendor)",
    ),
    share(
        "insurance_premium_pct",
        "Premium, of the sales to insured customers",
        "credit.insurance_premium_share",
        "0.05 to 0.6 % of sales, typically 0.2 to 0.25 % (ariglobal, vendor)",
        high=5,
    ),
    number(
        "safety_stock_days",
        "Safety stock, days of demand",
        "inventory.safety_stock_days",
        "days",
        "no published effect was found; fewer backorders against the cost of stock",
        low=0,
        high=3_650,
    ),
    word(
        "stock_allocation",
        "Which waiting line gets stock first",
        "inventory.allocation",
        ("first_come", "smallest_first", "largest_first"),
        "no published effect was found",
    ),
    share(
        "stock_errors_pct",
        "Lines not found when they are picked",
        "fulfilment.short_pick_share",
        "no published effect was found",
    ),
    share(
        "complete_delivery_pct",
        "Customers who want an order in one delivery",
        "fulfilment.complete_delivery_share",
        "no published effect was found; fewer deliveries and invoices, each later",
    ),
    share(
        "consolidated_delivery_pct",
        "Customers with one delivery for all that is due",
        "fulfilment.consolidation_share",
        "no published effect was found; fewer deliveries",
    ),
    word(
        "pick_priority",
        "Which delivery is picked first",
        "fulfilment.pick_priority",
        ("first_come", "due_date"),
        "no published effect was found; no effect while the warehouse has no queue",
    ),
    share(
        "damage_pct",
        "Deliveries that arrive damaged",
        "fulfilment.damage_share",
        "99 % free of damage in the example of APQC's perfect order",
    ),
)
