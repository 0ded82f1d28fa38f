"""A policy: small invoices are not reminded, and collectors call the largest debtors first."""

from dataclasses import replace
from math import inf

SMALL_MINOR = 1_000_00  # 1,000 in a currency of two decimals


def largest_debtor_first(customer, today):
    """Return the rank on the worklist: the lowest number is called first."""
    return -sum(invoice.open_minor for invoice in customer.open_invoices.values())


def extend(stages):
    """Leave small invoices out of the dunning run."""

    def schedule_notice(company, invoice):
        if invoice.open_minor < SMALL_MINOR:
            invoice.dunning_at = inf
        else:
            stages.schedule_notice(company, invoice)

    return replace(stages, schedule_notice=schedule_notice)


def adapt(policies, model):
    """Sort the collectors' worklist by what a customer owes in all."""
    collections = replace(policies.collections, priority=largest_debtor_first)
    return replace(policies, collections=collections)
