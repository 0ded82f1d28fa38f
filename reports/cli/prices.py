"""Deviations with their price, as ``o2c check`` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.number_text import value_text

if TYPE_CHECKING:
    import polars as pl

    from mining.compliance import RuleResult
    from mining.conformance import Conformance
    from mining.read import ReadLog

# Assumed; the domain's usual weighted cost of capital, as in the reference companies.
COST_OF_CAPITAL = 0.09
_TOP = 12


def price_list(
    read: ReadLog,
    case_type: str,
    result: Conformance,
    results: list[RuleResult],
    *,
    grain: str | None,
    cost_of_capital: float,
) -> pl.DataFrame:
    """Return the deviations of a check and the broken rules with their price.

    Parameters
    ----------
    read
        The log as read.
    case_type
        The case notion of the check.
    result
        The result of the check, over all cases or the completed ones.
    results
        What the rules found.
    grain
        That of a check against the normative model; None for another model, which speaks in the
        log's own names.
    cost_of_capital
        Per year, as a fraction.
    """
    from mining.deviation_prices import from_conformance, from_rules, priced
    from mining.reference_view import in_process_order, translate

    view = read.log.flatten(case_type)
    if grain is not None:
        view = in_process_order(translate(view)[0], grain)  # type: ignore[arg-type]
    found = [*from_conformance(view, case_type, result), *from_rules(results)]
    return priced(read.log, found, cost_of_capital=cost_of_capital)


def price_rows(prices: pl.DataFrame, currency: str) -> list[dict[str, str]]:
    """Return the rows of a table, each column's head to its text."""
    money = f" ({currency})" if currency else ""
    return [
        {
            "deviation": row["kind"],
            "what": row["what"],
            "cases": f"{row['cases']:,}",
            "share": "" if row["share"] is None else f"{row['share']:.1%}",
            "added days": _days(row["added_mean_days"]),
            "95 % interval": _interval(row["added_low_days"], row["added_high_days"]),
            f"cash tied up{money}": _money(row["cash_tied_up"]),
            f"cost{money}": _money(row["cash_cost"]),
        }
        for row in prices.iter_rows(named=True)
    ]


def price_table(prices: pl.DataFrame, currency: str, top: int = _TOP) -> str:
    """Return the dearest deviations as text."""
    from reports.cli.tables import text_table, wrapped

    if prices.is_empty():
        return "no deviations and no broken rules"
    rows = price_rows(prices.head(top), currency)
    table = text_table(tuple(rows[0]), [tuple(row.values()) for row in rows], "llrrrrrr")
    more = prices.height - top
    left = f"\n{more} more with --json" if more > 0 else ""
    from mining.deviation_prices import ASSOCIATION

    return f"{table}{left}\n{wrapped(ASSOCIATION)}"


def _days(days: float | None) -> str:
    return "-" if days is None else f"{days:+.1f}"


def _interval(low: float | None, high: float | None) -> str:
    return "-" if low is None else f"{low:+.1f} to {high:+.1f}"


def _money(amount: float | None) -> str:
    return "-" if amount is None else value_text(amount, "currency", "").strip()
