"""Customers as data: how much they buy, on which terms, how, when and whether they pay."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from o2c_sim.model.distribution import Constant, Distribution, Uniform
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import (
    InvoiceChannel,
    NonNegative,
    PaymentMethod,
    Section,
    Share,
    require_sum_of_one,
)

_Fee = Annotated[float, Field(ge=0, le=1_000_000)]
_MOST_LIMIT_DAYS = 1e12
# Beyond any debt: who has such a limit has none.
_LONGEST_LIMIT_DAYS = 1e9


class SegmentModel(Section):
    """A group of customers; what it leaves out is as for all the others."""

    share: Share = Field(description="customers in it; what the segments leave is in none")
    volume_factor: Annotated[float, Field(gt=0, le=10_000)] = Field(
        default=1.0,
        description="orders of one of its customers, as a multiple of those of a customer in no "
        "segment; more concentrates the orders on the segment",
    )
    payment_terms_days: Distribution | None = Field(
        default=None, description="days from the invoice until it is due"
    )
    credit_limit_days: Distribution | None = Field(
        default=None, description="credit limit, in days of the customer's average order value"
    )
    lateness_effect_days: Distribution | None = Field(
        default=None, description="a customer's own habit: days after the due date"
    )
    lateness_noise_days: Distribution | None = Field(
        default=None, description="days after due date plus habit, one value per invoice"
    )
    weekly_pay_run_share: Share | None = Field(
        default=None, description="customers who pay on one weekday only"
    )
    pays_on_due_date_share: Share | None = Field(
        default=None,
        description="customers whose money arrives on the due date, of those who may pay on any "
        "day",
    )
    payment_method_shares: dict[PaymentMethod, Share] | None = Field(
        default=None, description="customers by the way they pay"
    )
    invoice_channel_shares: dict[InvoiceChannel, Share] | None = Field(
        default=None, description="customers by the way their invoices reach them"
    )
    default_share: Share | None = Field(default=None, description="invoices that are never paid")
    bundling_share: Share | None = Field(
        default=None, description="customers who pay all that they mean to pay on a day at once"
    )
    good_remittance_share: Share | None = Field(
        default=None, description="customers whose payments say well what they are for"
    )
    prepayment_share: Share | None = Field(
        default=None, description="customers who pay before they are delivered"
    )
    discount_offered_share: Share | None = Field(
        default=None, description="customers who may pay early for a cash discount"
    )
    discount_taken_share: Share | None = Field(
        default=None, description="customers who take the discount, of those who are offered it"
    )
    short_payment_share: Share | None = Field(
        default=None, description="invoices paid short of a deduction"
    )
    partial_payment_share: Share | None = Field(
        default=None, description="invoices paid in two payments"
    )
    insolvencies_per_year: NonNegative | None = Field(
        default=None, description="insolvencies per customer and year"
    )


class CustomerModel(Section):
    """The customers: how much they buy, on which terms, how and when they pay."""

    count: Parameter[Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        description="number of customers; they share the orders, so more of them order less often"
    )
    volume_sigma: Parameter[Annotated[float, Field(ge=0, le=10)]] = Field(
        description="sigma of the log-normal spread of order rates between customers; "
        "0 makes all equal, a larger one gives more of the orders to fewer customers"
    )
    segments: Parameter[dict[str, SegmentModel]] = Field(
        default=Parameter[dict[str, SegmentModel]](value={}),
        description="groups of customers by name, each with its share and with what is different "
        "there; none makes all customers draw from the same parameters",
    )
    payment_terms_days: Parameter[Distribution] = Field(
        description="days from the invoice until it is due, one value per customer; longer terms "
        "bring the cash later, also from customers who pay on time; 0 for those who pay by card "
        "or before delivery"
    )
    credit_limit_days: Parameter[Distribution] = Field(
        description="credit limit, in days of the customer's average order value per day; "
        "a higher limit holds fewer orders and puts more money at risk"
    )
    lateness_effect_days: Parameter[Distribution] = Field(
        description="a customer's own habit: days after the due date, one value per customer; "
        "below 0 is before it; larger values bring the cash later"
    )
    lateness_noise_days: Parameter[Distribution] = Field(
        description="days after due date plus habit, one value per invoice; below 0 is before; "
        "a wider spread makes a single payment harder to forecast"
    )
    weekly_pay_run_share: Parameter[Share] = Field(
        description="customers who pay on one weekday only; the more, the later the payments, "
        "by up to a week"
    )
    pays_on_due_date_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="customers who order their payments ahead so that the money arrives on the "
        "due date, of those who may pay on any day; they pay nothing before it, and what they "
        "clear for payment too late as many days after it",
    )
    bundling_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="customers who pay all that they mean to pay on a day with one payment; the "
        "more, the fewer payments there are to post, each for more invoices",
    )
    payment_method_shares: Parameter[dict[PaymentMethod, Share]] = Field(
        description="customers by the way they pay; slow methods put the cash off by their float, "
        "a card is charged as the invoice arrives, a direct debit is drawn on the due date"
    )
    payment_float_days: Parameter[dict[PaymentMethod, Distribution]] = Field(
        description="from the customer's payment until the money is on the bank account, calendar "
        "days, by payment method; longer means later cash"
    )
    good_remittance_share: Parameter[Share] = Field(
        default=Parameter[Share](value=1.0),
        description="customers whose payments say well what they are for; the more, the more "
        "payments match by themselves",
    )
    invoice_channel_shares: Parameter[dict[InvoiceChannel, Share]] = Field(
        description="customers by the way their invoices reach them; paper travels longest"
    )
    weekly_invoice_share: Parameter[Share] = Field(
        description="customers invoiced in the weekly run instead of the daily one; the more, "
        "the later invoices go out"
    )
    monthly_invoice_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="customers invoiced in the monthly run instead of the daily one, as far as "
        "the weekly share leaves any; the more, the later invoices go out",
    )
    collective_invoice_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="customers whose deliveries of a billing run go onto one invoice; the more, "
        "the fewer and the larger the invoices",
    )
    default_share: Parameter[Share] = Field(
        description="invoices that are never paid; they end as write-offs"
    )
    prepayment_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="customers who pay before they are delivered, and need no credit; the more, "
        "the sooner the cash and the later the goods",
    )
    prepayment_days: Parameter[Distribution] = Field(
        default=Parameter[Distribution](value=Constant(distribution="constant", value=3)),
        description="from the request of a prepayment until the customer sends it; the goods wait",
    )
    discount_offered_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="customers who may pay early for a cash discount",
    )
    discount_taken_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="customers who take the discount, of those who are offered it; the more, the "
        "sooner and the less cash",
    )
    discount_rate: Parameter[Annotated[float, Field(ge=0, lt=1)]] = Field(
        default=Parameter[Annotated[float, Field(ge=0, lt=1)]](value=0.02),
        description="cash discount as a part of the invoice: 0.02 is the 2 of 2/10 net 30",
    )
    discount_days: Parameter[NonNegative] = Field(
        default=Parameter[NonNegative](value=10.0),
        description="days from the invoice within which it must be paid for the discount; a "
        "customer whose next payment run is later pays in full on its usual day",
    )
    unearned_discount_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="invoices of discount takers that are paid on the usual day and less the "
        "discount all the same",
    )
    dynamic_discount_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0, source="default: nobody takes one"),
        description="customers who pay as soon as they have approved an invoice, for a discount "
        "that grows with the days left until it is due (dynamic discounting), of those who take "
        "no cash discount and pay neither by card nor by direct debit; the more, the sooner and "
        "the less cash",
    )
    dynamic_discount_rate_per_year: Parameter[Annotated[float, Field(ge=0, lt=1)]] = Field(
        default=Parameter[Annotated[float, Field(ge=0, lt=1)]](
            value=0.0, source="default: see the share"
        ),
        description="that discount as a part of the invoice for a year: 0.12 is 1 % for 30 days",
    )
    dynamic_discount_days: Parameter[NonNegative] = Field(
        default=Parameter[NonNegative](
            value=10.0, source="default: a week and a half; no source was opened"
        ),
        description="days from the invoice until such a customer has approved it and can pay",
    )
    short_payment_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="invoices paid short of a deduction; the rest is disputed at once",
    )
    short_payment_fraction: Parameter[Distribution] = Field(
        default=Parameter[Distribution](value=Uniform(distribution="uniform", low=0.02, high=0.2)),
        description="part of the invoice that is deducted then",
    )
    partial_payment_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="invoices paid in two payments; the more, the later the cash and the more "
        "payments there are to post",
    )
    partial_payment_fraction: Parameter[Distribution] = Field(
        default=Parameter[Distribution](value=Uniform(distribution="uniform", low=0.3, high=0.7)),
        description="part of the invoice that the first of the two payments brings",
    )
    rest_days: Parameter[Distribution] = Field(
        default=Parameter[Distribution](value=Constant(distribution="constant", value=14)),
        description="from the posting of a payment that leaves a rest until the customer means to "
        "pay the rest",
    )
    duplicate_payment_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="payments that the customer sends twice by mistake; the second one stays on "
        "account until it is refunded",
    )
    duplicate_payment_days: Parameter[Distribution] = Field(
        default=Parameter[Distribution](value=Constant(distribution="constant", value=7)),
        description="from a payment until it is sent once more",
    )
    card_fee_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="part of a card payment that the card company keeps",
    )
    direct_debit_return_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="direct debits that the customer's bank returns: its invoices are open again, "
        "and the customer pays them by itself later",
    )
    direct_debit_return_days: Parameter[Distribution] = Field(
        default=Parameter[Distribution](value=Constant(distribution="constant", value=2)),
        description="from the posting of a direct debit until the bank returns it",
    )
    direct_debit_return_fee: Parameter[_Fee] = Field(
        default=Parameter[_Fee](value=0.0),
        description="what the bank charges for a returned direct debit, currency",
    )
    insolvencies_per_year: Parameter[NonNegative] = Field(
        default=Parameter[NonNegative](value=0.0),
        description="insolvencies per customer and year: an insolvent customer pays none of its "
        "open invoices and gets nothing more",
    )
    largest_fails_after_days: Parameter[NonNegative | None] = Field(
        default=Parameter[NonNegative | None](value=None),
        description="days from the start until the customer who orders most becomes insolvent; "
        "none: chance alone decides",
    )
    insolvency_write_off_days: Parameter[NonNegative] = Field(
        default=Parameter[NonNegative](value=0.0),
        description="days from an insolvency until the write-off run that gives up its invoices",
    )

    @model_validator(mode="after")
    def _complete(self) -> CustomerModel:
        require_sum_of_one("payment_method_shares", self.payment_method_shares.value.values())
        require_sum_of_one("invoice_channel_shares", self.invoice_channel_shares.value.values())
        used = {m for m, share in self.payment_method_shares.value.items() if share > 0}
        missing = sorted(used - set(self.payment_float_days.value))
        if missing:
            raise ValueError(f"payment_float_days: nothing for {', '.join(missing)}")
        if not self.credit_limit_days.value.lowest() >= 0:
            raise ValueError("credit_limit_days: can be negative; give it a floor of 0 or more")
        if not self.credit_limit_days.value.highest() <= _MOST_LIMIT_DAYS:
            raise ValueError("credit_limit_days: can be above a million millions; give it a cap")
        if not self.credit_limit_days.value.highest() <= _LONGEST_LIMIT_DAYS:
            raise ValueError(
                f"credit_limit_days: can be above {_LONGEST_LIMIT_DAYS:,.0f}; give it a cap"
            )
        for name in ("short_payment_fraction", "partial_payment_fraction"):
            fraction = getattr(self, name).value
            if fraction.lowest() < 0 or fraction.highest() >= 1:
                raise ValueError(f"{name}: from 0 to below 1 (give it a cap)")
        if self.short_payment_share.value + self.partial_payment_share.value > 1:
            raise ValueError("short_payment_share and partial_payment_share: together at most 1")
        total = sum(segment.share for segment in self.segments.value.values())
        if total > 1 + 1e-9:
            raise ValueError(f"segments: the shares sum to {total:.6g}, which is more than 1")
        for name in self.segments.value:
            try:
                of_segment(self, name)
            except ValidationError as error:
                message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
                raise ValueError(f"segments: {name}: {message}") from error
        return self


def of_segment(customers: CustomerModel, name: str) -> CustomerModel:
    """Return the parameters of one segment's customers, as if all were in it.

    Raises
    ------
    pydantic.ValidationError
        If a value is not allowed, by itself or beside those that hold for all.
    """
    segment = customers.segments.value[name]
    own: dict[str, Any] = {
        field: Parameter(value=value)
        for field in SegmentModel.model_fields
        if field in CustomerModel.model_fields and (value := getattr(segment, field)) is not None
    }
    general = {
        field: getattr(customers, field)
        for field in CustomerModel.model_fields
        if field != "segments"
    }
    return CustomerModel(**{**general, **own})
