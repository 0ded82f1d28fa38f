"""Warm start: the company takes over what is open, what is ordered and what is on stock.

What has happened is dated as it happened; nothing is done before the first midnight. The numbers
of opening orders and their lines, and the addresses of all draws for what is taken over, are far
above those of the demand to come, whose luck is that of a cold start.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections import defaultdict
from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from o2c_sim.engine.clock import DAY
from o2c_sim.engine.columns import Integers
from o2c_sim.process import activity, allocation, open_items
from o2c_sim.process.claims import OTHER
from o2c_sim.process.demand import OrderColumns
from o2c_sim.process.invoice import Invoice
from o2c_sim.process.order import Luck, Order
from o2c_sim.process.stock import Stock
from o2c_sim.vocabulary import CUSTOMER, INVOICE, ORDER

if TYPE_CHECKING:
    from o2c_sim.opening import Opening, OpenInvoice, OpenOrder
    from o2c_sim.process.company import Company
    from o2c_sim.process.customers import Customer

# More than there are orders and lines in any run.
FIRST_ORDER: Final = 1 << 40
FIRST_LINE: Final = 1 << 40
_FIRST_INVOICE: Final = 1 << 41
_FIRST_HARD_INVOICE: Final = 1 << 42
# How many plans are drawn for an invoice until one of them leaves it unpaid by the first day.
_PLANS: Final = 128
_MORE_PLANS: Final = 512
_NOON_MINUTES: Final = 720


class Past(NamedTuple):
    """What was taken over.

    Attributes
    ----------
    invoices, orders
        What is open, to be looked after from the first midnight on.
    wanted_at, promised_at
        Of each order: when its goods are wanted, and promised to be with the customer.
    customer_ids, order_ids, invoice_ids
        The real company's own numbers, by number of the customer, the invoice, and the order as
        it stands in *orders*.
    """

    invoices: list[Invoice]
    orders: list[Order]
    wanted_at: array[float]
    promised_at: array[float]
    customer_ids: dict[int, str]
    order_ids: list[str]
    invoice_ids: list[str]


def take_over(company: Company, opening: Opening) -> Past:
    """Put a state into a company that has not begun to work."""
    customers = match_customers(company, opening)
    if opening.stock:
        company.stock = stock_of(company, opening)
    past = Past(
        [],
        [],
        array("d"),
        array("d"),
        {customer.number: own for own, customer in customers.items()},
        [order.order for order in opening.orders],
        [""] * len(opening.invoices),
    )
    first_line = FIRST_LINE
    dated: list[tuple[dt.date, int, Order | OpenInvoice]] = []
    for number, row in enumerate(opening.orders):
        order = _order(company, number, row, customers[row.customer], first_line)
        first_line += row.lines
        past.orders.append(order)
        dated.append((row.received_date, number, order))
    dated += [(row.invoice_date, n, row) for n, row in enumerate(opening.invoices)]
    by_number: dict[int, Invoice] = {}
    # The clock is set back to tell what has happened when, and nothing is begun then.
    for date, number, thing in sorted(
        dated, key=lambda item: (item[0], isinstance(item[2], Order), item[1])
    ):
        company.env.now = _noon(company, date)
        if isinstance(thing, Order):
            company.record(activity.RECEIVE_ORDER, thing.number, amount_minor=thing.value_minor)
            company.record(activity.CONFIRM_ORDER, thing.number)
        else:
            by_number[number] = _invoice(company, number, thing, customers[thing.customer])
    company.env.now = 0.0
    past.invoices.extend(by_number[number] for number in sorted(by_number))
    for invoice, was in zip(past.invoices, opening.invoices, strict=True):
        past.invoice_ids[invoice.number] = was.invoice
        _expect(company, invoice, was)
    for customer in company.customers:
        for time in [time for time in customer.to_pay if time < 0]:
            del customer.to_pay[time]
    for order, row_ in zip(past.orders, opening.orders, strict=True):
        _expect_delivery(company, order, row_, past)
    return past


def match_customers(company: Company, opening: Opening) -> dict[str, Customer]:
    """Return the model's customer that stands for each real one.

    An identifier of the model's own (``CU-0000012``) is that customer. The others are matched by
    rank: who has most open, on invoices and orders, is the one who orders most.
    """
    total: dict[str, int] = defaultdict(int)
    for invoice in opening.invoices:
        total[invoice.customer] += invoice.amount_minor
    for order in opening.orders:
        total[order.customer] += order.value_minor
    by_own = {f"CU-{c.number + 1:07d}": c for c in company.customers}
    found = {name: by_own[name] for name in total if name in by_own}
    taken = {customer.number for customer in found.values()}
    free = [c for c in company.customers if c.number not in taken]
    free.sort(key=lambda customer: (-customer.weight, customer.number))
    others = sorted((name for name in total if name not in by_own), key=lambda n: (-total[n], n))
    found.update(zip(others, free, strict=False))
    return found


def stock_of(company: Company, opening: Opening) -> Stock:
    """Return the stock with what is on hand.

    An identifier of the model's own (``PR-0000012``) is that product; the others are matched by
    rank: what most is there of is what is kept at the highest level. Products that are not named
    are at the model's level. What is on order is not known: what falls short of the reorder
    points is ordered on the first day.
    """
    policy = company.stock_policy(company.demand.rate_factor(0))
    on_hand = list(policy.order_up_to)
    by_own = {f"PR-{number + 1:07d}": number for number in range(len(on_hand))}
    given = {row.product: row.on_hand for row in opening.stock}
    taken = {by_own[name] for name in given if name in by_own}
    free = [number for number in range(len(on_hand)) if number not in taken]
    free.sort(key=lambda number: (-policy.order_up_to[number], number))
    others = sorted((n for n in given if n not in by_own), key=lambda name: (-given[name], name))
    places = {name: by_own[name] for name in given if name in by_own}
    places.update(zip(others, free, strict=False))
    for name, number in places.items():
        on_hand[number] = given[name]
    return Stock(company.env, policy, on_hand)


def add_to_registers(company: Company, contents: OrderColumns) -> OrderColumns:
    """Give opening orders the numbers after those of the demand; return the contents of all.

    Parameters
    ----------
    company
        A company that has been run.
    contents
        Of the orders of its demand.
    """
    past, documents = company.past, company.documents
    if past is None or not past.orders:
        return contents
    orders, lines = len(contents.lines), len(contents.line_value_minor)
    rows = company.recorder.table()
    for first, to, columns, registers in (
        (FIRST_ORDER, orders, _ORDER_COLUMNS, ("order",)),
        (FIRST_LINE, lines, _LINE_COLUMNS, (activity.LINE,)),
    ):
        for name in columns:
            column = getattr(documents, name)
            setattr(documents, name, Integers(n - first + to if n >= first else n for n in column))
        kinds = [kind for register in registers for kind in activity.ABOUT[register]]
        kinds += [company.number_of(own) for own in company.activities if own.about in registers]
        far = np.isin(rows[:, 0], kinds) & (rows[:, 1] >= first)
        rows[far, 1] += to - first
    documents.orders = orders + len(past.orders)
    documents.order_wanted_at.extend(past.wanted_at)
    documents.order_promised_at.extend(past.promised_at)
    return _with(contents, past.orders)


_ORDER_COLUMNS = ("changed_order", "date_change_order", "prepayment_order")
_LINE_COLUMNS = (
    "changed_line",
    "date_change_line",
    "delivery_line",
    "shortage_line",
    "return_line",
)


def source_ids(company: Company, counts: dict[str, int]) -> dict[str, list[str | None]]:
    """Return the real company's own numbers by object type, for as many objects as there are."""
    past = company.past
    if past is None:
        return {}
    orders = counts[ORDER] - len(past.order_ids)
    invoices = counts[INVOICE] - len(past.invoice_ids)
    return {
        CUSTOMER: [past.customer_ids.get(number) for number in range(counts[CUSTOMER])],
        ORDER: [*[None] * orders, *past.order_ids],
        INVOICE: [*past.invoice_ids, *[None] * invoices],
    }


