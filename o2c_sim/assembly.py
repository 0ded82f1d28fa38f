"""From recorded rows and document registers to the object-centric event log."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim import costs
from o2c_sim import vocabulary as v
from o2c_sim.document_relations import DocumentRelations
from o2c_sim.enumerated import enumerated
from o2c_sim.eventlog import TIME, EventLog
from o2c_sim.model.section import ROLES
from o2c_sim.object_changes import object_changes
from o2c_sim.object_table import object_table
from o2c_sim.process import activity, opening
from o2c_sim.process.company import Company
from o2c_sim.process.demand import MINOR_UNITS
from o2c_sim.relations import Relation

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# So many events at a time, so that what is needed in passing stays small.
_CHUNK = 1 << 19

SYSTEM = "System"
ROLE_TITLES = {
    "order_desk": "Order desk",
    "credit": "Credit analyst",
    "warehouse": "Warehouse",
    "billing": "Biller",
    "collections": "Collector",
    "disputes": "Dispute analyst",
    "cash_application": "Cash applier",
}


def event_log(company: Company, source: str) -> EventLog:
    """Return the log of what has happened in a company so far.

    Parameters
    ----------
    company
        A company that has been run.
    source
        Description of the run, for people.
    """
    contents = opening.add_to_registers(
        company, company.order_book.contents(0, company.documents.orders)
    )
    web = DocumentRelations(company, contents)
    rows = company.recorder.table()
    return EventLog(
        events=_events(company, rows),
        objects=object_table(company, web, contents),
        event_objects=_event_objects(web, rows, company.activities),
        object_relations=_object_relations(web),
        object_changes=object_changes(company, web.first),
        zone=company.model.zone,
        source=source,
    )


def _events(company: Company, rows: Floats) -> pl.DataFrame:
    people, roles = [SYSTEM], [-1]
    for number, role in enumerate(ROLES):
        places = company.pools[role].places
        people.extend(f"{ROLE_TITLES[role]} {i + 1}" for i in range(places))
        roles.extend([number] * places)
    own = company.activities
    names = (*v.ACTIVITIES, *(activity_.name for activity_ in own))
    external = np.isin(np.arange(len(names)), activity.EXTERNAL)
    external[len(v.ACTIVITIES) :] = [activity_.external for activity_ in own]
    # By number of the person; after the last one comes nobody, who does what is external.
    nobody = len(people)
    resources = enumerated(np.append(np.arange(nobody), -1), people)
    role_of = enumerated(np.array(roles), [ROLE_TITLES[role] for role in ROLES])
    automated = pl.Series([True, *[False] * (nobody - 1), None])
    rates = costs.tariff(company)
    frames = []
    for start in range(0, max(len(rows), 1), _CHUNK):
        part = rows[start : start + _CHUNK]
        activities, person = part[:, 0].astype(np.uint32), part[:, 4].astype(np.uint32)
        who = pl.Series(np.where(external[activities], np.uint32(nobody), person))
        frames.append(
            pl.DataFrame(
                {
                    "event": np.arange(start, start + len(part), dtype=np.uint32),
                    "activity": enumerated(activities, names),
                    "start": _moments(company, part[:, 2]),
                    "time": _moments(company, part[:, 3]),
                    "resource": resources[who],
                    "role": role_of[pl.Series(person)],
                    "automated": automated[who],
                    "amount": _null_if_zero(part[:, 5] / MINOR_UNITS),
                    "cost": _null_if_zero(costs.of_events(rates, part)),
                }
            )
        )
    return pl.concat(frames)


def _moments(company: Company, seconds: Floats) -> pl.Series:
    micros = np.rint(seconds * 1e6).astype(np.int64) + company.clock.epoch_microseconds
    return pl.Series(micros).cast(TIME)


def _null_if_zero(amounts: Floats) -> pl.Series:
    amounts[amounts == 0] = np.nan
    return pl.Series(amounts, nan_to_null=True)


def _event_objects(
    web: DocumentRelations, rows: Floats, own: tuple[activity.OwnActivity, ...]
) -> pl.DataFrame:
    """Return which objects each event is related to, sorted by event and object."""
    registers = list(activity.ABOUT)
    register_of = np.full(len(v.ACTIVITIES) + len(own), len(registers), dtype=np.uint16)
    for place, register in enumerate(registers):
        register_of[list(activity.ABOUT[register])] = place
    register_of[len(v.ACTIVITIES) :] = [registers.index(activity_.about) for activity_ in own]
    counts = [web.counts[object_type] for object_type in v.OBJECT_TYPES]
    kinds = np.repeat(np.arange(len(counts), dtype=np.uint32), counts)
    types = enumerated(kinds, v.OBJECT_TYPES)
    frames = []
    for start in range(0, max(len(rows), 1), _CHUNK):
        part = rows[start : start + _CHUNK]
        activities, numbers = part[:, 0].astype(np.uint16), part[:, 1].astype(np.int64)
        # Events and objects in one number, so that one sort of plain integers puts both in order.
        events = np.arange(start, start + len(part)) << 32
        keys: list[Ints] = [np.empty(0, np.int64)]

        def link(
            where: Ints,
            links: Iterable[tuple[str, Relation | None]],
            numbers: Ints = numbers,
            events: Ints = events,
            keys: list[Ints] = keys,
        ) -> None:
            event, number = events[where], numbers[where]
            for object_type, relation in links:
                if relation is None:
                    keys.append(event + (number + web.first[object_type]))
                else:
                    counts, found = relation.expand(number)
                    found = found + np.int64(web.first[object_type])
                    keys.append(np.repeat(event, counts) + found)

        for register, where in zip(registers, _places(register_of[activities]), strict=False):
            link(where, web.related[register])
        of_activity = _places(activities)
        for activity_number, besides in web.besides.items():
            if activity_number < len(of_activity):
                link(of_activity[activity_number], besides)
        key = np.concatenate(keys)
        keys.clear()
        key.sort(kind="stable")
        objects = key.astype(np.uint32)
        key >>= 32
        frames.append(
            pl.DataFrame(
                {
                    "event": key.astype(np.uint32),
                    "object": objects,
                    "qualifier": types[pl.Series(objects)],
                }
            )
        )
    return pl.concat(frames)


def _places(numbers: npt.NDArray[np.uint16]) -> list[Ints]:
    """Return where each number is, from 0 to the largest."""
    # Small numbers are sorted by their digits, which takes less than to search for each of them.
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.cumsum(np.bincount(numbers))[:-1])


def _object_relations(web: DocumentRelations) -> pl.DataFrame:
    names = [name for name, *_ in web.lasting]
    counts = [len(relation.targets) for *_, relation in web.lasting]
    ends = np.cumsum(counts)
    source, target = np.empty((2, ends[-1]), dtype=np.uint32)
    for end, (_, source_type, target_type, relation) in zip(ends, web.lasting, strict=True):
        sources, targets = relation.pairs()
        own = slice(end - len(targets), end)
        source[own], target[own] = sources, targets
        source[own] += np.uint32(web.first[source_type])
        target[own] += np.uint32(web.first[target_type])
    return pl.DataFrame(
        {
            "source": source,
            "target": target,
            "qualifier": enumerated(
                np.repeat(np.arange(len(names), dtype=np.uint32), counts), names
            ),
        }
    )
