"""Small event logs written by hand, with known times and amounts."""

import datetime as dt

import polars as pl

from o2c_sim import EventLog
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import TIME


def moment(text):
    """Return ``MM-DD HH:MM`` of 2025 as a datetime (naive UTC)."""
    return dt.datetime.strptime(f"2025-{text}", "%Y-%m-%d %H:%M")


def build(orders, zone="UTC"):
    """Return a log.

    Parameters
    ----------
    orders
        One dictionary an order: ``steps``, a list of (activity, ``MM-DD HH:MM`` in UTC, who)
        with who ``"system"``, ``"person"`` or None; ``amount`` and ``due`` (``MM-DD``) of its
        invoice if it has one, ``credit`` of its credit memo.
    zone
        The company's zone.
    """
    steps = sorted(
        (moment(when), number, place, activity, who)
        for number, order in enumerate(orders)
        for place, (activity, when, who) in enumerate(order["steps"])
    )
    billed = [number for number, order in enumerate(orders) if "amount" in order]
    invoice = {number: len(orders) + i for i, number in enumerate(billed)}
    money = (v.CREATE_INVOICE, v.RECEIVE_PAYMENT, v.CLEAR_INVOICE, v.WRITE_OFF_INVOICE)
    about_invoice = (
        *money,
        v.SEND_INVOICE,
        v.SEND_DUNNING_LEVEL_1,
        v.OPEN_DISPUTE,
        v.RESOLVE_DISPUTE,
        v.CREATE_CREDIT_MEMO,
    )

    def moved(activity, order):
        if activity == v.CREATE_CREDIT_MEMO:
            return order["credit"]
        if activity == v.RECEIVE_ORDER:
            return order.get("amount")
        return order["amount"] if activity in money else None

    times = pl.Series([step[0] for step in steps], dtype=TIME)
    people = [step[4] for step in steps]
    events = pl.DataFrame(
        {
            "event": pl.Series(range(len(steps)), dtype=pl.UInt32),
            "activity": pl.Series([s[3] for s in steps], dtype=pl.Enum(v.ACTIVITIES)),
            "start": times,
            "time": times,
            "resource": pl.Series(people, dtype=pl.Enum(["person", "system"])),
            "role": pl.Series([None] * len(steps), dtype=pl.Enum(["desk"])),
            "automated": [None if who is None else who == "system" for who in people],
            "amount": pl.Series(
                [moved(step[3], orders[step[1]]) for step in steps], dtype=pl.Float64
            ),
        },
        schema_overrides={"automated": pl.Boolean},
    )
    links = [(e, step[1], v.ORDER) for e, step in enumerate(steps)] + [
        (e, invoice[step[1]], v.INVOICE) for e, step in enumerate(steps) if step[3] in about_invoice
    ]
    kinds = [v.ORDER] * len(orders) + [v.INVOICE] * len(billed)
    blank = [None] * len(orders)
    objects = pl.DataFrame(
        {
            "object": pl.Series(range(len(kinds)), dtype=pl.UInt32),
            "object_id": [f"{kind[0].upper()}{i}" for i, kind in enumerate(kinds)],
            "type": pl.Series(kinds, dtype=pl.Enum(v.OBJECT_TYPES)),
            "amount": pl.Series([*blank, *(orders[n]["amount"] for n in billed)], dtype=pl.Float64),
            "due_date": pl.Series(
                [*blank, *(moment(f"{orders[n]['due']} 00:00") for n in billed)], dtype=TIME
            ),
        }
    )
    event_objects = pl.DataFrame(
        links,
        schema={"event": pl.UInt32, "object": pl.UInt32, "qualifier": pl.Enum(v.OBJECT_TYPES)},
        orient="row",
    ).sort("event", "object")
    return EventLog(events, objects, event_objects, zone=zone)


def web(objects, steps, zone="UTC"):
    """Return a log of objects that belong together in any way.

    Parameters
    ----------
    objects
        Name to (type, attributes): an ``amount``, a ``quantity``, a ``due_date``, a
        ``promised_date`` or a ``requested_date``.
    steps
        (``MM-DD HH:MM`` in UTC, activity, names of objects with blanks between, amount, cost,
        who); the last three may be left out, who is ``"system"``, ``"person"`` or None.
    zone
        The company's zone.
    """
    steps = sorted((moment(step[0]), place, step) for place, step in enumerate(steps))
    numbers = {name: number for number, name in enumerate(objects)}
    padded = [(*step, None, None, None)[:6] for _, _, step in steps]
    people = [step[5] for step in padded]
    times = pl.Series([when for when, _, _ in steps], dtype=TIME)
    events = pl.DataFrame(
        {
            "event": pl.Series(range(len(steps)), dtype=pl.UInt32),
            "activity": pl.Series([step[1] for step in padded], dtype=pl.Enum(v.ACTIVITIES)),
            "start": times,
            "time": times,
            "resource": pl.Series(people, dtype=pl.Enum(["person", "system"])),
            "role": pl.Series([None] * len(steps), dtype=pl.Enum(["desk"])),
            "automated": pl.Series(
                [None if who is None else who == "system" for who in people], dtype=pl.Boolean
            ),
            "amount": pl.Series([step[3] for step in padded], dtype=pl.Float64),
            "cost": pl.Series([step[4] for step in padded], dtype=pl.Float64),
        }
    )
    links = [
        (place, numbers[name], objects[name][0])
        for place, step in enumerate(padded)
        for name in step[2].split()
    ]
    attributes = [about for _, about in objects.values()]
    table = pl.DataFrame(
        {
            "object": pl.Series(range(len(objects)), dtype=pl.UInt32),
            "object_id": list(objects),
            "type": pl.Series(
                [kind for kind, _ in objects.values()], dtype=pl.Enum(v.OBJECT_TYPES)
            ),
            **{
                name: pl.Series([about.get(name) for about in attributes], dtype=pl.Float64)
                for name in ("amount", "quantity")
            },
            **{
                name: pl.Series([about.get(name) for about in attributes], dtype=TIME)
                for name in ("due_date", "promised_date", "requested_date")
            },
        }
    )
    event_objects = pl.DataFrame(
        links,
        schema={"event": pl.UInt32, "object": pl.UInt32, "qualifier": pl.Enum(v.OBJECT_TYPES)},
        orient="row",
    ).sort("event", "object")
    return EventLog(events, table, event_objects, zone=zone)
