"""Making a statement file the bank's own book: accounts, opening balances, entries under their own references."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from tradecoin_devnet.bank import accounts, statement_file, times
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.money import decimal_text
from tradecoin_devnet.bank.refusals import Refused, conflict
from tradecoin_devnet.bank.statement_file import Line, Page

_STALE = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Period:
    """A statement with the times between which all its booked entries lie."""

    page: Page
    number: int
    from_at: datetime
    to_at: datetime


def load(desk: Desk, raw: bytes, *, check_only: bool = False, set_clock: bool = False) -> dict[str, Any]:
    """Take the file into the books; return what came in and `closing_at`. The same bytes again change nothing.

    Refused when it cannot be read (413, 422), when balances and entries contradict each other (422), when the bank
    keeps one of the accounts (409), or when the clock is more than a month past the closing time (409): the bank would
    then have to account for all the days between. `set_clock` moves the devnet's clock to just after the closing time;
    `check_only` reads and judges the file and keeps nothing.
    """
    digest = hashlib.sha256(raw).hexdigest()
    before = desk.books.value("SELECT answer FROM loads WHERE sha256 = ?", digest)
    if before:
        return {**json.loads(before), "already": True}
    version, pages = statement_file.read(raw, times.zone_named(desk.zone))
    periods = _periods(pages)
    closing_at = max(period.to_at for period in periods)
    answer = {"closing_at": times.stamp(closing_at), "accounts": _told(periods), "already": False}
    if check_only:
        return answer
    _refuse_taken(desk, periods)
    _mind_the_clock(desk, closing_at, set_clock)
    for _, same in groupby(periods, key=lambda period: period.page.account):
        _take_in(desk, version, list(same), closing_at)
    desk.books.run("INSERT INTO loads VALUES (?, ?)", digest, json.dumps(answer))
    return answer


def _periods(pages: list[Page]) -> list[Period]:
    """Put each account's statements into a chain; Refused when they do not add up or do not follow each other."""
    periods: list[Period] = []
    for _, same in groupby(sorted(pages, key=lambda page: page.account), key=lambda page: page.account):
        chain: list[Period] = []
        for page in same:
            _prove(page, chain[-1].page if chain else None)
            if chain and _goes_on(page, chain[-1].page):
                chain[-1] = replace(chain[-1], page=_joined(chain[-1].page, page))
            else:
                chain.append(_period(page, chain[-1] if chain else None))
        periods.extend(chain)
    return periods


def _goes_on(page: Page, before: Page) -> bool:
    """Whether a page is the next one of the same statement: the same number and closing time."""
    return page.number is not None and (page.number, page.closing_at) == (before.number, before.closing_at)


def _joined(first: Page, second: Page) -> Page:
    """Put two pages of one statement together."""
    return replace(first, closing=second.closing, lines=first.lines + second.lines)


def _prove(page: Page, before: Page | None) -> None:
    """Refuse a statement that its entries do not explain, or that does not open with the last one's closing balance."""
    moved = sum(line.minor if line.credit else -line.minor for line in page.lines if line.booked)
    opening, closing, sum_text = (decimal_text(minor, page.currency) for minor in (page.opening, page.closing, moved))
    place = f"line {page.line_number}: {page.account} opens with {opening}"
    if page.opening + moved != page.closing:
        message = f"{place}, its entries come to {sum_text}, but it closes with {closing}"
        raise Refused(422, "does_not_add_up", message)
    if before and (before.closing, before.currency) != (page.opening, page.currency):
        last = f"{decimal_text(before.closing, before.currency)} {before.currency}"
        raise Refused(422, "does_not_follow", f"{place} {page.currency}, but the statement before closed with {last}")


def _period(page: Page, before: Period | None) -> Period:
    """Place the statement in time: from the last one's end, or from the earliest entry, at least a day.

    Pages that close at the same time share their period: what is on any of them lies before that time.
    """
    if before:
        number, end = max(page.number or 0, before.number + 1), max(page.closing_at, before.to_at)
        return Period(page, number, before.from_at if end == before.to_at else before.to_at, end)
    earliest = [line.dated for line in page.lines if line.booked and line.dated]
    return Period(page, page.number or 1, min([*earliest, page.closing_at - timedelta(days=1)]), page.closing_at)


