"""Values as SAP systems and their exports write them: numbers, money, times of day."""

from __future__ import annotations

import polars as pl

_MOST = 1e15  # beyond it a cent is lost


def blank(values: pl.Series) -> pl.Series:
    """Return text without blanks around it, null where there is nothing."""
    stripped = values.cast(pl.String).str.strip_chars()
    return stripped.to_frame("v").select(pl.when(pl.col("v") != "").then("v"))["v"]


def keys(values: pl.Series) -> pl.Series:
    """Return numbers of documents without leading zeros; null where there is none."""
    text = blank(values).str.replace(r"^0+(\d+)$", "$1")
    return text.to_frame("v").select(pl.when(pl.col("v") != "0").then("v"))["v"]


def numbers(values: pl.Series) -> pl.Series:
    """Return money as numbers: ``1234.56``, ``1.234,56``, ``1,234.56`` and ``1234.56-``."""
    text = blank(values).str.replace_all(r"[\s']", "")
    frame = text.to_frame("v").with_columns(
        pl.when(pl.col("v").str.ends_with("-"))
        .then(pl.concat_str(pl.lit("-"), pl.col("v").str.strip_chars_end("-")))
        .otherwise("v")
        .alias("v")
    )
    comma = pl.col("v").str.contains(r",\d{1,2}$") | pl.col("v").str.contains(r"\..*,")
    plain = (
        pl.when(comma)
        .then(
            pl.col("v").str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        )
        .otherwise(pl.col("v").str.replace_all(",", "", literal=True))
    )
    read = plain.cast(pl.Float64, strict=False)
    # "NaN" and "inf" read as numbers, and money they are not.
    return frame.select(pl.when(read.abs() < _MOST).then(read).alias("v"))["v"]


def clock(values: pl.Series) -> pl.Series:
    """Return microseconds of the day of ``235959``, ``23:59:59`` and ``PT23H59M59S``."""
    frame = values.str.strip_chars().to_frame("v")
    spelled = pl.col("v").str.extract_groups(r"^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$")
    digits = (
        pl.when(pl.col("v").str.contains(r"^\d{2}:\d{2}(:\d{2})?"))
        .then(
            pl.col("v").str.replace_all(":", "", literal=True).str.slice(0, 6).str.pad_end(6, "0")
        )
        .when(pl.col("v").str.contains(r"^\d{1,6}$"))
        .then(pl.col("v").str.zfill(6))
    )

    def part(at: int) -> pl.Expr:
        group = spelled.struct.field(str(at // 2 + 1)).cast(pl.Int64)
        known = pl.col("v").str.starts_with("PT")
        return pl.when(known).then(group.fill_null(0)).otherwise(
            digits.str.slice(at, 2).cast(pl.Int64, strict=False)
        )  # fmt: skip

    hours, minutes, seconds = part(0), part(2), part(4)
    valid = (hours < 24) & (minutes < 60) & (seconds < 60)
    micros = (hours * 3_600 + minutes * 60 + seconds) * 1_000_000
    return frame.select(pl.when(valid).then(micros).alias("v"))["v"]
