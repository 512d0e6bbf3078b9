"""Bodies of /bank-messages."""

from typing import Self

from pydantic import Field

from tradecoin.api.schemas.base import Decimal, Stamp, View
from tradecoin.domain.deposit import BankMessageRecord
from tradecoin.flow.bank_message import Imported
from tradecoin.flow.booking import Seen


class EntryView(View):
    """A booking that the message brought. `id` is empty for one that the bank only announces; `credit` false is money
    out.
    """

    id: str = Field(examples=["be_01jbpk4m8wq7v3c2x9n5t6r8ya"])
    amount: Decimal
    currency: str = Field(examples=["EUR"])
    credit: bool
    status: str = Field(examples=["BOOK"])
    reference: str = Field(examples=["RF18000K2Q9X7W4M1T5Z8A3C"])
    state: str = Field(examples=["deposit"])

    @classmethod
    def of(cls, seen: Seen) -> Self:
        """Describe an entry; the amount is without its sign."""
        credit = seen.amount.minor >= 0
        return cls(
            id=seen.id,
            amount=(seen.amount if credit else -seen.amount).text,
            currency=seen.amount.currency.code,
            credit=credit,
            status=seen.status,
            reference=seen.reference,
            state=seen.state,
        )


class ImportedView(View):
    """What came of a message. `skipped_accounts` counts the accounts in it that are not the reserve account."""

    id: str = Field(examples=["bm_01jbpk4m8wq7v3c2x9n5t6r8ya"])
    kind: str = Field(examples=["camt.054"])
    sha256: str
    duplicate: bool
    entries: list[EntryView]
    skipped_accounts: int

    @classmethod
    def of(cls, imported: Imported) -> Self:
        """Describe an import."""
        return cls(
            id=imported.record.id,
            kind=imported.record.kind,
            sha256=imported.record.sha256.partition(":")[0],
            duplicate=imported.duplicate,
            entries=[EntryView.of(seen) for seen in imported.entries],
            skipped_accounts=len(imported.skipped_accounts),
        )


class MessageView(View):
    """A message as it was recorded."""

    id: str
    kind: str
    message_id: str
    sha256: str
    source: str
    bytes: int
    received_at: Stamp

    @classmethod
    def of(cls, row: BankMessageRecord) -> Self:
        """Describe a record."""
        return cls(
            id=row.id,
            kind=row.kind,
            message_id=row.message_id,
            sha256=row.sha256.partition(":")[0],
            source=row.source,
            bytes=len(row.raw),
            received_at=row.received_at,
        )
