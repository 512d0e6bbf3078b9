"""What a bank tells us: messages, statements, entries and their details, after ISO 20022 camt.052, .053 and .054.

The types keep what the bank said; what it means for the books is decided in the flows. The direction of an entry
(`credit`) is the direction of the booking itself, also when it is a reversal: a reversal with `credit` false takes
back a credit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

from tradecoin.domain.errors import Refused
from tradecoin.domain.money import Currency, Money


class BadBankMessage(Refused):
    """A bank message that is refused whole; the facts are `line` (from 1), `path` (like an XPath) and `reason`."""

    code = "bank_message_invalid"

    def __init__(self, line: int, path: str, reason: str) -> None:
        """Say where and why; `reason` must not hold a full account number."""
        super().__init__(f"line {line}, {path}: {reason}", line=line, path=path, reason=reason)
        self.line = line
        self.path = path
        self.reason = reason


class EntryStatus(StrEnum):
    """ExternalEntryStatus1Code; only booked entries are money."""

    BOOK = "BOOK"
    PDNG = "PDNG"
    INFO = "INFO"
    FUTR = "FUTR"


@dataclass(frozen=True, slots=True)
class Position:
    """Where in its file something stands: line from 1, and a path such as /Document/BkToCstmrStmt/Stmt[1]/Ntry[3]."""

    line: int
    path: str


@dataclass(frozen=True, slots=True)
class BankTransactionCode:
    """The bank's own word for what an entry is: ISO external codes, or a proprietary one; None where not given."""

    domain: str | None = None
    family: str | None = None
    subfamily: str | None = None
    proprietary: str | None = None

    @property
    def is_charge(self) -> bool:
        """Whether the ISO sub-family says charges, fees or commission, or MT type NCHG or NCOM does."""
        return self.subfamily in {"CHRG", "FEES", "COMM"} or self.proprietary in {"NCHG", "NCOM"}

    @property
    def is_interest(self) -> bool:
        """Whether the ISO sub-family or the MT type says interest."""
        return self.subfamily == "INTR" or self.proprietary == "NINT"


