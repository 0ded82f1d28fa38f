"""Which reference company a calibration begins with, and what it lends to another one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from mining.calibration.adoption import Value
from mining.calibration.estimate import Source
from o2c_sim import CompanyModel, ModelError, load_company, reference_names
from o2c_sim import vocabulary as v
from o2c_sim.errors import Problem, did_you_mean

STOCK, ORDER = "distributor", "manufacturer"
# Goods from stock leave within days, goods made to order within weeks: the logs behind the two
# reference companies have medians of 3 and 24 days.
MADE_TO_ORDER_DAYS = 10.0


def choose(source: Source, wanted: str | None = None) -> tuple[str, str]:
    """Return the name of the reference company to begin with, and why.

    Raises
    ------
    ModelError
        If *wanted* is no reference company.
    """
    names = reference_names()
    if wanted is not None:
        if wanted not in names:
            raise ModelError(
                Problem(
                    f"there is no reference company {wanted!r}",
                    allowed=", ".join(names),
                    suggestion=did_you_mean(wanted, names),
                )
            )
        return wanted, "it was asked for"
    if v.PRODUCE_GOODS in source.log.activities:
        return ORDER, "the log has production"
    days = _order_to_goods_issue_days(source)
    if days is None:
        return STOCK, "nothing in the log says whether goods are made to order"
    said = f"half of the goods leave within {days:.3g} days of the order"
    return (ORDER if days > MADE_TO_ORDER_DAYS else STOCK), said


def _order_to_goods_issue_days(source: Source) -> float | None:
    if source.case_type not in source.log.object_types:
        return None
    cases = source.log.flatten(source.case_type)
    name = pl.col("activity").cast(pl.String)
    issued = pl.col("time").filter(name == v.POST_GOODS_ISSUE).min()
    spans = cases.group_by("case").agg((issued - pl.col("time").min()).alias("span"))
    median = spans["span"].drop_nulls().dt.total_seconds().median()
    return None if median is None else float(str(median)) / 86_400


def lent(name: str) -> CompanyModel:
    """Return a reference company as what another one is assumed to be.

    Evidence about the reference company is none about another: every value is ``assumed``, and its
    source says where the reference company has it from.
    """
    model = load_company(name)
    return CompanyModel.model_validate(_assumed(model.model_dump(by_alias=True), name))


def _assumed(node: Any, name: str) -> Any:
    if not isinstance(node, Mapping):
        return node
    if {"value", "provenance", "source"} == node.keys():
        kind, source = node["provenance"], str(node["source"] or "no source")
        said = source if kind == "assumed" else f"{source} ({kind} there)"
        return {
            "value": node["value"],
            "provenance": "assumed",
            "source": f"as the reference company {name}: {said}",
        }
    return {key: _assumed(item, name) for key, item in node.items()}


def scaled(company: CompanyModel, name: str, orders_per_week: float) -> tuple[Value, ...]:
    """Return what must follow the number of orders for a reference company to keep working.

    Parameters
    ----------
    company
        The reference company, as :func:`lent` gives it.
    name
        Its name.
    orders_per_week
        Of the company that is calibrated.

    Returns
    -------
    tuple of Value
        Headcounts, customers and products in proportion to the orders, headcounts rounded up: a
        desk for a tenth of the orders would drown in them.
    """
    ratio = orders_per_week / company.demand.orders_per_week.value
    said = f"in proportion to the orders: {ratio:.3g} times those of the reference company {name}"
    values = [
        Value(f"staff.{role}.headcount", max(1, math.ceil(pool.headcount.value * ratio - 1e-9)),
              "assumed", f"{said}, rounded up")
        for role, pool in company.staff.items()
        if not pool.teams.value
    ]  # fmt: skip
    for path, count in (
        ("customers.count", company.customers.count.value),
        ("products.count", company.products.count.value),
    ):
        values.append(Value(path, max(1, round(count * ratio)), "assumed", said))
    return tuple(values)
