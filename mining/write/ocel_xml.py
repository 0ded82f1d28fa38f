"""OCEL 2.0 XML; written here for the reasons given in :mod:`mining.write.ocel_json`."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

import polars as pl

from mining.write.parts import EPOCH, Parts, attributes, slices
from mining.write.text import plain, xml_text


def write(parts: Parts, path: Path) -> None:
    """Write the parts of a log as one OCEL 2.0 XML file.

    Parameters
    ----------
    parts
        See :func:`~mining.write.parts.split`.
    path
        The file to make.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<log>\n')
        file.write(_types("object", parts.object_types))
        file.write(_types("event", parts.event_types))
        file.write("<objects>\n")
        for piece in slices(_with_lists(parts.objects, "object", _of_objects(parts))):
            file.writelines(_objects(piece))
        file.write("</objects>\n<events>\n")
        for piece in slices(_with_lists(parts.events, "event", _of_events(parts))):
            file.writelines(_events(piece))
        file.write("</events>\n</log>\n")


def _types(what: str, types: dict[str, dict[str, str]]) -> str:
    lines = [f"<{what}-types>\n"]
    for name, declared in types.items():
        inner = "".join(
            f"<attribute name={quoteattr(attribute)} type={quoteattr(kind)}/>"
            for attribute, kind in declared.items()
        )
        lines.append(
            f"<{what}-type name={quoteattr(name)}><attributes>{inner}</attributes></{what}-type>\n"
        )
    return "".join(lines) + f"</{what}-types>\n"


def _relationship(name: str) -> pl.Expr:
    return pl.concat_str(
        pl.lit('<relationship object-id="'), xml_text(pl.col(name)),
        pl.lit('" qualifier="'), xml_text(pl.col("qualifier")), pl.lit('"/>'),
    )  # fmt: skip


def _of_events(parts: Parts) -> dict[str, pl.LazyFrame]:
    related = parts.event_objects.lazy().select("event", text=_relationship("object_id"))
    return {"relationships": related}


def _of_objects(parts: Parts) -> dict[str, pl.LazyFrame]:
    related = parts.object_relations.lazy().select(
        pl.col("source").alias("object"), text=_relationship("target_id")
    )
    changed = parts.object_changes.lazy().select(
        "object",
        text=pl.concat_str(
            pl.lit('<attribute name="'), xml_text(pl.col("attribute")),
            pl.lit('" time="'), plain("time", pl.Datetime("us")),
            pl.lit('">'), xml_text(pl.col("value").fill_null("null")), pl.lit("</attribute>"),
        ),
    )  # fmt: skip
    return {"relationships": related, "changes": changed}


def _with_lists(table: pl.DataFrame, key: str, lists: dict[str, pl.LazyFrame]) -> pl.DataFrame:
    lazy = table.lazy()
    for name, frame in lists.items():
        joined = frame.group_by(key, maintain_order=True).agg(pl.col("text").str.join(""))
        lazy = lazy.join(
            joined.rename({"text": f"@{name}"}), on=key, how="left", maintain_order="left"
        )
    return lazy.collect()


def _attribute_texts(table: pl.DataFrame, time: str) -> list[pl.Expr]:
    return [
        pl.concat_str(
            pl.lit(f"<attribute name={quoteattr(name)}{time}>"),
            xml_text(plain(name, table.schema[name])),
            pl.lit("</attribute>"),
        )
        for name in attributes(table)
        if not name.startswith("@")
    ]


def _list(name: str, texts: list[pl.Expr]) -> pl.Expr:
    joined = pl.concat_str(texts, ignore_nulls=True) if texts else pl.lit("")
    return pl.concat_str(pl.lit(f"<{name}>"), joined, pl.lit(f"</{name}>"))


def _objects(piece: pl.DataFrame) -> list[str]:
    texts = [*_attribute_texts(piece, f' time="{EPOCH}"'), pl.col("@changes")]
    return piece.select(
        pl.concat_str(
            pl.lit('<object id="'), xml_text(pl.col("id")),
            pl.lit('" type="'), xml_text(pl.col("type")), pl.lit('">'),
            _list("attributes", texts), _list("objects", [pl.col("@relationships")]),
            pl.lit("</object>\n"),
        )
    ).to_series().to_list()  # fmt: skip


def _events(piece: pl.DataFrame) -> list[str]:
    return piece.select(
        pl.concat_str(
            pl.lit('<event id="'), xml_text(pl.col("id")),
            pl.lit('" type="'), xml_text(pl.col("activity")),
            pl.lit('" time="'), plain("time", piece.schema["time"]), pl.lit('">'),
            _list("attributes", _attribute_texts(piece, "")),
            _list("objects", [pl.col("@relationships")]), pl.lit("</event>\n"),
        )
    ).to_series().to_list()  # fmt: skip
