"""XES: the log flattened on one object type, IEEE 1849-2016.

One ``event`` per activity instance: ``time:timestamp`` is its completion, and where the start
is known it is the attribute ``start_timestamp``, which pm4py and the simulation literature
read. Written here because the engines' writers reorder attributes from run to run (r4pm) or
need a pandas table (pm4py).
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

import polars as pl

from mining.write.text import plain, standard_type, xml_text
from o2c_sim.eventlog import EventLog

_NAMES = {
    "activity": "concept:name",
    "time": "time:timestamp",
    "start": "start_timestamp",
    "resource": "org:resource",
    "role": "org:role",
}
_TAGS = {
    "boolean": "boolean",
    "integer": "int",
    "float": "float",
    "time": "date",
    "string": "string",
}
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<classifier name="Activity" keys="concept:name"/>
"""
CASES = 20_000


def write(log: EventLog, case_type: str, path: Path) -> None:
    """Write the cases of one type; objects without events have no trace.

    Parameters
    ----------
    log
        The log.
    case_type
        The object type that serves as the case notion.
    path
        The file to make.
    """
    flat = log.flatten(case_type)
    traces = log.objects_of(case_type).join(
        flat.select(object="case").unique(), on="object", how="semi"
    )
    columns = [c for c in flat.columns if c not in ("case", "event")]
    events = flat.lazy().select(
        "case",
        text=pl.concat_str(
            pl.lit("<event>"),
            pl.concat_str(
                [_attribute(flat, name, _NAMES.get(name, name)) for name in columns],
                ignore_nulls=True,
            ),
            pl.lit('<string key="lifecycle:transition" value="complete"/></event>\n'),
        ),
    )
    bodies = events.group_by("case", maintain_order=True).agg(pl.col("text").str.join("")).collect()
    named = [c for c in traces.columns if c not in ("object", "object_id", "type")]
    heads = traces.sort("object").select(
        "object",
        text=pl.concat_str(
            pl.lit("<trace>\n"),
            pl.concat_str(
                [
                    _attribute(traces, "object_id", "concept:name"),
                    *(_attribute(traces, name, name) for name in named),
                ],
                ignore_nulls=True,
            ),
            pl.lit("\n"),
        ),
    )
    whole = heads.join(bodies, left_on="object", right_on="case", suffix="_events")
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD)
        for piece in whole.sort("object").iter_slices(CASES):
            file.writelines(
                piece.select(pl.concat_str("text", "text_events", pl.lit("</trace>\n")))
                .to_series()
                .to_list()
            )
        file.write("</log>\n")


def _attribute(table: pl.DataFrame, name: str, key: str) -> pl.Expr:
    dtype = table.schema[name]
    tag = _TAGS[standard_type(dtype)]
    return pl.concat_str(
        pl.lit(f'<{tag} key={quoteattr(key)} value="'),
        xml_text(plain(name, dtype)),
        pl.lit('"/>'),
    )
