"""The comparison of two logs as plain-text tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.cli.tables import text_table, wrapped
from reports.number_text import NOT_AVAILABLE, duration_text, scale_of, value_text

if TYPE_CHECKING:
    import polars as pl

    from mining.log_comparison import LogComparison

_TOP = 8


def lines(found: LogComparison) -> list[str]:
    """Return a comparison as lines of text."""
    level = 1 - found.confidence
    said = [
        _side("first ", found.first),
        _side("second", found.second),
        *(wrapped(f"note: {note}", 6) for note in found.notes),
        "",
        _throughput(found),
    ]
    for title, table in (
        ("activity", found.activities),
        ("arc", found.arcs),
        ("variant", found.variants),
    ):
        said += ["", _counts(title, table, level)]
    said += ["", _lags(found.lags, level), "", *_kpis(found, level), "", _distances(found)]
    return said


def _side(which: str, side: Any) -> str:
    return wrapped(
        f"{which}: {side.source}, {side.cases:,} cases ({side.case_type}), {side.events:,} events, "
        f"{side.variants:,} variants",
        8,
    )


def _throughput(found: LogComparison) -> str:
    rows = [
        (
            f"throughput, {name}",
            duration_text(one.first),
            duration_text(one.second),
            duration_text(one.second - one.first),
            f"{duration_text(one.low)} to {duration_text(one.high)}",
        )
        for name, one in found.throughput.items()
    ]
    return text_table(
        ("time", "first", "second", "change", f"{found.confidence:.0%} interval"), rows
    )


def _counts(title: str, table: pl.DataFrame, level: float) -> str:
    """Return what differs by more than chance, the largest differences first."""
    import polars as pl

    sure = table.filter(pl.col("holm_p_value") <= level)
    summary = (
        f"{title}: {sure.height} of {table.height} differ by more than chance (Holm, {level:.2g}); "
        f"only in the second {table.filter(change='new').height}, only in the first "
        f"{table.filter(change='gone').height}"
    )
    if sure.is_empty():
        return wrapped(summary, 2)
    rows = [
        (
            _name(row),
            f"{row['first_per_case']:.4f}",
            f"{row['second_per_case']:.4f}",
            f"{row['difference']:+.4f}",
            f"{row['low']:+.4f} to {row['high']:+.4f}" if row["low"] is not None else NOT_AVAILABLE,
            row["change"],
        )
        for row in sure.sort(pl.col("difference").abs(), descending=True)
        .head(_TOP)
        .iter_rows(named=True)
    ]
    head = (title, "per case", "second", "change", "interval", "")
    return wrapped(summary, 2) + "\n" + text_table(head, rows, "lrrrrl")


def _name(row: dict[str, Any]) -> str:
    if "activities" in row:
        return " > ".join(row["activities"])
    return row["activity"] if "activity" in row else f"{row['source']} -> {row['target']}"


def _lags(table: pl.DataFrame, level: float) -> str:
    import polars as pl

    sure = table.filter(pl.col("holm_p_value") <= level)
    summary = (
        f"lag: {sure.height} of {table.height} steps that both logs have take another time (Holm, "
        f"{level:.2g})"
    )
    rows = [
        (
            f"{row['source']} -> {row['target']}",
            duration_text(row["first_median_hours"]),
            duration_text(row["second_median_hours"]),
            duration_text(row["difference_hours"]),
            f"{duration_text(row['low_hours'])} to {duration_text(row['high_hours'])}",
        )
        for row in sure.sort(pl.col("added_hours").abs(), descending=True)
        .head(_TOP)
        .iter_rows(named=True)
    ]
    if not rows:
        return wrapped(summary, 2)
    head = ("step", "median", "second", "change", "interval")
    return wrapped(summary, 2) + "\n" + text_table(head, rows)


def _kpis(found: LogComparison, level: float) -> list[str]:
    from mining.kpis import DEFINITIONS

    if found.kpis.is_empty():
        return ["no KPI that both logs carry"]
    rows = []
    for row in found.kpis.iter_rows(named=True):
        unit, change = row["unit"], row["difference"]
        scale = scale_of(unit, change, difference=True)
        p = row["holm_p_value"]
        verdict = "no interval" if p is None else ("differs" if p <= level else "-")
        known = row["low"] is not None
        interval = f"{scale.number(row['low'])} to {scale.number(row['high'])}" if known else ""
        rows.append(
            (
                DEFINITIONS[row["kpi"]].label.replace("90th percentile", "p90"),
                value_text(row["first"], unit),
                value_text(row["second"], unit),
                scale.text(change),
                interval,
                verdict,
            )
        )
    return [text_table(("KPI", "first", "second", "change", "interval", ""), rows, "lrrrrl")]


def _distances(found: LogComparison) -> str:
    rows = []
    for row in found.distances.iter_rows(named=True):
        beyond = row["chance_highest"] is not None and row["distance"] > row["chance_highest"]
        rows.append(
            (
                f"{row['label']} ({row['key'].upper()}, {row['unit']})",
                _figure(row["distance"]),
                _figure(row["chance_mean"]),
                _figure(row["chance_highest"]),
                "beyond chance" if beyond else "-",
            )
        )
    return text_table(("distance", "", "by chance", "at most", ""), rows, "lrrrl")


def _figure(value: float | None) -> str:
    return NOT_AVAILABLE if value is None or value != value else f"{value:,.4g}"
