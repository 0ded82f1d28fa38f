"""How the documents of a run hang together: relations between the registers' numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from o2c_sim import vocabulary as v
from o2c_sim.engine.columns import Integers
from o2c_sim.process import activity
from o2c_sim.process.company import Company
from o2c_sim.process.demand import OrderColumns
from o2c_sim.relations import Relation

Ints = npt.NDArray[np.int64]


class DocumentRelations:
    """How the documents hang together: relations between the registers' numbers."""

    def __init__(self, company: Company, contents: OrderColumns) -> None:
        documents = company.documents
        orders = documents.orders
        lines = int(contents.first_line[-1] + contents.lines[-1]) if orders else 0
        self.counts = {
            v.CUSTOMER: len(company.customers),
            v.ORDER: orders,
            v.ORDER_LINE: lines,
            v.DELIVERY: len(documents.delivery_end),
            v.INVOICE: len(documents.invoice_end),
            v.PAYMENT: len(documents.payment_method),
            v.CREDIT_MEMO: len(documents.credit_memo_invoice),
            v.RETURN: len(documents.return_end),
        }
        self.first: dict[str, int] = {}
        total = 0
        for object_type in v.OBJECT_TYPES:
            self.first[object_type] = total
            total += self.counts[object_type]

        self.line_order = np.repeat(np.arange(orders), contents.lines)
        order_lines = Relation.of_ends(np.cumsum(contents.lines), np.arange(lines))
        line_order = Relation.of_one(self.line_order)
        delivery_lines = _members(documents.delivery_end, documents.delivery_line)
        delivery_orders = delivery_lines.then(line_order)
        shortage_delivery = _one(documents.shortage_delivery)
        shortage_line = _one(documents.shortage_line)
        shipped_lines = delivery_lines.without(shortage_delivery.targets, shortage_line.targets)
        date_change_lines = _members(documents.date_change_end, documents.date_change_line)
        invoice_deliveries = _members(documents.invoice_end, documents.invoice_delivery)
        invoice_orders = invoice_deliveries.then(delivery_orders)
        replaced_invoice = Relation.of_pairs(
            _ints(documents.replacing_invoice),
            _ints(documents.replaced_invoice),
            self.counts[v.INVOICE],
        )
        application_invoice = _one(documents.application_invoice)
        application_payment = _one(documents.application_payment)
        payment_invoices = Relation.of_pairs(
            application_payment.targets, application_invoice.targets, self.counts[v.PAYMENT]
        )
        # What a payment was for when it came: a prepayment is used for its invoices later.
        advised = np.array(documents.application_later, dtype=np.int64) == 0
        advised_invoices = Relation.of_pairs(
            application_payment.targets[advised],
            application_invoice.targets[advised],
            self.counts[v.PAYMENT],
        )
        prepaid_orders = Relation.of_pairs(
            _ints(documents.prepayment_payment),
            _ints(documents.prepayment_order),
            self.counts[v.PAYMENT],
        )
        payment_orders = advised_invoices.then(invoice_orders).and_also(prepaid_orders)
        memo_invoice = _one(documents.credit_memo_invoice)
        refund_payment = _one(documents.refund_payment)
        return_lines = _members(documents.return_end, documents.return_line)
        return_delivery = _one(documents.return_delivery)
        self.customer = Relation.of_one(contents.customer)

        # What an event is related to, by the register that its number points into.
        self.related: dict[str, list[tuple[str, Relation | None]]] = {
            v.CUSTOMER: [(v.CUSTOMER, None)],
            v.ORDER: [(v.ORDER, None)],
            activity.LINE: [(v.ORDER, line_order), (v.ORDER_LINE, None)],
            activity.DATE_CHANGE: [
                (v.ORDER, date_change_lines.then(line_order)),
                (v.ORDER_LINE, date_change_lines),
            ],
            v.DELIVERY: [(v.ORDER, delivery_orders), (v.DELIVERY, None)],
            activity.SHORTAGE: [
                (v.ORDER, shortage_line.then(line_order)),
                (v.ORDER_LINE, shortage_line),
                (v.DELIVERY, shortage_delivery),
            ],
            v.INVOICE: [(v.ORDER, invoice_orders), (v.INVOICE, None)],
            v.PAYMENT: [
                (v.ORDER, payment_orders),
                (v.INVOICE, advised_invoices.then(_identity(self.counts[v.INVOICE]))),
                (v.PAYMENT, None),
            ],
            activity.APPLICATION: [
                (v.ORDER, application_invoice.then(invoice_orders)),
                (v.INVOICE, application_invoice),
                (v.PAYMENT, application_payment),
            ],
            v.CREDIT_MEMO: [
                (v.ORDER, memo_invoice.then(invoice_orders)),
                (v.INVOICE, memo_invoice),
                (v.CREDIT_MEMO, None),
            ],
            activity.REFUND: [
                (v.ORDER, refund_payment.then(payment_orders)),
                (v.PAYMENT, refund_payment),
            ],
            v.RETURN: [
                (v.ORDER, return_lines.then(line_order)),
                (v.ORDER_LINE, return_lines),
                (v.DELIVERY, return_delivery),
                (v.RETURN, None),
            ],
        }
        # What some activities are related to besides.
        self.besides: dict[int, list[tuple[str, Relation]]] = {
            activity.CREATE_QUOTATION: [(v.CUSTOMER, self.customer)],
            activity.RECEIVE_ORDER: [(v.CUSTOMER, self.customer)],
            activity.CREATE_INVOICE: [(v.DELIVERY, invoice_deliveries)],
        }
        lines_of = {
            v.ORDER: order_lines,
            v.DELIVERY: shipped_lines,
            v.INVOICE: invoice_deliveries.then(shipped_lines),
        }
        for register, relation in lines_of.items():
            for kind in set(activity.WITH_LINES).intersection(activity.ABOUT[register]):
                planned = kind == activity.CREATE_DELIVERY
                lines_then = delivery_lines if planned else relation
                self.besides.setdefault(kind, []).append((v.ORDER_LINE, lines_then))
        # Relations between objects: name, source type, target type.
        self.lasting: list[tuple[str, str, str, Relation]] = [
            ("placed by", v.ORDER, v.CUSTOMER, self.customer),
            ("line of", v.ORDER_LINE, v.ORDER, line_order),
            ("delivers", v.DELIVERY, v.ORDER, delivery_orders),
            ("ships", v.DELIVERY, v.ORDER_LINE, shipped_lines),
            ("bills", v.INVOICE, v.DELIVERY, invoice_deliveries),
            ("replaces", v.INVOICE, v.INVOICE, replaced_invoice),
            ("pays", v.PAYMENT, v.INVOICE, payment_invoices),
            ("credits", v.CREDIT_MEMO, v.INVOICE, memo_invoice),
            ("returns", v.RETURN, v.DELIVERY, return_delivery),
        ]


def _ints(column: Integers) -> Ints:
    return np.array(column, dtype=np.int64)


def _one(column: Integers) -> Relation:
    return Relation.of_one(_ints(column))


def _members(ends: Integers, members: Integers) -> Relation:
    return Relation.of_ends(_ints(ends), _ints(members))


def _identity(count: int) -> Relation:
    return Relation.of_one(np.arange(count))
