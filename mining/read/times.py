"""Time stamps: text in any usual notation to naive UTC microseconds.

The date order of ``03/04/2016`` cannot be seen in one value. It is decided for the whole
column: by a value that only one order allows, else by the order that makes the log shorter,
else day first; every decision that evidence did not force is said in a note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from o2c_sim.eventlog import TIME

NAMED = ("iso", "day-first", "month-first", "epoch")

_CLOCK = (
    r"(?:(?:[T,]|\s)\s*(?P<hour>\d{1,2}):?(?P<minute>\d{2})"
    r"(?::?(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?)?"
    r"\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?\s*$"
)
_YEAR_FIRST = r"^\s*(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _CLOCK
_COMPACT = r"^\s*(\d{4})(\d{2})(\d{2})(\D|$)"
_COMPACT_CLOCK = r"^\s*(\d{4})(\d{2})(\d{2})(\d{6})$"
_YEAR_LAST = r"^\s*(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second_>\d{1,2})[-/.](?P<year>\d{4}|\d{2})"
_DAY_NAME = r"^\s*(?P<day>\d{1,2})[-./ ]+(?P<month>[A-Za-z]{3})[a-z]*[-./, ]+(?P<year>\d{4}|\d{2})"
_NAME_DAY = r"^\s*(?P<month>[A-Za-z]{3})[a-z]*\.?\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The outcome of :func:`parse`.

    Parameters
    ----------
    values
        One naive UTC Datetime per input value; null where the input is null or unreadable.
    time_format
        The format that was used, usable as ``ColumnMapping.time_format``.
    notes
        Decisions that the data did not force.
    """

    values: pl.Series
    time_format: str
    notes: tuple[str, ...] = ()


def parse(values: pl.Series, zone: str, time_format: str | None = None) -> Parsed:
    """Turn time stamps into naive UTC microseconds.

    Parameters
    ----------
    values
        Text, Date or Datetime values.
    zone
        IANA time zone of stamps that carry no offset.
    time_format
        See :class:`~mining.read.mapping.ColumnMapping`; ``None`` guesses.

    Returns
    -------
    Parsed
        The values, the format used and notes.
    """
    if values.dtype == pl.Date:
        values = values.cast(TIME)
    if isinstance(values.dtype, pl.Datetime):
        return _typed(values, zone)
    if values.dtype != pl.String:
        values = values.cast(pl.Int64, strict=False).cast(pl.String)
    unique = values.drop_nulls().unique()
    notes: list[str] = []
    if time_format is not None and time_format not in NAMED:
        table, used = _with_format(unique, time_format), time_format
    else:
        table, used, notes = _guess(unique, time_format)
    utc, shift_notes = _to_utc(table, zone)
    lookup = pl.DataFrame({"text": unique, "utc": utc})
    joined = (
        values.rename("text").to_frame().join(lookup, on="text", how="left", maintain_order="left")
    )
    return Parsed(joined["utc"].rename(values.name), used, tuple(notes + shift_notes))


def parsable_share(values: pl.Series) -> float:
    """Return the share of the non-null values of a sample that read as time stamps."""
    if values.dtype == pl.Date or isinstance(values.dtype, pl.Datetime):
        return 1.0
    present = values.drop_nulls()
    if values.dtype != pl.String or present.is_empty():
        return 0.0
    table, used, _ = _guess(present, None)
    if used == "epoch":
        return 0.0
    return float(table["naive"].is_not_null().mean() or 0.0)  # type: ignore[arg-type]


def _typed(values: pl.Series, zone: str) -> Parsed:
    assert isinstance(values.dtype, pl.Datetime)
    if values.dtype.time_zone is not None:
        aware = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return Parsed(aware.dt.cast_time_unit("us"), "iso")
    naive = values.dt.cast_time_unit("us").rename("naive")
    table = naive.to_frame().with_columns(offset=pl.lit(None, dtype=pl.Int32))
    utc, notes = _to_utc(table, zone)
    return Parsed(utc.rename(values.name), "iso", tuple(notes))


