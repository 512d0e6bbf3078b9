"""Which entry of a bank is which: a name for each, equal wherever and however often the bank reports it.

A bank tells the same credit several times: at once in a camt.054, in the evening in a camt.053 or MT940, again in a
copy, in another version of the format. An entry's name is the account servicer's reference when there is one.
Otherwise it is a hash of what all these reports share, with the ordinal among lines that are alike, so that twenty
equal credits are twenty.

Reports differ in what they tell, so a name alone does not find every repetition; `sift` applies these rules:

- Names are for booked entries. A pending entry has the name that it will be booked under.
- A reference names one booking in one direction. The same name with another amount is no second deposit but a
  contradiction, for the caller to refuse (`Sighting.whole`).
- A report without a reference is of the same booking as a known one of equal content (day, amount, direction,
  end-to-end id, remittance), each known one taken at most once a message; and the other way round.
- Two credits without references, alike in all this and notified apart, count as one until a statement lists both:
  late is safe, twice is not.
- A batch booked as one sum may be notified payment by payment, or the other way round. It is known when each payment in
  it is known as an entry of its own; a payment is known when it is inside a known batch. A batch of which some payments
  are known and some are not is refused.
"""

import hashlib
import re
import unicodedata
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from tradecoin.domain.references import is_rf, normal_rf, rf_in_text
from tradecoin.domain.statement import BadBankMessage, Detail, Entry, EntryStatus

_SAYS_NOTHING = {"NONREF", "NOTPROVIDED", "NOTAPPLICABLE", "NOTAVAILABLE", "NONE", "UNKNOWN", "NA", "NOREF", "KEINE"}
_NO_LETTERS = re.compile(r"[\W_]+")
# The largest file that is read holds about so many texts; each is asked for when known entries are sought and again
# when they are compared.
_REMEMBERED = 16_384


def given(text: str | None) -> str | None:
    """Return an identifier without outer space, or None when it is empty or a filler such as NOTPROVIDED or NONREF."""
    if not text:
        return None
    trimmed = text.strip()
    letters = _NO_LETTERS.sub("", trimmed.upper())
    return None if not letters.strip("0") or letters in _SAYS_NOTHING else trimmed


def fingerprint(entry: Entry, account: str, ordinal: int) -> str:
    """Return the name of `entry` in `account`, 64 hex digits; `ordinal` counts from 0 among lines that are alike.

    The reference of the entry comes first, then those of all its parts, then the content. Of the dates only the booking
    day goes in: notifications often lack the value date, and the ordinal keeps equal lines apart all the same.
    """
    return _own_name(entry, account) or _digest("content", account, *_content(entry), str(ordinal))


def part_fingerprints(entry: Entry, account: str) -> tuple[str, ...]:
    """Return the names that the payments inside would have as entries; empty unless each has a reference of its own."""
    references = [given(detail.servicer_reference) for detail in entry.details]
    if not references or None in references or len(set(references)) < len(references):
        return ()
    pairs = zip(entry.details, references, strict=True)
    return tuple(_reference_name(account, detail.credit, reference) for detail, reference in pairs if reference)


@dataclass(frozen=True, slots=True)
class Known:
    """What the store remembers of a booked entry: id, all names, content, whether a report had a reference."""

    id: str
    names: frozenset[str]
    content: str
    referenced: bool


@dataclass(frozen=True, slots=True)
class Sighting:
    """One booked entry of a message, and what to remember of it.

    `known` is the entry that it repeats, None when it is new; a repetition inside the message has the earlier
    sighting's `name` as id. `name` is the unique key of a new entry. `names` are all to be remembered, of a known
    entry beside those that it has; so is `referenced`.
    """

    entry: Entry
    name: str
    names: frozenset[str]
    content: str
    referenced: bool
    known: Known | None
    whole: bool = True


def sift(
    entries: Iterable[Entry], account: str, known: Iterable[Known], *, complete: bool = False
) -> tuple[Sighting, ...]:
    """Tell the new booked entries of one account in one message from the repeated ones, in order.

    Give all entries of the account in the message at once, and of the known ones at least those that share a name or
    a content with them: see `candidates`. `complete` says that balances prove the lines (`Statement.is_complete`): then
    a reference that stands twice names two bookings; in a mere notification it is one told twice. Raises BadBankMessage
    for a batch that is known in part.
    """
    sieve = _Sieve(account, known)
    own = sieve.own_names([entry for entry in entries if entry.status is EntryStatus.BOOK], complete=complete)
    named = [(entry, name, sieve.take_named(entry, name)) for entry, name in own]
    return tuple(sieve.sighting(entry, name, found) for entry, name, found in named)


def candidates(entries: Iterable[Entry], account: str, *, complete: bool = False) -> tuple[set[str], set[str]]:
    """Return the names and the contents by which `sift` may find known entries: what to ask the store for."""
    listed = list(entries)
    names: set[str] = set()
    for entry, own in _Sieve(account, ()).own_names(listed, complete=complete):
        parts = part_fingerprints(entry, account)
        names.update(parts, map(_inside, parts), {own, _inside(own)} if own else ())
    return names, {content_of(entry, account) for entry in listed}


def content_of(entry: Entry, account: str) -> str:
    """Return the hash of what entries that are alike share, without an ordinal."""
    return _digest("alike", account, *_content(entry))


