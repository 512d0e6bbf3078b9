"""The node's bank messages as a port: reading with one account's settings, writing from that account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from tradecoin.adapters.bank_files.pain001 import write_pain001
from tradecoin.adapters.bank_files.reader import MAX_BYTES, read_bank_message
from tradecoin.domain.payment import Account, Address, Payment, PaymentFile
from tradecoin.domain.payout import Payout
from tradecoin.domain.statement import BankMessage

_MAX_NAME = 70


@dataclass(frozen=True, slots=True)
class BankFiles:
    """Message formats of the bank that holds `debtor`'s account; `zone` is the bank's, `accounts` as for reading."""

    debtor: Account
    zone: tzinfo = UTC
    accounts: Mapping[str, str] = field(default_factory=dict)
    max_bytes: int = MAX_BYTES

    def read(self, raw: bytes, content_type: str | None = None) -> BankMessage:
        """Return the message; raises BadBankMessage naming line, path and reason."""
        return read_bank_message(raw, content_type, zone=self.zone, accounts=self.accounts, max_bytes=self.max_bytes)

    def write_payouts(self, message_id: str, created_at: datetime, payouts: Sequence[Payout]) -> bytes:
        """Return a pain.001.001.09 that orders `payouts`; the same arguments give the same bytes. Raises BadPayment."""
        payments = tuple(_payment(payout) for payout in payouts)
        return write_pain001(PaymentFile(message_id, created_at, self.debtor, payments))


def _payment(payout: Payout) -> Payment:
    """Turn a payout into a payment; a name is cut to what the scheme carries."""
    address = Address(town=payout.town, country=payout.country)
    creditor = Account(payout.creditor[:_MAX_NAME], payout.iban, address, payout.bic or None)
    return Payment(payout.end_to_end_id, payout.amount, creditor, payout.execute_on, payout.remittance)