@dataclass(frozen=True, slots=True)
class Charge:
    """A bank's charge; `credit` when given back, `included` when the bank says that the amount beside is net of it."""

    amount: Money
    credit: bool = False
    included: bool | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A conversion: one of `unit` (else of `source`) is `rate` of the other currency; codes as the bank wrote them."""

    source: str
    target: str | None
    unit: str | None
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Party:
    """The other side of a payment; either part may be missing."""

    name: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """One payment inside an entry.

    `amount` is its share of what was booked, in the entry's currency; the shares of an entry sum to its amount. It is
    None when the bank does not say how the sum is divided. Identifiers that say nothing ("NOTPROVIDED") are None.
    """

    amount: Money | None = None
    credit: bool = True
    servicer_reference: str | None = None
    end_to_end_id: str | None = None
    instruction_id: str | None = None
    transaction_id: str | None = None
    payment_information_id: str | None = None
    uetr: str | None = None
    mandate: str | None = None
    structured_reference: str | None = None
    remittance_text: str = ""
    debtor: Party = Party()
    creditor: Party = Party()
    instructed: Money | None = None
    transaction: Money | None = None
    exchange: Exchange | None = None
    charges: tuple[Charge, ...] = ()
    return_reason: str | None = None
    info: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What the bank says of a batch booked as one entry; checked against the details when they are there."""

    count: int | None = None
    total: Money | None = None
    payment_information_id: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an account: a positive amount, its direction and state.

    `booked` is an aware datetime in the account's zone when the bank gave a time, else the date. `reference` is the
    account servicer's, of the entry or, when the entry has none, of its only detail.
    """

    amount: Money
    credit: bool
    status: EntryStatus
    booked: date | datetime
    position: Position
    value: date | None = None
    reversal: bool = False
    reference: str | None = None
    entry_reference: str | None = None
    code: BankTransactionCode = BankTransactionCode()
    details: tuple[Detail, ...] = ()
    charges: tuple[Charge, ...] = ()
    batch: Batch | None = None
    info: str = ""

    @property
    def signed(self) -> Money:
        """The amount as the balance feels it: negative for a debit."""
        return self.amount if self.credit else -self.amount

    @property
    def booked_on(self) -> date:
        """The booking day in the account's zone."""
        return self.booked.date() if isinstance(self.booked, datetime) else self.booked


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance of an ISO kind (OPBD, PRCD, CLBD, ITBD, CLAV, …); negative when overdrawn."""

    kind: str
    amount: Money
    on: date | datetime

    def end(self, zone: tzinfo) -> datetime:
        """Return the instant of a closing balance: its time, or 24:00 of its day in the account's zone."""
        if isinstance(self.on, datetime):
            return self.on
        return datetime.combine(self.on + timedelta(days=1), time(), tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Statement:
    """One account's statement, report or notification.

    `account` is an IBAN, or the bank's own number where it gives no IBAN.
    Opening and closing balances stand when the message has them: always in a camt.053 or MT940, often in a camt.052.
    """

    account: str
    currency: Currency
    id: str
    created_at: datetime
    position: Position
    entries: tuple[Entry, ...] = ()
    sequence: int | None = None
    electronic_sequence: int | None = None
    page: int | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    opening: Balance | None = None
    closing: Balance | None = None
    balances: tuple[Balance, ...] = ()
    copy: str | None = None

    @property
    def booked(self) -> tuple[Entry, ...]:
        """The entries that are money."""
        return tuple(entry for entry in self.entries if entry.status is EntryStatus.BOOK)

    @property
    def difference(self) -> Money | None:
        """Closing less opening less the booked entries: zero when the statement is complete, None without balances."""
        if self.opening is None or self.closing is None:
            return None
        moved = Money.total((entry.signed for entry in self.booked), self.currency)
        return self.closing.amount - self.opening.amount - moved

    @property
    def is_complete(self) -> bool:
        """Whether both balances are there and the booked entries explain the way from one to the other."""
        return self.difference is not None and self.difference.minor == 0


@dataclass(frozen=True, slots=True)
class PaymentStatus:
    """One line of a pain.002: about a whole file (both ids None), one batch of it, or one payment."""

    original_message_id: str
    status: str
    payment_information_id: str | None = None
    end_to_end_id: str | None = None
    reason: str | None = None
    info: str = ""


@dataclass(frozen=True, slots=True)
class PaymentReturn:
    """One transaction of a pacs.004: money of an earlier payment on its way back."""

    return_id: str
    amount: Money
    original_end_to_end_id: str | None
    original_message_id: str | None = None
    original_transaction_id: str | None = None
    original_uetr: str | None = None
    reason: str | None = None
    settles_on: date | None = None
    info: str = ""


@dataclass(frozen=True, slots=True)
class BankMessage:
    """One file of a bank.

    `kind` is camt.052, camt.053, camt.054, pain.002, pacs.004 or mt940; `version` its ISO version such as 08, else
    blank.
    """

    kind: str
    version: str
    message_id: str
    created_at: datetime
    statements: tuple[Statement, ...] = ()
    payment_statuses: tuple[PaymentStatus, ...] = ()
    payment_returns: tuple[PaymentReturn, ...] = ()

    @property
    def entries(self) -> tuple[tuple[Statement, Entry], ...]:
        """Every entry with the statement that it stands in, in file order."""
        return tuple((statement, entry) for statement in self.statements for entry in statement.entries)


@dataclass(frozen=True, slots=True)
class Discontinuity:
    """A break between two statements of one account: `kind` is balance or sequence, the sentence has the facts."""

    kind: str
    sentence: str


def breaks_between(earlier: Statement, later: Statement) -> tuple[Discontinuity, ...]:
    """Compare two successive statements of one account and currency; nothing when one goes on where the other ended.

    Checked are opening against last closing, and the electronic sequence number (else the legal one), which rises by
    one; it may start again at 1 when the year of the closing changes. A repeated number is the caller's duplicate,
    not a break.
    """
    found: list[Discontinuity] = []
    if earlier.closing and later.opening and earlier.closing.amount != later.opening.amount:
        sentence = f"{earlier.id} closes with {earlier.closing.amount}, {later.id} opens with {later.opening.amount}"
        found.append(Discontinuity("balance", sentence))
    before, after = _sequence(earlier), _sequence(later)
    if before is not None and after is not None and after not in _next_numbers(earlier, later, before):
        found.append(Discontinuity("sequence", f"after number {before} comes {after}"))
    return tuple(found)


def in_order(statements: Iterable[Statement]) -> list[Statement]:
    """Sort statements of one account by closing day, then number, then page."""
    return sorted(statements, key=lambda item: (_closing_day(item), _sequence(item) or 0, item.page or 0))


def _sequence(statement: Statement) -> int | None:
    """Return the number that counts statements."""
    return statement.sequence if statement.electronic_sequence is None else statement.electronic_sequence


def _closing_day(statement: Statement) -> date:
    """Return the day of the closing balance, else of the making."""
    on = statement.closing.on if statement.closing else statement.created_at
    return on.date() if isinstance(on, datetime) else on


def _next_numbers(earlier: Statement, later: Statement, number: int) -> set[int]:
    """Return the numbers that may follow `number`."""
    allowed = {number + 1}
    if _closing_day(later).year > _closing_day(earlier).year:
        allowed |= {0, 1}
    if earlier.page is not None and later.page == earlier.page + 1:
        allowed.add(number)
    return allowed
