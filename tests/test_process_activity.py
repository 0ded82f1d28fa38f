"""Activity numbers: those of the vocabulary, in its order."""

import pytest

from o2c_sim import vocabulary
from o2c_sim.ledger import accounts
from o2c_sim.process import activity

# Where the recorder's name is not that of the log in capitals.
OTHERWISE = {
    "ALLOW_DISCOUNT": "Allow Cash Discount",
    "BREAK_PROMISE": "Record Broken Promise",
    "RECORD_PROMISE": "Record Promise to Pay",
}


def numbers(module):
    """Return the whole numbers of a module by name."""
    return {name: value for name, value in vars(module).items() if type(value) is int}


def test_each_activity_has_the_number_of_its_place_in_the_vocabulary():
    """None is missing, and the name says which one it is."""
    for name, number in numbers(activity).items():
        title = OTHERWISE.get(name) or vocabulary.ACTIVITIES[number]
        assert vocabulary.ACTIVITIES[number] == title
        assert name in OTHERWISE or title.upper().replace(" ", "_") == name
    assert sorted(numbers(activity).values()) == list(range(len(vocabulary.ACTIVITIES)))


def test_each_activity_is_about_one_register():
    """Its number in the log is one of that register."""
    about = [number for register in activity.ABOUT.values() for number in register]
    assert sorted(about) == list(range(len(vocabulary.ACTIVITIES)))


@pytest.mark.parametrize("name", ["INVOICE_NET", "APPLY", "CLAIM"])
def test_each_entry_of_the_chart_has_a_number_of_its_own(name):
    """From 0, without a gap: it is the row of the chart."""
    found = numbers(accounts)
    assert sorted(found.values()) == list(range(len(accounts.ENTRIES)))
    assert name in found