def _with(contents: OrderColumns, orders: list[Order]) -> OrderColumns:
    counts = [len(order.products) for order in orders]
    firsts = np.cumsum(counts, dtype=np.int64) - counts + len(contents.line_product)
    added = OrderColumns(
        np.array([order.customer.number for order in orders]),
        np.array([order.channel for order in orders]),
        np.array(counts),
        firsts,
        np.concatenate([order.products for order in orders]),
        np.concatenate([order.quantities for order in orders]),
        np.concatenate([order.values_minor for order in orders]).astype(np.int64),
        np.array([sum(order.values_minor) for order in orders]),
    )
    return OrderColumns(*map(np.concatenate, zip(contents, added, strict=True)))


def _order(
    company: Company, number: int, row: OpenOrder, customer: Customer, first_line: int
) -> Order:
    """Return an open order: its lines are of one value, its products drawn by popularity."""
    products = company.demand.products
    draw, edges = company.draws("opening.product"), np.cumsum(products.popularity)
    share, rest = divmod(row.value_minor, row.lines)
    values = [share + (slot < rest) for slot in range(row.lines)]
    chosen = [
        min(
            int(np.searchsorted(edges, draw.at(first_line + slot), side="right")), len(products) - 1
        )
        for slot in range(row.lines)
    ]
    quantities = [
        max(round(value / int(products.unit_price_minor[product])), 1)
        for value, product in zip(values, chosen, strict=True)
    ]
    received_at = _noon(company, row.received_date)
    return Order(
        FIRST_ORDER + number,
        customer,
        -1,
        first_line,
        chosen,
        quantities,
        values,
        row.value_minor,
        received_at,
    )


