"""Bodies of /ledger."""

from typing import Self

from pydantic import Field

from tradecoin.api.schemas.base import Decimal, Stamp, View
from tradecoin.domain.ledger import Account, Balances, Line, PostedJournal


class AccountView(View):
    """One of the five accounts and what its normal side holds; equity may be below zero."""

    account: str = Field(examples=["bank_reserve"])
    normal: str = Field(examples=["debit"])
    balance: Decimal
    currency: str = Field(examples=["EUR"])


class AccountsView(View):
    """All accounts."""

    data: list[AccountView]

    @classmethod
    def of(cls, balances: Balances) -> Self:
        """List the accounts."""
        return cls(
            data=[
                AccountView(
                    account=account,
                    normal="debit" if account is Account.BANK_RESERVE else "credit",
                    balance=getattr(balances, account).text,
                    currency=getattr(balances, account).currency.code,
                )
                for account in Account
            ]
        )


class LineView(View):
    """One leg of an entry."""

    account: str
    debit: Decimal | None
    credit: Decimal | None

    @classmethod
    def of(cls, line: Line) -> Self:
        """Describe a leg."""
        amount = line.amount
        debit = amount.text if amount.minor > 0 else None
        return cls(account=line.account, debit=debit, credit=None if debit else (-amount).text)


class JournalView(View):
    """An entry of the books; each hash covers the one before."""

    seq: int
    event: str = Field(examples=["credit_booked"])
    key: str
    subject: str
    lines: list[LineView]
    currency: str
    memo: str
    effective_at: Stamp
    posted_at: Stamp
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, posted: PostedJournal) -> Self:
        """Describe an entry."""
        journal = posted.journal
        return cls(
            seq=posted.seq,
            event=journal.event,
            key=journal.key,
            subject=journal.subject,
            lines=[LineView.of(line) for line in journal.lines],
            currency=journal.lines[0].amount.currency.code,
            memo=journal.memo,
            effective_at=journal.effective_at,
            posted_at=posted.posted_at,
            previous_hash=posted.previous_hash,
            hash=posted.hash,
        )


class JournalsView(View):
    """Entries in their sequence; `next` goes into `after`, null on the last page."""

    data: list[JournalView]
    next: str | None


class TrialBalanceView(View):
    """Debits against credits; `difference` is zero or the books are wrong."""

    debits: Decimal
    credits: Decimal
    difference: Decimal
    currency: str = Field(examples=["EUR"])

    @classmethod
    def of(cls, balances: Balances) -> Self:
        """Sum both sides."""
        right = balances.deposits_unminted + balances.coins_outstanding
        right = right + balances.redemptions_payable + balances.operator_equity
        left = balances.bank_reserve
        difference = left - right
        return cls(debits=left.text, credits=right.text, difference=difference.text, currency=left.currency.code)
