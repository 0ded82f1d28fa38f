"""The ledger against plain books that add everything up anew."""

import inspect

import pytest
from hand_ledger import CLOCK, DAY, faults
from hypothesis import given
from hypothesis import strategies as st
from plain_ledger import PlainLedger, Refused

from o2c_sim.ledger import ACCOUNTS, Ledger, LedgerError, ageing, roll_forward

number = st.integers(0, 2)
amount = st.sampled_from([1, 7, 16, 33, 67, 100])
STEPS = {
    "post_invoice": st.tuples(number, amount, st.sampled_from([0, 7, 33])),
    "cancel_invoice": st.tuples(number),
    "receive_cash": st.tuples(number, amount),
    "apply_cash": st.tuples(number, number, amount),
    "allow_discount": st.tuples(number, amount),
    "credit": st.tuples(number, amount),
    "credit_to_account": st.tuples(number, number, amount),
    "refund": st.tuples(number, amount),
    "return_payment": st.tuples(number),
    "charge_fee": st.tuples(number, amount),
    "provide": st.tuples(st.sampled_from([-50, -7, 0, 7, 50])),
    "write_off": st.tuples(number),
    "recover": st.tuples(number, amount, st.sampled_from([0, 7])),
    "claim_insurance": st.tuples(number, amount),
}
step = st.one_of([st.tuples(st.just(name), values) for name, values in STEPS.items()])
# To begin with: invoice 0 paid in part, 1 open, 2 written off; 33 left of payment 0.
OPENING = [
    ("post_invoice", (0, 100, 7)),
    ("post_invoice", (1, 100, 33)),
    ("post_invoice", (2, 100, 0)),
    ("provide", (50,)),
    ("receive_cash", (0, 100)),
    ("apply_cash", (0, 0, 67)),
    ("write_off", (2,)),
]


def both(steps):
    """Keep the fast and the plain books side by side; both refuse or both agree on the answer."""
    ledger, plain = Ledger(), PlainLedger()
    for place, (name, values) in enumerate(steps):
        try:
            expected = getattr(plain, name)(*values)
        except Refused:
            with pytest.raises(LedgerError):
                getattr(ledger, name)(place * DAY / 4, *values)
        else:
            found = getattr(ledger, name)(place * DAY / 4, *values)
            assert expected is None or found == expected, name
    return ledger, plain


@given(steps=st.lists(step, min_size=10, max_size=40))
def test_the_books_equal_the_plain_books(steps):
    """Random postings, refused ones included: journal, open items, balances and closings agree."""
    ledger, plain = both([*OPENING, *steps])
    posts = ledger.postings(CLOCK)
    columns = ("kind", "debit", "credit", "invoice", "payment", "amount_minor")
    assert posts.select(columns).rows() == plain.entries
    assert [ledger.open_minor(i) for i in range(4)] == [plain.open(i) for i in range(4)]
    assert [ledger.paid_minor(i) for i in range(4)] == [plain.paid(i) for i in range(4)]
    assert [ledger.price_minor(i) for i in range(4)] == [plain.price(i) for i in range(4)]
    assert [ledger.unapplied_minor(p) for p in range(4)] == [plain.unapplied(p) for p in range(4)]
    assert ledger.balances() == {account: plain.balance(account) for account in ACCOUNTS}
    days = (len(OPENING) + len(steps)) // 4 + 1
    assert faults(ledger, roll_forward(posts, 0, days, CLOCK)) == []
    aged = ageing(posts, [1, 2, 3], days - 1, CLOCK)
    assert aged["open_minor"].sum() == ledger.open_total_minor
    assert aged["invoices"].sum() == sum(plain.open(i) > 0 for i in range(4))


def test_the_plain_books_know_every_method():
    """A new posting must come with its plain twin and its random steps."""
    methods = {
        name
        for name, method in inspect.getmembers(Ledger, inspect.isfunction)
        if "time" in inspect.signature(method).parameters and not name.startswith("_")
    }
    assert methods == set(STEPS)
    assert methods <= set(dir(PlainLedger))