def _expect_delivery(company: Company, order: Order, row: OpenOrder, past: Past) -> None:
    """Allocate the goods and settle when they are to be delivered."""
    policy, number = company.fulfilment, order.number
    order.customer.exposure_minor += order.value_minor
    order.credit_checked_at = 0.0
    order.promise_seconds = policy.dispatch_days.at(number) * DAY + policy.allowance_seconds
    wanted_at = _noon(company, row.requested_date)
    order.due_at = max(wanted_at - order.promise_seconds, 0.0)
    if policy.availability_check:
        for slot in order.open_lines:
            allocation.claim(company, order, slot)
    past.wanted_at.append(wanted_at)
    promised_at = allocation.promised_at(company, order, order.open_lines)
    past.promised_at.append(max(wanted_at, promised_at) if order.backorders else wanted_at)


def _invoice(company: Company, number: int, row: OpenInvoice, customer: Customer) -> Invoice:
    """Issue an invoice in the past, and let the customer plan as it did then.

    Plans are drawn until one leaves it unpaid by the first day: that is the distribution of the
    day of payment given that the day is still to come, whatever it is made of. The same for a
    dispute: one that would have been raised by now was not.
    """
    now, due_day = company.env.now, (row.due_date - company.clock.start_date).days
    tax_share = company.billing.tax_share
    tax_minor = row.amount_minor - round(row.amount_minor / (1 + tax_share)) if tax_share else 0
    documents, amount_minor = company.documents, row.amount_minor
    own = documents.new_invoice([], customer.number, now, amount_minor, due_day)
    company.ledger.post_invoice(now, own, amount_minor, tax_minor)
    invoice = Invoice(own, customer, (0, 0), amount_minor, due_day)
    open_items.add(invoice, 0)
    company.record(activity.CREATE_INVOICE, own, amount_minor=amount_minor)
    company.record(activity.SEND_INVOICE, own)
    for luck in _lucks(number):
        invoice.luck = luck
        invoice.takes_discount = False
        company.stages.plan_payment(company, invoice)
        if invoice.sends_at >= 0:
            company.stages.foresee_dispute(company, invoice)
            if invoice.dispute_at < 0:
                invoice.dispute_at = inf
            break
    return invoice


def _lucks(number: int) -> Iterator[Luck]:
    """Yield the addresses of an invoice's plans: most invoices need few, and few need many."""
    for plan in range(_PLANS):
        yield _FIRST_INVOICE + number * _PLANS + plan, 0
    for plan in range(_MORE_PLANS):
        yield _FIRST_HARD_INVOICE + number * _MORE_PLANS + plan, 0


def _expect(company: Company, invoice: Invoice, row: OpenInvoice) -> None:
    """Settle on the first day what is going to happen to an invoice of the past."""
    stages = company.stages
    if invoice.sends_at < 0:
        # Nobody like this customer would still owe it: it plans anew, as for one due today.
        due_day, invoice.due_day = invoice.due_day, max(invoice.due_day, 0)
        stages.plan_payment(company, invoice)
        invoice.due_day = due_day
    if row.disputed:
        invoice.reason, invoice.dispute_at = OTHER, 0.0
    stages.schedule_notice(company, invoice)
    stages.schedule_call(company, invoice)
    stages.schedule_write_off(company, invoice)


def _noon(company: Company, date: dt.date) -> float:
    return company.clock.at((date - company.clock.start_date).days, _NOON_MINUTES)
