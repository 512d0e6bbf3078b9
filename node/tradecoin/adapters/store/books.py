"""The ledger in SQL: entries chained by hash, running balances beside them in the same transaction."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from tradecoin.adapters.store.columns import currency, milliseconds
from tradecoin.adapters.store.session import Session
from tradecoin.domain.errors import BrokenInvariant
from tradecoin.domain.ledger import Account, Balances, Event, Journal, Line, PostedJournal, chain_hash
from tradecoin.domain.money import Currency, Money

GENESIS: Final = "0" * 64
"""The hash that the first entry names as the one before it."""

_CHUNK: Final = 1000

_HEAD = "SELECT seq, hash FROM journals ORDER BY seq DESC LIMIT 1"
_KNOWN = {
    "sqlite": "SELECT key FROM journals WHERE key IN (SELECT value FROM json_each(:keys))",
    "postgresql": "SELECT key FROM journals WHERE key IN (SELECT json_array_elements_text(CAST(:keys AS json)))",
}
_INSERT = """INSERT INTO journals (seq, event, key, subject, memo, effective_at, posted_at, previous_hash, hash)
    VALUES (:seq, :event, :key, :subject, :memo, :effective_at, :posted_at, :previous_hash, :hash)"""
_INSERT_LINE = (
    "INSERT INTO journal_lines (seq, line, account, currency, minor) VALUES (:seq, :line, :account, :currency, :minor)"
)
_ADD_TO_BALANCE = """INSERT INTO balances (account, currency, minor) VALUES (:account, :currency, :minor)
    ON CONFLICT (account, currency) DO UPDATE SET minor = balances.minor + excluded.minor"""
_BALANCES = "SELECT account, minor FROM balances WHERE currency = :currency"
_SINCE = """SELECT account, sum(minor) FROM journals JOIN journal_lines ON journal_lines.seq = journals.seq
    WHERE effective_at >= :moment AND currency = :currency GROUP BY account"""
_SUMS = "SELECT account, sum(minor) FROM journal_lines WHERE currency = :currency GROUP BY account"
_ENTRIES = """SELECT journals.seq, event, key, subject, memo, effective_at, posted_at, previous_hash, hash,
    account, minor, currency FROM journals JOIN journal_lines ON journal_lines.seq = journals.seq
    WHERE journals.seq > :after AND journals.seq <= :last ORDER BY journals.seq, line"""


class SqlBooks:
    """Books within one transaction, in one currency."""

    __slots__ = ("_currency", "_now", "_session")

    def __init__(self, session: Session, now: datetime, unit: Currency) -> None:
        self._session = session
        self._now = now
        self._currency = unit

    def post(self, *journals: Journal) -> int:
        """Append what is new by its key, move the balances, and check that reserve and claims are still equal."""
        fresh = self._fresh(journals)
        if not fresh:
            return 0
        self._check_currency(fresh)
        posted = self._chained(fresh)
        self._session.tell_many(_INSERT, [_record(entry) for entry in posted])
        self._session.tell_many(_INSERT_LINE, [line for entry in posted for line in _lines(entry)])
        self._move_balances(fresh)
        self.balances().check_identity()
        return len(fresh)

    def _fresh(self, journals: Sequence[Journal]) -> list[Journal]:
        """Return the first entry of each key that is not in the books, its time cut to milliseconds."""
        wanted = {each.key: each for each in reversed(journals)}
        keys = list(dict.fromkeys(each.key for each in journals))
        known: set[str] = set()
        for start in range(0, len(keys), _CHUNK):
            chunk = json.dumps(keys[start : start + _CHUNK])
            known |= {key for (key,) in self._session.ask(_KNOWN[self._session.dialect.name], keys=chunk)}
        fresh = [wanted[key] for key in keys if key not in known]
        return [replace(each, effective_at=milliseconds(each.effective_at)) for each in fresh]

    def _check_currency(self, journals: Iterable[Journal]) -> None:
        """Refuse another currency than that of these books."""
        for journal in journals:
            if journal.lines[0].amount.currency != self._currency:
                got = journal.lines[0].amount.currency.code
                raise BrokenInvariant("an entry is in the currency of the books", got=got, books=self._currency.code)

    def _chained(self, journals: Sequence[Journal]) -> list[PostedJournal]:
        """Give entries their numbers and hashes, following the last one in the books."""
        seq, previous = next(iter(self._session.ask(_HEAD)), (0, GENESIS))
        posted = []
        for journal in journals:
            seq += 1
            own = chain_hash(previous, seq, journal)
            posted.append(PostedJournal(seq, journal, self._now, previous, own))
            previous = own
        return posted

    def _move_balances(self, journals: Iterable[Journal]) -> None:
        moved: Counter[Account] = Counter()
        for journal in journals:
            for line in journal.lines:
                moved[line.account] += line.amount.minor
        changes = [
            {"account": str(account), "currency": self._currency.code, "minor": moved[account]}
            for account in Account
            if moved[account]
        ]
        if changes:
            self._session.tell_many(_ADD_TO_BALANCE, changes)

    def balances(self, *, as_of: datetime | None = None) -> Balances:
        """Return the running balances; for an earlier moment, less what took effect from it on."""
        found = Counter(
            {name: int(minor) for name, minor in self._session.ask(_BALANCES, currency=self._currency.code)}
        )
        if as_of is not None:
            # Times are kept cut down to milliseconds, so a cut within one lies after all that happened in it.
            moment = milliseconds(as_of + timedelta(microseconds=999))
            later = self._session.ask(_SINCE, moment=moment, currency=self._currency.code)
            found.subtract({name: int(minor) for name, minor in later})
        return self._balances(found)

    def _balances(self, sums: Counter[str]) -> Balances:
        """Turn debits less credits into what each account's normal side holds."""
        reserve = Money(sums[Account.BANK_RESERVE], self._currency)
        owed = [Money(-sums[account], self._currency) for account in list(Account)[1:]]
        return Balances(reserve, *owed)

    def journals(self, *, after: int = 0, limit: int = 1000) -> Sequence[PostedJournal]:
        """Return entries beyond `after`; numbers have no holes, so the limit is a number too."""
        records = self._session.ask(_ENTRIES, after=after, last=after + max(limit, 0))
        into = self._session.dialect.moment.into or _same
        return tuple(_posted(list(group), into) for _, group in groupby(records, key=lambda record: record[0]))

    def verify_chain(self) -> int:
        """Recompute every number and hash, then every balance."""
        seq, previous = 0, GENESIS
        while chunk := self.journals(after=seq, limit=_CHUNK):
            for entry in chunk:
                seq += 1
                own = chain_hash(previous, seq, entry.journal)
                if (entry.seq, entry.previous_hash, entry.hash) != (seq, previous, own):
                    raise BrokenInvariant("the books were altered", seq=seq, expected=own, actual=entry.hash)
                previous = own
        self._check_end(seq)
        return seq

    def _check_end(self, last: int) -> None:
        """Compare the running balances with the sums, and the last number with the head's."""
        head, _ = next(iter(self._session.ask(_HEAD)), (0, GENESIS))
        if head != last:
            raise BrokenInvariant("the books have a gap", seq=last + 1, head=head)
        sums = Counter({name: int(minor) for name, minor in self._session.ask(_SUMS, currency=self._currency.code)})
        if self._balances(sums) != self.balances():
            raise BrokenInvariant("the running balances are not the sums of the entries")


def _same(value: Any) -> Any:
    return value


def _record(entry: PostedJournal) -> dict[str, Any]:
    journal = entry.journal
    return {
        "seq": entry.seq,
        "event": str(journal.event),
        "key": journal.key,
        "subject": journal.subject,
        "memo": journal.memo,
        "effective_at": journal.effective_at,
        "posted_at": entry.posted_at,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _lines(entry: PostedJournal) -> list[dict[str, Any]]:
    return [
        {
            "seq": entry.seq,
            "line": number,
            "account": str(line.account),
            "currency": line.amount.currency.code,
            "minor": line.amount.minor,
        }
        for number, line in enumerate(entry.journal.lines)
    ]


def _posted(records: Sequence[Any], into: Any) -> PostedJournal:
    """Make an entry of its records, one a line."""
    seq, event, key, subject, memo, effective_at, posted_at, previous, own = records[0][:9]
    lines = tuple(Line(Account(name), Money(minor, currency(code))) for *_, name, minor, code in records)
    journal = Journal(Event(event), key, subject, lines, into(effective_at), memo)
    return PostedJournal(seq, journal, into(posted_at), previous, own)
