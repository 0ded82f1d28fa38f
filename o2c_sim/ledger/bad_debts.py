"""Bad debts: the allowance, what it bears of each write-off, and what is recovered later."""

from __future__ import annotations

from o2c_sim.ledger import accounts as chart
from o2c_sim.ledger.journal import NONE, Journal, LedgerError


class BadDebts:
    """The allowance, and by invoice what was written off and recovered, minor units."""

    def __init__(self, journal: Journal) -> None:
        self.allowance_minor = 0
        self._post = journal.post
        self._written_off: dict[int, int] = {}
        self._recovered: dict[int, int] = {}

    def written_off_minor(self, invoice: int) -> int:
        """Return what was written off on an invoice, recovered or not."""
        return self._written_off.get(invoice, 0)

    def provide(self, time: float, amount_minor: int) -> None:
        """Add to the allowance, or release from it: see the ledger's method."""
        if amount_minor == 0 or amount_minor < -self.allowance_minor:
            raise LedgerError(
                f"provision of {amount_minor} on an allowance of {self.allowance_minor} at {time}"
            )
        entry = chart.PROVIDE if amount_minor > 0 else chart.RELEASE
        self._post(time, entry, NONE, NONE, abs(amount_minor))
        self.allowance_minor += amount_minor

    def write_off(self, time: float, invoice: int, amount_minor: int) -> None:
        """Write an amount off: the allowance bears it as far as it goes, then the expense."""
        provided = min(amount_minor, self.allowance_minor)
        if provided:
            self._post(time, chart.WRITE_OFF_PROVIDED, invoice, NONE, provided)
            self.allowance_minor -= provided
        if amount_minor > provided:
            self._post(time, chart.WRITE_OFF_EXPENSED, invoice, NONE, amount_minor - provided)
        self._written_off[invoice] = self.written_off_minor(invoice) + amount_minor

    def recover(self, time: float, invoice: int, amount_minor: int, fee_minor: int) -> None:
        """Post what is recovered and the agency's fee: see the ledger's method."""
        if not 0 <= fee_minor <= amount_minor:
            raise LedgerError(f"agency fee of {fee_minor} on {amount_minor} at {time}")
        self._recover(time, chart.RECOVER, invoice, amount_minor)
        if fee_minor:
            self._post(time, chart.RECOVER_FEE, invoice, NONE, fee_minor)

    def claim_insurance(self, time: float, invoice: int, amount_minor: int) -> None:
        """Post what credit insurance pays: see the ledger's method."""
        self._recover(time, chart.CLAIM, invoice, amount_minor)

    def _recover(self, time: float, entry: int, invoice: int, amount: int) -> None:
        recovered = self._recovered.get(invoice, 0)
        most = self.written_off_minor(invoice) - recovered
        if not 0 < amount <= most:
            raise LedgerError(
                f"recovery of {amount} on invoice {invoice} at {time}: at most {most}"
            )
        self._post(time, entry, invoice, NONE, amount)
        self._recovered[invoice] = recovered + amount
