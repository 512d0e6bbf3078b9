"""MT940 customer statements, read strictly after the SWIFT field formats, some common liberties of banks included.

A strict reader of our own rather than a lenient library: every line must be understood here and a refusal names it,
while the mt-940 library skips what it does not match and takes a reversed credit (RC) for a credit unless told
otherwise. The tests read the same files with it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date

from tradecoin.adapters.bank_files.mt940_info import read_info
from tradecoin.adapters.bank_files.values import Reading
from tradecoin.domain.errors import Refused
from tradecoin.domain.fingerprint import given
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.references import masked_iban
from tradecoin.domain.statement import (
    BadBankMessage,
    Balance,
    BankMessage,
    BankTransactionCode,
    Entry,
    EntryStatus,
    Position,
    Statement,
)

_FIELD = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)")
_END = re.compile(r"-(\}.*)?")
_KNOWN = frozenset(
    {"13", "13D", "20", "21", "25", "25P", "28", "28C", "34F", "60F", "60M", "61", "62F", "62M", "64", "65", "86"}
    | {"90C", "90D", "NS"}
)
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]{1,15},[0-9]*)")
_NUMBER = re.compile(r"([0-9]{1,10})(?:/([0-9]{1,5}))?")
# 6!n[4!n]2a[1!a]15d1!a3!c16x[//16x][34x]; banks leave the entry date blank, and some write longer references.
_LINE = re.compile(
    r"(?P<value>[0-9]{6})(?P<booked>[0-9]{4}|\s{4})?(?P<mark>R?[CD])(?P<funds>[A-Z])?(?P<amount>[0-9]{1,15},[0-9]*)"
    r"(?P<type>[NFS][A-Z0-9]{3})(?P<customer>(?:(?!//)[^\n])*)(?://(?P<bank>[^\n]*))?(?:\n(?P<extra>.*))?",
    re.DOTALL,
)
_POINTERS = frozenset({"EREF", "KREF", "MARF", "MREF", "PREF"})


@dataclass(slots=True)
class _Field:
    """A field of a message with the line that it starts on; the value keeps its line breaks."""

    tag: str
    line: int
    value: str

    @property
    def position(self) -> Position:
        """Where it stands."""
        return Position(self.line, f":{self.tag}:")

    def bad(self, reason: str) -> BadBankMessage:
        """Return the complaint about this field, to be raised."""
        return BadBankMessage(self.line, f":{self.tag}:", reason)


@dataclass(slots=True)
class _Block:
    """The fields of one statement message, from its :20: on."""

    fields: list[_Field] = field(default_factory=list)

    def only(self, *tags: str) -> _Field:
        """Return the one field with one of these tags; raises BadBankMessage when there is none or another."""
        found = [one for one in self.fields if one.tag in tags]
        if not found:
            raise BadBankMessage(self.fields[0].line, f":{tags[0]}:", "mandatory field is missing")
        if len(found) > 1:
            raise found[1].bad("field stands twice in one statement")
        return found[0]


def read_mt940(text: str, reading: Reading) -> BankMessage:
    """Read every statement in `text`; raises BadBankMessage."""
    blocks = _blocks(text)
    if not blocks:
        raise BadBankMessage(1, ":20:", "no MT940 statement in the file")
    statements = tuple(_statement(block, reading) for block in blocks)
    first = statements[0]
    return BankMessage("mt940", "", blocks[0].only("20").value.strip(), first.created_at, statements)


def _blocks(text: str) -> list[_Block]:
    """Split the text into statements."""
    blocks: list[_Block] = []
    for one in _fields(text):
        if one.tag == "20":
            blocks.append(_Block())
        if not blocks:
            raise one.bad("field stands before the first :20:")
        blocks[-1].fields.append(one)
    return blocks


def _fields(text: str) -> Iterator[_Field]:
    """Yield the fields. What stands outside messages (SWIFT block headers, a bank's own first lines) is passed over."""
    current: _Field | None = None
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        line = re.sub(r"^\{1:.*\{4:", "", raw).rstrip()
        match = _FIELD.fullmatch(line)
        if match:
            if current:
                yield current
            current = _Field(match[1], number, match[2])
            if current.tag not in _KNOWN:
                raise current.bad("unknown field")
        elif current and _END.fullmatch(line):
            yield current
            current = None
        elif current:
            current.value += f"\n{line}"
    if current:
        yield current


def _statement(block: _Block, reading: Reading) -> Statement:
    """Read one statement and prove that it adds up."""
    opening, closing = block.only("60F", "60M"), block.only("62F", "62M")
    first, last = _balance(opening, "OPBD"), _balance(closing, "CLBD")
    number = block.only("28C", "28")
    match = _NUMBER.fullmatch(number.value.strip())
    if match is None:
        raise number.bad("not a statement number such as 00123/001")
    statement = Statement(
        account=_account(block.only("25", "25P"), reading),
        currency=first.amount.currency,
        id=f"{block.only('20').value.strip()} {number.value.strip()}",
        created_at=last.end(reading.zone).astimezone(UTC),
        position=block.fields[0].position,
        entries=tuple(_entries(block, first.amount.currency, reading)),
        sequence=int(match[1]),
        page=int(match[2]) if match[2] else None,
        opening=first,
        closing=last,
        balances=(first, last),
    )
    if last.amount.currency != first.amount.currency:
        raise closing.bad(f"closes in {last.amount.currency}, opened in {first.amount.currency}")
    if not statement.is_complete:
        raise closing.bad(f"balances do not add up: closing less opening less entries is {statement.difference}")
    return statement


def _account(one: _Field, reading: Reading) -> str:
    """Read the account: an IBAN, alone or after a BIC, with or without a currency behind; or the bank's own number."""
    text = "".join(one.value.upper().split())
    if re.fullmatch(r"[A-Z0-9]{8}(?:[A-Z0-9]{3})?/[A-Z]{2}[0-9]{2}[A-Z0-9]+", text):
        text = text.partition("/")[2]
    bare = re.fullmatch(r"([A-Z]{2}[0-9]{2}[0-9A-Z]{8,27}[0-9])([A-Z]{3})", text)
    try:
        return reading.account(bare[1] if bare else text)
    except Refused as error:
        raise one.bad(f"account {masked_iban(text)}: {error.message}") from None


def _balance(one: _Field, kind: str) -> Balance:
    """Read a balance field."""
    match = _BALANCE.fullmatch(one.value.strip())
    if match is None:
        raise one.bad("not a balance such as C261102EUR1000,00")
    amount = _money(one, match[4], match[3])
    return Balance(kind, amount if match[1] == "C" else -amount, _day(one, match[2]))


def _money(one: _Field, text: str, currency: str) -> Money:
    """Read an amount with a decimal comma, which stands even when nothing follows it."""
    try:
        return Money.parse(text.rstrip(",").replace(",", "."), Currency(currency))
    except Refused as error:
        raise one.bad(error.message) from None


def _day(one: _Field, text: str) -> date:
    """Read YYMMDD; the century is ours, except for the years that lie too far ahead."""
    year = int(text[:2])
    try:
        return date(2000 + year if year < 80 else 1900 + year, int(text[2:4]), int(text[4:]))
    except ValueError:
        raise one.bad(f"{text} is no date") from None


def _entries(block: _Block, currency: Currency, reading: Reading) -> Iterator[Entry]:
    """Read each :61: with the :86: that follows it."""
    for at, one in enumerate(block.fields):
        if one.tag == "61":
            after = block.fields[at + 1] if at + 1 < len(block.fields) else None
            yield _entry(one, after.value if after and after.tag == "86" else "", currency, reading)


def _entry(one: _Field, text: str, currency: Currency, reading: Reading) -> Entry:
    """Read a statement line. RC takes back a credit and is a debit, RD the other way round."""
    match = _LINE.fullmatch(one.value)
    if match is None:
        raise one.bad("not a statement line such as 2611021102C100,00NTRFNONREF//B2611020001")
    amount = _money(one, match["amount"], currency.code)
    if not amount.minor:
        raise one.bad("an amount of zero is not allowed here")
    value = _day(one, match["value"])
    credit = match["mark"] in {"C", "RD"}
    info = read_info(text, credit=credit, customer_reference=_customer(match["customer"]))
    return Entry(
        amount=amount,
        credit=credit,
        status=EntryStatus.BOOK,
        booked=_booked(one, match["booked"], value),
        position=one.position,
        value=value,
        reversal=match["mark"].startswith("R"),
        reference=given(match["bank"]),
        code=BankTransactionCode(proprietary=match["type"]),
        details=(replace(info, amount=amount),),
        info=(match["extra"] or "").strip(),
    )


def _customer(text: str) -> str | None:
    """Return the customer's reference; a word that only points to the :86: is none."""
    return None if text.strip().rstrip("+") in _POINTERS else given(text)


def _booked(one: _Field, text: str | None, value: date) -> date:
    """Return the entry date: it has no year, so the one nearest to the value date, which stands for a blank one."""
    if not text or not text.strip():
        return value
    found = []
    for year in (value.year - 1, value.year, value.year + 1):
        try:
            found.append(date(year, int(text[:2]), int(text[2:])))
        except ValueError:
            continue
    if not found:
        raise one.bad(f"{text} is no day of a year")
    return min(found, key=lambda day: abs(day - value))