def _told(periods: list[Period]) -> list[dict[str, Any]]:
    """Return the figures of each statement."""
    return [
        {
            "iban": period.page.account,
            "name": period.page.name,
            "currency": period.page.currency,
            "number": period.number,
            "opening": decimal_text(period.page.opening, period.page.currency),
            "closing": decimal_text(period.page.closing, period.page.currency),
            "from": times.stamp(period.from_at),
            "to": times.stamp(period.to_at),
            "entries": sum(line.booked for line in period.page.lines),
            "pending": sum(not line.booked for line in period.page.lines),
        }
        for period in periods
    ]


def _refuse_taken(desk: Desk, periods: list[Period]) -> None:
    for period in periods:
        if accounts.find(desk, period.page.account):
            raise conflict("account_exists", f"the bank already keeps {period.page.account}; load into an empty bank")


def _mind_the_clock(desk: Desk, closing_at: datetime, set_clock: bool) -> None:
    if set_clock:
        desk.clock.start_at(closing_at + timedelta(seconds=2))
    elif desk.now() - closing_at > _STALE:
        raise conflict("clock_ahead", f"the clock is more than a month past {times.stamp(closing_at)}; set it first")


def _take_in(desk: Desk, version: str, chain: list[Period], closing_at: datetime) -> None:
    """Open the account as it stood before the first statement, then book every statement's entries.

    The bank's own first statement ends a day after `closing_at`, the last moment that the file speaks of: an account
    that closes earlier in the file than another gets no statement in between.
    """
    first, last = chain[0], chain[-1]
    row = {
        "iban": first.page.account,
        "name": first.page.name,
        "kind": "reserve",
        "currency": first.page.currency,
        "opening_minor": first.page.opening,
        "zone": desk.zone,
        "version": version,
        "notify": "each",
        "day_end": "daily",
        "debit": "value_date",
        "magic": True,
        "charge_minor": 0,
    }
    account = accounts.insert(desk, row, times.stamp(first.from_at))["id"]
    for period in chain:
        _book_period(desk, account, period)
    next_end = times.day_end_after(closing_at, times.zone_named(desk.zone))
    desk.books.run(
        "UPDATE accounts SET balance_minor = ?, cut_at = ?, day_ends_at = ? WHERE id = ?",
        *(last.page.closing, times.stamp(last.to_at), times.stamp(next_end), account),
    )


def _book_period(desk: Desk, account: int, period: Period) -> None:
    """Write the statement's entries and the statement itself, which was sent by somebody else already."""
    for line in period.page.lines:
        _book_line(desk, account, period, line)
    desk.books.run(
        "INSERT INTO statements (account_id, number, from_at, to_at, date_only, opening_minor, closing_minor)"
        " VALUES (?, ?, ?, ?, 1, ?, ?)",
        *(account, period.number, times.stamp(period.from_at), times.stamp(period.to_at)),
        *(period.page.opening, period.page.closing),
    )


def _book_line(desk: Desk, account: int, period: Period, line: Line) -> None:
    """Write one entry; a date outside the statement's period is moved to its edge, so that balances hold at the cut."""
    latest = period.to_at - times.MILLISECOND
    at = min(max(line.dated or latest, period.from_at), latest)
    day = times.local_day(line.dated or latest, times.zone_named(desk.zone)).isoformat()
    signed = line.minor if line.credit else -line.minor
    legs = {period.page.account: signed, "clearing": -signed}
    text = f"entry {line.reference} of a loaded statement"
    journal = desk.books.post(times.stamp(at), text, period.page.currency, legs) if line.booked else None
    desk.books.run(
        "INSERT INTO entries (account_id, reference, end_to_end_id, minor, credit, status, reversal, booked_at,"
        " booking_date, value_date, journal_id, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(account, line.reference, line.end_to_end_id, line.minor, line.credit, "BOOK" if line.booked else "PDNG"),
        *(line.reversal, times.stamp(at) if line.booked else None, day, line.value_date or day, journal),
        json.dumps(line.facts),
    )