def _guess(unique: pl.Series, wanted: str | None) -> tuple[pl.DataFrame, str, list[str]]:
    """Return the columns ``naive`` and ``offset`` (minutes), the format used and notes."""
    frame = unique.rename("text").to_frame()
    if wanted in (None, "iso"):
        # The usual notation first: one vectorised parse instead of a regular expression.
        quick = frame.select(
            pl.col("text")
            .str.replace("T", " ", literal=True)
            .str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
            .alias("naive")
        )
        if quick["naive"].null_count() == 0:
            return quick.with_columns(offset=pl.lit(None, dtype=pl.Int32)), "iso", []
    if wanted == "epoch" or (wanted is None and _looks_like_epoch(unique)):
        notes = [] if wanted else ["time stamps are numbers: read as seconds (or ms) since 1970"]
        return _epoch(frame), "epoch", notes
    frame = frame.with_columns(
        pl.col("text")
        .str.replace(_COMPACT, "${1}-${2}-${3}${4}")
        .str.replace(_COMPACT_CLOCK, "${1}-${2}-${3} ${4}")
    )
    iso = _clock(frame, _YEAR_FIRST, pl.col("month"))
    if wanted == "iso" or iso["naive"].null_count() == 0:
        return iso, "iso", []
    last, used, notes = _year_last(frame, wanted)
    parts = [iso, last]
    for pattern in (_DAY_NAME, _NAME_DAY):
        number = (
            pl.col("month")
            .str.to_lowercase()
            .replace_strict(
                list(_MONTHS), [str(i) for i in range(1, 13)], default=None, return_dtype=pl.String
            )
        )
        parts.append(_clock(frame, pattern + _CLOCK, number))
    naive = pl.select(pl.coalesce([part["naive"] for part in parts])).to_series().rename("naive")
    offset = pl.select(pl.coalesce([part["offset"] for part in parts])).to_series().rename("offset")
    if last["naive"].null_count() == last.height:
        used, notes = "iso", []
    return pl.DataFrame([naive, offset]), used, notes


def _year_last(frame: pl.DataFrame, wanted: str | None) -> tuple[pl.DataFrame, str, list[str]]:
    groups = frame.select(pl.col("text").str.extract_groups(_YEAR_LAST)).unnest("text").drop_nulls()
    first = groups["first"].cast(pl.Int32, strict=False)
    second = groups["second_"].cast(pl.Int32, strict=False)
    day_first = _clock(frame, _renamed("day", "month"), pl.col("month"))
    if groups.is_empty():
        return day_first, "iso", []
    month_first = _clock(frame, _renamed("month", "day"), pl.col("month"))
    proof_day = bool((first > 12).any())
    proof_month = bool((second > 12).any())
    if wanted is not None:
        return (month_first if wanted == "month-first" else day_first), wanted, []
    if proof_day != proof_month:
        return (day_first, "day-first", []) if proof_day else (month_first, "month-first", [])
    if proof_day:
        worse = min(day_first["naive"].null_count(), month_first["naive"].null_count())
        note = f"dates mix day-first and month-first order; {worse} distinct stamps unreadable"
        better = day_first["naive"].null_count() <= month_first["naive"].null_count()
        return (day_first, "day-first", [note]) if better else (month_first, "month-first", [note])
    if groups["mark"].unique().to_list() == ["."]:
        return day_first, "day-first", ["dates with dots read as day.month.year"]
    spans = [_span_days(part["naive"]) for part in (day_first, month_first)]
    chosen = 1 if spans[1] < spans[0] else 0
    names = ("day-first", "month-first")
    note = (
        f"ambiguous dates such as {frame['text'].sort()[0]!r}: read {names[chosen]} "
        f"(they span {spans[chosen]} days so, {names[1 - chosen]} {spans[1 - chosen]}); "
        f"to change: --time-format {names[1 - chosen]}"
    )
    return (day_first, month_first)[chosen], names[chosen], [note]


def _span_days(naive: pl.Series) -> int:
    low, high = naive.min(), naive.max()
    if low is None or high is None:
        return 10**6
    return int((high - low).days)  # type: ignore[operator, union-attr]


def _renamed(first: str, second: str) -> str:
    pattern = _YEAR_LAST.replace("?P<first>", f"?P<{first}>")
    return pattern.replace("?P<second_>", f"?P<{second}>") + _CLOCK