class _Sieve:
    """The known entries by name and by content, and which of them this message has already accounted for."""

    def __init__(self, account: str, known: Iterable[Known]) -> None:
        """Index the known entries."""
        self._account = account
        self._by_name: dict[str, Known] = {}
        self._by_content: dict[tuple[str, bool], deque[Known]] = {}
        self._taken: set[str] = set()
        self._alike: Counter[str] = Counter()
        for one in known:
            self._by_name |= dict.fromkeys(one.names, one)
            self._alike[one.content] += 1
            self._by_content.setdefault((one.content, False), deque()).append(one)
            if not one.referenced:
                self._by_content.setdefault((one.content, True), deque()).append(one)

    def own_names(self, entries: Iterable[Entry], *, complete: bool) -> list[tuple[Entry, str]]:
        """Name each entry by its reference, blank without one; repetitions in a complete statement count from 1."""
        seen: Counter[str] = Counter()
        named = []
        for entry in entries:
            name = _own_name(entry, self._account)
            repeated = seen[name] if complete and name else 0
            seen[name] += 1
            named.append((entry, _digest("again", name, str(repeated)) if repeated else name))
        return named

    def take_named(self, entry: Entry, own: str) -> tuple[Known | None, bool]:
        """Find a known entry by reference and take it, and say whether it is this very booking."""
        found = self._by_name.get(own)
        if found is not None:
            self._taken.add(found.id)
            return found, True
        return self._by_name.get(_inside(own)) or self._take_parts(entry, own), False

    def _take_parts(self, entry: Entry, own: str) -> Known | None:
        """Find the payments of a batch as entries of their own, and take them all; some but not all is refused."""
        names = [name for name in part_fingerprints(entry, self._account) if name != own]
        parts = [self._by_name[name] for name in names if name in self._by_name]
        if len(parts) < len(names):
            if parts:
                reason = f"{len(parts)} of the {len(names)} payments inside were booked before, the others were not"
                raise BadBankMessage(entry.position.line, entry.position.path, reason)
            return None
        self._taken.update(part.id for part in parts)
        return parts[0] if parts else None

    def sighting(self, entry: Entry, own: str, found: tuple[Known | None, bool]) -> Sighting:
        """Decide on one entry: by the name found before, one just seen in this message, or by likeness."""
        content = content_of(entry, self._account)
        known, whole = found if found[0] else self.take_named(entry, own)
        if known is None:
            known, whole = self._take_alike(content, referenced=bool(own)), True
        name = own or fingerprint(entry, self._account, self._alike[content])
        inside = {_inside(part) for part in part_fingerprints(entry, self._account) if part != own}
        told = inside | ({own} if own else set()) if whole else ()
        names = frozenset(one for one in told if one not in self._by_name)
        if known is None:
            self._alike[content] += 1
            self._by_name |= dict.fromkeys(names, Known(name, names, content, True))
            names |= {name}
        return Sighting(entry, name, names, content, bool(own), known, whole)

    def _take_alike(self, content: str, *, referenced: bool) -> Known | None:
        """Find one of equal content, not taken yet, and take it; two references that differ are two bookings.

        A wallet may get thousands of equal credits, so what is taken is not looked at again.
        """
        left = self._by_content.get((content, referenced))
        while left and left[0].id in self._taken:
            left.popleft()
        if not left:
            return None
        self._taken.add(left[0].id)
        return left.popleft()


def _own_name(entry: Entry, account: str) -> str:
    """Return the name by reference: the entry's, else its only payment's, else those of all its payments; or blank."""
    only = entry.details[0].servicer_reference if len(entry.details) == 1 else None
    reference = given(entry.reference) or given(only)
    if reference:
        return _reference_name(account, entry.credit, reference)
    parts = part_fingerprints(entry, account)
    return _digest("parts", *sorted(parts)) if parts else ""


def _inside(name: str) -> str:
    """Return what a batch remembers of a payment inside it: not its name, since banks also write shared ones there."""
    return _digest("inside", name)


def _reference_name(account: str, credit: bool, reference: str) -> str:
    """Name a booking by its reference and direction: banks use one reference for a booking and its reversal."""
    return _digest("reference", account, _sign(credit), reference)


def _content(entry: Entry) -> tuple[str, ...]:
    """Return the facts that go into the content hash."""
    # A detail that says nothing is as good as none.
    told = ((given(detail.end_to_end_id) or "", _remittance(detail)) for detail in entry.details)
    details = sorted("\x1f".join(pair) for pair in told if any(pair))
    amount = f"{entry.amount.minor} {entry.amount.currency}"
    return (entry.booked_on.isoformat(), amount, _sign(entry.credit), *details)


def _remittance(detail: Detail) -> str:
    """Reduce remittance information to what survives every bank's formatting.

    An RF reference stands for the whole, wherever it is. Otherwise: compatibility forms, case and all white space go,
    as line breaks fall elsewhere in each format.
    """
    return _reduced(detail.structured_reference or "", detail.remittance_text)


@lru_cache(maxsize=_REMEMBERED)
def _reduced(structured: str, unstructured: str) -> str:
    """Reduce a structured reference and a text."""
    if structured and is_rf(structured):
        return normal_rf(structured)
    found = rf_in_text(unstructured)
    if found:
        return found[0]
    text = unicodedata.normalize("NFKC", f"{structured} {unstructured}")
    return "".join(text.casefold().split())


def _sign(credit: bool) -> str:
    """Return the ISO word for the direction."""
    return "CRDT" if credit else "DBIT"


def _digest(*parts: str) -> str:
    """Return SHA-256, in hex, of the parts, each after its length, so that no two lists give the same bytes."""
    pieces: list[bytes] = []
    for part in parts:
        encoded = part.encode()
        pieces += (len(encoded).to_bytes(4, "big"), encoded)
    return hashlib.sha256(b"".join(pieces)).hexdigest()
