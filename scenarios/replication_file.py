"""A replication as one Parquet file, bit for bit, with a checksum over the whole file.

One row, so that ``polars.scan_parquet`` over many of them is a table with one row a replication.
Lists hold the names and values of the KPIs (``kpi``, ``kpi.value``), costs and busy shares, each
curve by day (``flow.`` and a name for those of the ledger, ``whole.`` for those of the whole run)
and each column of the process map.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator

import numpy as np
import polars as pl

from mining.performance import DirectlyFollows
from scenarios.replication import Replication

SCHEMA = "o2c-replication/2"

_MISFITS = (KeyError, IndexError, TypeError, AttributeError)
_TABLES = ("edges", "activities", "starts", "ends")
# Raw in the footer, behind all data: it can be found and checked before anything is parsed.
_MARK = b"o2c-sha256:"
_UNKNOWN = b"0" * 64


class DamagedError(ValueError):
    """Bytes that are not the replication they should be."""


def encode(replication: Replication, key: str = "") -> bytes:
    """Return a replication as the bytes of a Parquet file.

    Parameters
    ----------
    replication
        What to keep.
    key
        What the file stands for, at most 64 characters; :func:`decode` checks it.
    """
    row = pl.DataFrame(dict(_columns(replication)))
    buffer = io.BytesIO()
    checksum = (_MARK + _UNKNOWN).decode()
    row.write_parquet(
        buffer,
        compression="zstd",
        statistics=False,
        metadata={"o2c.schema": SCHEMA, "o2c.key": key, "o2c.checksum": checksum},
    )
    content = buffer.getvalue()
    at = content.rindex(_MARK) + len(_MARK)
    digest = hashlib.sha256(content).hexdigest().encode()
    return content[:at] + digest + content[at + len(digest) :]


def decode(content: bytes, key: str = "") -> Replication:
    """Return the replication that :func:`encode` made bytes of.

    Raises
    ------
    DamagedError
        If the bytes are not what was written, or were written for another key.
    """
    at = content.rfind(_MARK) + len(_MARK)
    digest = content[at : at + len(_UNKNOWN)]
    blank = content[:at] + _UNKNOWN + content[at + len(_UNKNOWN) :]
    if at < len(_MARK) or hashlib.sha256(blank).hexdigest().encode() != digest:
        raise DamagedError("the checksum is wrong")
    try:
        about = pl.read_parquet_metadata(io.BytesIO(content))
        if about.get("o2c.schema") != SCHEMA or about.get("o2c.key") != key:
            raise DamagedError("it was written as something else")
        # use_pyarrow=False: no other reader than the one that wrote.
        return _replication(pl.read_parquet(io.BytesIO(content), use_pyarrow=False))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, *_MISFITS) as error:
        raise DamagedError(f"it cannot be read: {error}") from error


def _columns(replication: Replication) -> Iterator[tuple[str, pl.Series]]:
    for part, values in (
        ("kpi", replication.kpis),
        ("cost", replication.costs),
        ("busy", replication.utilisation),
    ):
        yield part, _listed(pl.Series(list(values), dtype=pl.String))
        yield f"{part}.value", _listed(pl.Series(list(values.values()), dtype=pl.Float64))
    yield "orders", pl.Series([replication.orders], dtype=pl.Int64)
    yield "receipts_to_date", _listed(pl.Series(replication.receipts_to_date, dtype=pl.Float64))
    yield "receivables", _listed(pl.Series(replication.receivables, dtype=pl.Float64))
    for name, flow in replication.flows.items():
        yield f"flow.{name}", _listed(pl.Series(flow, dtype=pl.Int64))
    for name, course in replication.whole_run.items():
        yield f"whole.{name}", _listed(pl.Series(course, dtype=pl.Int64))
    yield "warnings", _listed(pl.Series(list(replication.warnings), dtype=pl.String))
    if replication.process_map is not None:
        for table in _TABLES:
            for column in getattr(replication.process_map, table):
                yield f"map.{table}.{column.name}", _listed(column)
        yield "map.cases", pl.Series([replication.process_map.cases], dtype=pl.Int64)
        yield "map.events", pl.Series([replication.process_map.events], dtype=pl.Int64)


def _listed(values: pl.Series) -> pl.Series:
    # What Series.implode gives, without a query for each column.
    return pl.Series([values])


def _replication(row: pl.DataFrame) -> Replication:
    def numbers(part: str) -> dict[str, float]:
        return dict(zip(row[part][0], row[f"{part}.value"][0], strict=True))

    def columns(part: str) -> dict[str, pl.Series]:
        return {c.name.removeprefix(part): c for c in row if c.name.startswith(part)}

    of_map = columns("map.")
    return Replication(
        kpis=numbers("kpi"),
        receipts_to_date=row["receipts_to_date"][0].to_numpy().copy(),
        receivables=row["receivables"][0].to_numpy().copy(),
        utilisation=numbers("busy"),
        orders=row["orders"][0],
        process_map=_process_map(of_map) if of_map else None,
        warnings=tuple(row["warnings"][0]),
        costs=numbers("cost"),
        flows={name: c[0].to_numpy().astype(np.int64) for name, c in columns("flow.").items()},
        whole_run={name: c[0].to_numpy().astype(np.int64) for name, c in columns("whole.").items()},
    )


def _process_map(columns: dict[str, pl.Series]) -> DirectlyFollows:
    tables = {
        table: pl.DataFrame(
            {
                name.partition(".")[2]: column[0]
                for name, column in columns.items()
                if name.partition(".")[0] == table
            }
        )
        for table in _TABLES
    }
    return DirectlyFollows(**tables, cases=columns["cases"][0], events=columns["events"][0])
