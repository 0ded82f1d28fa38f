"""Two halves of a company: orders from one log, payments from another company's invoices.

Nothing ties an order of the log to an invoice of the list. What is linked is customers by size:
the list gives the groups of customers by how they pay, with the share of customers in each and
how many invoices they get compared with the others; the log gives how many customers there are
and how much they order. Customers who get many invoices in the list are so the ones who order
much in the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mining.calibration.estimate import Source
from mining.calibration.receivables import invoice_rows
from mining.linked_objects import linked_objects
from o2c_sim import vocabulary as v

# Medians so far apart make one company of two doubtful.
_FAR_APART = 3.0


@dataclass(frozen=True, slots=True)
class Seam:
    """Where the two halves of a stitched company come from, and how well they go together.

    Parameters
    ----------
    front, back
        The log of the orders, and the list of the invoices.
    front_customers, back_customers
        Customers of each; None where it does not tell.
    front_median, back_median
        Median amount of an order or invoice, currency; None where unknown.
    """

    front: str
    back: str
    front_customers: int | None
    back_customers: int | None
    front_median: float | None
    back_median: float | None

    @property
    def words(self) -> tuple[str, ...]:
        """What every report of a stitched company has to say."""
        said = [
            f"This company is stitched from two: orders to goods issue or invoice from "
            f"{self.front}, payments from {self.back}.",
            "No order is tied to an invoice of the list: customers are linked by size, through "
            "the groups that pay alike and how many invoices each gets.",
            "What the two halves do to each other (credit blocks after late payment, disputes "
            "after late delivery) is that of the model, not of the data.",
        ]
        if self.front_customers is not None and self.back_customers is not None:
            said.append(
                f"The log has {self.front_customers:,} customers, the list {self.back_customers:,}."
            )
        if self.front_median is not None and self.back_median is not None:
            said.append(
                f"Half of the orders are worth {self.front_median:,.0f} or less, half of the "
                f"invoices {self.back_median:,.0f}: amounts are those of the log."
            )
            if not 1 / _FAR_APART <= self.front_median / self.back_median <= _FAR_APART:
                said.append(
                    "The amounts are so far apart that the customers of the list may be of "
                    "another kind: check how they pay before relying on the cash."
                )
        return tuple(said)


def seam(source: Source) -> Seam | None:
    """Return how two halves were put together; None if the company comes from one source.

    A list on its own is no second half.
    """
    has_orders = bool({v.ORDER, v.ORDER_LINE} & set(source.log.object_types))
    if source.receivables is None or not has_orders:
        return None
    rows = invoice_rows(source)
    known = rows["customer"].drop_nulls()
    positive = rows.filter(pl.col("amount") > 0)["amount"]
    return Seam(
        source.name,
        source.receivables_name,
        _customers(source),
        known.n_unique() if len(known) and known.n_unique() > 1 else None,
        _median_order(source),
        _number(positive.median()),
    )


def _customers(source: Source) -> int | None:
    log = source.log
    if v.CUSTOMER in log.object_types:
        return log.objects_of(v.CUSTOMER).height
    if "customer" in log.objects.columns:
        return log.objects["customer"].drop_nulls().n_unique() or None
    links = linked_objects(log, source.case_type).get(v.CUSTOMER)
    return None if links is None else links["linked"].n_unique()


def _median_order(source: Source) -> float | None:
    for kind in (v.ORDER, v.ORDER_LINE):
        if kind not in source.log.object_types:
            continue
        rows = source.log.objects_of(kind)
        for name in ("value", "amount", "net_value", "NetValue"):
            if name in rows.columns and rows[name].dtype.is_numeric():
                return _number(rows.filter(pl.col(name) > 0)[name].median())
    return None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value > 0 else None
