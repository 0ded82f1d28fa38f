"""What the simulation model is, in the words of the STRESS-DES form: the same for every run."""

from __future__ import annotations

from o2c_sim import vocabulary as v
from o2c_sim.assembly import ROLE_TITLES
from o2c_sim.costs import STAGES

OUTPUTS = (
    "KPIs are computed after a run from its event log, over the orders received, the invoices "
    "issued or the days of the measured period. Each has a formula, a population, a clock, a "
    "weighting and a rule for what is still open: docs/kpis.md."
)

LOGIC = (
    "Customers send orders by several channels. Software or the order desk enters them, the desk "
    "clarifies those with a fault, and each is checked against the customer's credit limit and "
    "overdue invoices. What is confirmed waits for stock or production, is delivered at once or in "
    "parts, picked, shipped and billed by a run. The customer pays some days before or after the "
    "due date, is reminded and called when late, may dispute, deduct, send goods back or fail. "
    "Payments are matched to invoices by software or people; what stays unpaid is written off.",
    "Feedback: confirmed orders, open invoices and payments not yet applied make up the exposure "
    "that holds new orders; slow cash application causes false holds and reminders; a dispute "
    "stops payment and reminders; a rejected invoice begins its terms anew; work that waits makes "
    "invoices, and so cash, later.",
    "Three clocks meet: working calendars of people, calendar days of customers, and calendars of "
    "batch runs. Stages one by one: docs/company.md.",
)

ALGORITHMS = (
    "Order arrivals: rate by weekday, hour, month and growth, times a gamma factor for each day; "
    "given the rate, a Poisson process.",
    "Stock: continuous review, order up to a level when the reorder point is reached; backorders "
    "are served by the allocation policy.",
    "Credit: exposure plus the order against the limit, days overdue, size of the order; release "
    "by rule, by an analyst, in part, by re-check, or denial.",
    "Batch runs: delivery, billing, dunning, bank statement, write-off and allowance run on "
    "calendars of their own.",
    "Payment day: terms, the customer's own habit, chance, payment-run weekday and float; "
    "reminders and calls raise the rate of paying by a factor.",
    "Books: double entry in whole minor units; receivables roll forward to the cent every day.",
)

RESOURCES = tuple(
    f"{title}: headcount, calendar, absence, cost per hour" for title in ROLE_TITLES.values()
)

QUEUES = (
    "One queue for each role, without a limit. Lower priority numbers first, then first come, "
    "first served; of the people on duty the one idle longest takes the task. A task that has "
    "begun is not pre-empted; it is interrupted when its person's hours end, and resumed.",
    "Collectors' worklist: oldest, largest or riskiest first, as the model says. Picking: first "
    "come, or earliest promised date. Stock: first come, smallest or largest line first.",
    "Nobody leaves a queue, but for orders cancelled and invoices paid meanwhile.",
)

BOUNDARIES = (
    "Entry: orders as customers send them, or quotations that become orders. Supplies enter as "
    "replenishments after a drawn lead time.",
    "Exit: an order ends cancelled, rejected, delivered, or open at the end of the run; an invoice "
    "ends paid, credited, cancelled, written off, or open. What is open is counted and reported.",
)

RANDOMNESS = (
    "Philox, a counter-based generator (Salmon et al., SC 2011), keyed by a hash of seed, "
    "replication and purpose; the counter is the entity. Every draw is addressed by (seed, "
    "replication, purpose, entity) and never by call order; all distributions are inverted.",
    "Common random numbers: replication r of every scenario meets the same orders, customers and "
    "luck, and a change of policy leaves the draws of whatever it does not touch as they were.",
)

EXECUTION = (
    "Process interaction on SimPy with a schedule of its own: events by time, then in the order "
    "in which they were scheduled. One process takes an order from receipt to cash; documents "
    "that go their own way have their own.",
    "Replications may run in several processes or on a cluster; the results are the same to the "
    "last bit.",
)

STRUCTURE = (
    "A customer's habits, terms and ways of paying stay as they are unless the scenario changes "
    "them; nobody leaves because of service. One currency, one warehouse, no bill of materials. "
    "All that the model leaves out: docs/limits.md.",
)


def entities() -> tuple[tuple[str, str], ...]:
    """Return each kind of object with what it is for."""
    roles = {
        v.CUSTOMER: "orders, pays; has terms, limit, habit, channel, propensity to dispute",
        v.ORDER: "what a customer wants at one time; channel, value, lines",
        v.ORDER_LINE: "product, quantity and value; delivered, rejected or cancelled by line",
        v.DELIVERY: "what leaves at one time; may hold parts of several orders",
        v.INVOICE: "what is billed at one time; amount, tax, due date",
        v.PAYMENT: "money received; method, amount, may settle several invoices or a part of one",
        v.CREDIT_MEMO: "what is taken off an invoice",
        v.RETURN: "goods sent back",
    }
    return tuple((name, roles[name]) for name in v.OBJECT_TYPES)


def activities() -> tuple[tuple[str, str], ...]:
    """Return each stage with its activities."""
    return tuple(
        (stage.replace("_", " "), ", ".join(v.ACTIVITIES[number] for number in numbers))
        for stage, numbers in STAGES.items()
    )