def _clock(frame: pl.DataFrame, pattern: str, month: pl.Expr) -> pl.DataFrame:
    parts = frame.select(pl.col("text").str.extract_groups(pattern)).unnest("text")
    hour = pl.col("hour").cast(pl.Int32).fill_null(0)
    half = pl.col("half").str.to_lowercase()
    hour = (
        pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour)
    )
    year = pl.col("year").cast(pl.Int32)
    year = pl.when(pl.col("year").str.len_bytes() == 2).then(year + 2000).otherwise(year)
    digits = pl.col("offset").str.replace_all(r"[^0-9]", "").str.pad_end(4, "0")
    sign = pl.when(pl.col("offset").str.starts_with("-")).then(-1).otherwise(1)
    minutes = digits.str.slice(0, 2).cast(pl.Int32) * 60 + digits.str.slice(2, 2).cast(pl.Int32)
    text = pl.concat_str(
        year.cast(pl.String),
        month.str.zfill(2),
        pl.col("day").str.zfill(2),
        hour.cast(pl.String).str.zfill(2),
        pl.col("minute").fill_null("00"),
        pl.col("second").fill_null("00"),
        pl.col("fraction").fill_null("0").str.slice(0, 6).str.pad_end(6, "0"),
        separator=" ",
    )
    # A concatenation with a null part is null, which is right for text without a match.
    return parts.select(
        naive=text.str.to_datetime(
            "%Y %m %d %H %M %S %6f", time_unit="us", strict=False, exact=True
        ),
        offset=(sign * minutes).cast(pl.Int32),
    )


def _looks_like_epoch(unique: pl.Series) -> bool:
    return not unique.is_empty() and bool(unique.str.contains(r"^\s*\d{10}(\d{3})?\s*$").all())


def _epoch(frame: pl.DataFrame) -> pl.DataFrame:
    number = pl.col("text").str.strip_chars().cast(pl.Int64, strict=False)
    micros = pl.when(number >= 10**11).then(number * 1_000).otherwise(number * 1_000_000)
    return frame.select(naive=micros.cast(TIME), offset=pl.lit(0, dtype=pl.Int32))


def _with_format(unique: pl.Series, time_format: str) -> pl.DataFrame:
    text = unique.rename("text").str.strip_chars()
    # Python writes a fraction as ".%f", the engine as "%.f".
    spelled = re.sub(r"\.%f", "%.f", time_format)
    if "%z" in spelled:
        aware = text.str.to_datetime(spelled, time_unit="us", strict=False)
        naive = aware.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return pl.DataFrame({"naive": naive}).with_columns(offset=pl.lit(0, dtype=pl.Int32))
    if re.search(r"%[HIMSTRckXs]", spelled):
        naive = text.str.to_datetime(spelled, time_unit="us", strict=False)
    else:
        naive = text.str.to_date(spelled, strict=False).cast(TIME)
    return pl.DataFrame({"naive": naive}).with_columns(offset=pl.lit(None, dtype=pl.Int32))


def _to_utc(table: pl.DataFrame, zone: str) -> tuple[pl.Series, list[str]]:
    with_offset = pl.col("naive") - pl.duration(minutes=pl.col("offset"))
    if zone == "UTC":
        return table.select(pl.coalesce(with_offset, "naive").alias("utc"))["utc"], []
    hour = pl.duration(hours=1)
    # A clock reading that the spring change skips is read with the offset before the change.
    table = table.with_columns(
        local=_localised(pl.col("naive"), zone),
        later=_localised(pl.col("naive"), zone, "latest"),
        skipped=_localised(pl.col("naive") - hour, zone) + hour,
    )
    own = pl.col("offset").is_null() & pl.col("naive").is_not_null()
    counts = table.select(
        skipped=(own & pl.col("local").is_null()).sum(),
        repeated=(own & (pl.col("local") != pl.col("later"))).sum(),
    ).row(0)
    notes = [
        f"{count} distinct stamps lie in the hour that the clock of {zone} {verb}"
        for count, verb in zip(counts, ("skips", "repeats; the earlier is taken"), strict=True)
        if count
    ]
    utc = table.select(pl.coalesce(with_offset, "local", "skipped").alias("utc"))["utc"]
    return utc, notes


def _localised(naive: pl.Expr, zone: str, ambiguous: str = "earliest") -> pl.Expr:
    return (
        naive.dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")  # type: ignore[arg-type]
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None)
    )
