"""What verbs say, in the words of pages: no option of the command line, no place of the server."""

from __future__ import annotations

import re
from collections.abc import Mapping

# What a page offers in place of an option. Longer texts come first.
INSTEAD: Mapping[str, str] = {
    "a mapping file with `activities:` (--mapping)": (
        "a log whose activities bear such names (on the command line, a mapping file translates "
        "them)"
    ),
    "names in a mapping file (--mapping)": (
        "other names of its activities (on the command line, a mapping file translates them)"
    ),
    "o2c calibrate --discovered, which learns a model of any process": (
        "“Another process” below, which learns a model of any process"
    ),
    "o2c mine shows what a list of invoices without dates can tell; --column invoice_date=NAME "
    "and settled_date=NAME give it events": (
        "choose the columns with the invoice date and the settled date, if the list has them"
    ),
    "name the delimiter with --delimiter": (
        "say what separates the columns, if it is another character"
    ),
    "another --case column or --case-type": "another column for the case",
    "the stamp of each event (--time)": "the stamp of each event as the column for the time",
    "another --time column": "another column for the time",
    "other dates with --from and --until": "a log of a longer time, with more cases",
    "another --from or --until": "other days",
    "--case-type, if the log has": "choose among the columns what one case is, if the log has",
}
# Option to the field of the page that says the same.
FIELDS: Mapping[str, str] = {
    "--case": "Case",
    "--activity": "Activity",
    "--time": "Time",
    "--start": "Start",
    "--resource": "Person or system",
    "--role": "Role",
    "--automated": "Automated",
    "--amount": "Amount",
    "--zone": "Time zone",
    "--time-format": "Dates are written",
    "--delimiter": "Columns are separated by",
    "--encoding": "Letters are encoded as",
    "--sheet": "Sheet",
    "--case-type": "One case is one",
    "--ar": "List of invoices",
}
_PLACE = re.compile(r"(?:/[^\s:'\"]+)*/(?:logs|results)/[0-9a-f]{16}/(?:[a-z]+/)?")
_OPTION = re.compile(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*")
_START = re.compile(r"(?m)^\s*(?:error|note): ")
_LABELS = (
    (re.compile(r"(?m)^\s*allowed: "), "Needed: "),
    (re.compile(r"(?m)^\s*try: "), "What to do: "),
)


def in_words(text: str) -> str:
    """Return what a verb told, as a page tells it.

    Parameters
    ----------
    text
        One or more lines of a verb, such as ``Job.message``, or a part of them.

    Returns
    -------
    str
        The same without ``error:`` and folders of the server, with the names of fields instead
        of options where a page has them, and with its second and third lines in full words.
    """
    text = _PLACE.sub("", _START.sub("", text))
    for said, instead in INSTEAD.items():
        text = text.replace(said, instead)
    text = _OPTION.sub(lambda found: _field(found[0]), text)
    for pattern, label in _LABELS:
        text = pattern.sub(label, text)
    return text


def with_fields(markup: str) -> str:
    """Return markup of a report in which ``(--option)`` names the field of a page instead."""
    return re.sub(
        r"\((--[a-z-]+)\)",
        lambda found: f"({_field(found[1])})" if found[1] in FIELDS else found[0],
        markup,
    )


def _field(option: str) -> str:
    return f"“{FIELDS[option]}”" if option in FIELDS else option
