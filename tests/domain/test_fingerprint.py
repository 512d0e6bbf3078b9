"""Which entry is which: the bank may repeat itself in any form, and equal credits stay as many as they are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradecoin.domain import fingerprint as fp
from tradecoin.domain.fingerprint import Known, Sighting, sift
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.references import rf
from tradecoin.domain.statement import BadBankMessage, Detail, Entry, EntryStatus, Position

EUR = Currency("EUR")
ACCOUNT = "NL30NRWB0000000001"
DAY = date(2026, 11, 2)


def credit(reference: str | None = None, minor: int = 100, *, text: str = "x", **detail: str) -> Entry:
    """Make a booked credit with one payment inside."""
    inside = Detail(amount=Money(minor, EUR), remittance_text=text, **detail)  # type: ignore[arg-type]
    return Entry(
        Money(minor, EUR), True, EntryStatus.BOOK, DAY, Position(1, "/"), reference=reference, details=(inside,)
    )


def batch(reference: str | None, *references: str | None) -> Entry:
    """Make a batch of credits of 1.00 with these references of their own."""
    parts = tuple(Detail(amount=Money(100, EUR), servicer_reference=one) for one in references)
    amount = Money(100 * max(len(parts), 1), EUR)
    return Entry(amount, True, EntryStatus.BOOK, DAY, Position(1, "/"), reference=reference, details=parts)


class Memory:
    """A store of known entries, as an importer keeps it."""

    def __init__(self) -> None:
        """Know nothing."""
        self.known: list[Known] = []

    def take(self, *entries: Entry, complete: bool = False) -> list[Sighting]:
        """Import one message; return what was new."""
        names, contents = fp.candidates(entries, ACCOUNT, complete=complete)
        asked = [one for one in self.known if one.names & names or one.content in contents]
        seen = sift(entries, ACCOUNT, asked, complete=complete)
        for sighting in seen:
            self._remember(sighting)
        return [sighting for sighting in seen if sighting.known is None]

    def _remember(self, seen: Sighting) -> None:
        """Add a new entry, or the names that a known one got."""
        if seen.known is None:
            assert all(seen.name not in one.names for one in self.known), "a name is used once"
            self.known.append(Known(seen.name, seen.names, seen.content, seen.referenced))
            return
        assert all(not (seen.names & one.names) for one in self.known), "a name is of one entry"
        at = next(number for number, one in enumerate(self.known) if one.id == seen.known.id)
        old = self.known[at]
        self.known[at] = replace(old, names=old.names | seen.names, referenced=old.referenced or seen.referenced)


@pytest.mark.parametrize(
    "filler", ["NONREF", "nonref", "NOTPROVIDED", " Not Provided ", "", "  ", "-", "000", "N/A", None]
)
def test_a_reference_that_says_nothing_names_nothing(filler: str | None) -> None:
    """Otherwise every credit with NONREF would be the same credit."""
    one, other = credit(filler, text="one"), credit(filler, text="other")
    assert fp.given(filler) is None
    assert fp.fingerprint(one, ACCOUNT, 0) != fp.fingerprint(other, ACCOUNT, 0)
    assert len(Memory().take(one, other)) == 2


def test_a_pending_entry_is_never_new_money() -> None:
    """It has the name that it will be booked under, and does not use it up."""
    memory = Memory()
    pending = replace(credit("A"), status=EntryStatus.PDNG)
    assert memory.take(pending) == []
    assert len(memory.take(credit("A"))) == 1


def test_a_credit_told_twice_is_one() -> None:
    """By notification, by statement, in a copy: one reference is one booking."""
    memory = Memory()
    assert len(memory.take(credit("A"), credit("A"))) == 1
    assert memory.take(credit("A"), complete=True) == []
    assert (
        memory.take(replace(credit("A", text="formatted otherwise"), booked=datetime(2026, 11, 2, 9, tzinfo=UTC))) == []
    )


def test_a_changed_amount_under_one_reference_is_a_contradiction_not_a_deposit() -> None:
    """The bank's reference names a booking; a second amount needs a person."""
    memory = Memory()
    memory.take(credit("A", 100))
    (seen,) = sift([credit("A", 900)], ACCOUNT, memory.known)
    assert (seen.known, seen.whole) == (memory.known[0], True)


def test_a_reversal_under_the_same_reference_is_another_booking() -> None:
    """Banks repeat the reference of what they take back."""
    reversal = replace(credit("A"), credit=False, reversal=True)
    assert len(Memory().take(credit("A"), reversal, complete=True)) == 2
    memory = Memory()
    assert [len(memory.take(credit("A"))), len(memory.take(reversal)), len(memory.take(reversal))] == [1, 1, 0]


@pytest.mark.parametrize("reference", [None, "NONREF"])
def test_twenty_equal_credits_in_one_statement_are_twenty(reference: str | None) -> None:
    """And stay twenty when the file comes again."""
    memory = Memory()
    assert len(memory.take(*[credit(reference)] * 20, complete=True)) == 20
    assert memory.take(*[credit(reference)] * 20, complete=True) == []
    assert len(memory.take(*[credit(reference)] * 21, complete=True)) == 1


def test_a_reference_twice_in_a_complete_statement_is_two_bookings() -> None:
    """The balances prove both: some banks use one reference for a payment and its fee."""
    memory = Memory()
    assert len(memory.take(credit("A", 100), credit("A", 7), complete=True)) == 2
    assert memory.take(credit("A", 100), credit("A", 7), complete=True) == []
    assert memory.take(credit("A", 100)) == []


def test_a_notification_without_reference_and_a_statement_with_one_are_one_credit() -> None:
    """Equal content joins them, in either order, and the reference is remembered."""
    for first, second in ((credit(None), credit("A")), (credit("A"), credit(None))):
        memory = Memory()
        assert len(memory.take(first)) == 1
        assert memory.take(second) == []
        assert memory.take(credit("A")) == []
        assert len(memory.take(credit("B"))) == 1


def test_equal_credits_with_references_apart_and_without_in_a_statement_are_counted_once() -> None:
    """Two notified under references of their own are the two that a statement lists without."""
    memory = Memory()
    assert len(memory.take(credit("A"))) == 1
    assert len(memory.take(credit("B"))) == 1
    assert memory.take(credit(None), credit(None), complete=True) == []
    assert len(memory.take(credit(None), credit(None), credit(None), complete=True)) == 1


def test_two_equal_notifications_without_reference_count_once_until_a_statement_lists_both() -> None:
    """Late is safe, twice is not."""
    memory = Memory()
    assert len(memory.take(credit(None))) == 1
    assert memory.take(credit(None)) == []
    assert len(memory.take(credit(None), credit(None), complete=True)) == 1


def test_a_batch_as_one_sum_and_with_its_payments_is_one_entry() -> None:
    """The entry's own reference decides, whatever stands inside."""
    memory = Memory()
    assert len(memory.take(batch("X", "A", "B", "C"))) == 1
    assert memory.take(replace(batch("X"), amount=Money(300, EUR)), complete=True) == []


def test_a_batch_notified_payment_by_payment_is_known() -> None:
    """And so is each payment of a batch that is known."""
    memory = Memory()
    assert len(memory.take(batch("A", "A"), batch("B", "B"))) == 2
    assert memory.take(batch("X", "A", "B"), complete=True) == []
    memory = Memory()
    assert len(memory.take(batch("X", "A", "B"))) == 1
    assert memory.take(batch("A", "A")) == []
    assert memory.take(batch(None, "B")) == []


def test_a_batch_known_in_part_is_refused() -> None:
    """Booking the whole would count a payment twice, leaving it out would lose one."""
    memory = Memory()
    memory.take(batch("A", "A"))
    with pytest.raises(BadBankMessage, match="1 of the 2 payments inside were booked before"):
        memory.take(batch("X", "A", "B"))
    with pytest.raises(BadBankMessage):
        Memory().take(batch("A", "A"), batch("X", "A", "B"))


def test_a_reference_that_a_bank_repeats_inside_its_entries_joins_nothing() -> None:
    """Some banks write the reference of a file or a batch into every payment."""
    memory = Memory()
    assert len(memory.take(batch("E1", "FILE"), batch("E2", "FILE"))) == 2
    assert len(memory.take(batch("E3", "FILE"))) == 1
    assert len(memory.take(batch("E4", "FILE", "FILE"))) == 1


def test_a_sighting_says_whether_it_is_the_very_booking() -> None:
    """A payment and the batch around it differ in amount and contradict nothing; their names stay apart."""
    memory = Memory()
    memory.take(batch("X", "A", "B"))
    (inside,) = sift([batch("A", "A")], ACCOUNT, memory.known)
    (again,) = sift([batch("X", "A", "B")], ACCOUNT, memory.known)
    assert (inside.whole, again.whole) == (False, True)
    assert again.names == frozenset()
    memory = Memory()
    memory.take(batch("A", "A"), batch("B", "B"))
    (around,) = sift([batch("X", "A", "B")], ACCOUNT, memory.known)
    assert (around.whole, around.names) == (False, frozenset())
    assert memory.take(batch("X", "A", "B")) == []
    assert not sift([batch("X", "A", "B")], ACCOUNT, memory.known)[0].whole


def test_a_reference_at_the_payment_only_is_the_entrys() -> None:
    """Some banks put it there, and some in both places."""
    assert fp.fingerprint(batch(None, "A"), ACCOUNT, 0) == fp.fingerprint(batch("A", "A"), ACCOUNT, 0)
    several = fp.fingerprint(batch(None, "A", "B"), ACCOUNT, 0)
    assert several == fp.fingerprint(batch(None, "B", "A"), ACCOUNT, 5)
    assert several != fp.fingerprint(batch(None, "A", "C"), ACCOUNT, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Invoice 7 thanks", " invoice  7\nTHANKS "),
        ("ﬁnal payment", "final payment"),
        ("Cafe\u0301", "Café"),
        (f"pay {rf('ABC123')} now", f"{rf('ABC123')[:4]} {rf('ABC123')[4:]}"),
    ],
)
def test_a_banks_formatting_of_text_changes_nothing(one: str, other: str) -> None:
    """Case, white space, ligatures, composed letters; an RF reference stands for the whole text."""
    assert fp.content_of(credit(text=one), ACCOUNT) == fp.content_of(credit(text=other), ACCOUNT)


def test_a_structured_reference_and_the_same_in_text_are_one() -> None:
    """Formats differ in where they put it."""
    structured = credit(text="", structured_reference=rf("ABC123"))
    assert fp.content_of(structured, ACCOUNT) == fp.content_of(credit(text=f"for {rf('ABC123')}"), ACCOUNT)


@pytest.mark.parametrize(
    "other",
    [
        replace(credit(), booked=date(2026, 11, 3)),
        replace(credit(), credit=False),
        credit(minor=101),
        credit(text="y"),
        credit(end_to_end_id="E1"),
    ],
)
def test_what_differs_in_substance_is_not_alike(other: Entry) -> None:
    """Day, direction, amount, remittance and end-to-end id each count."""
    assert fp.content_of(other, ACCOUNT) != fp.content_of(credit(), ACCOUNT)
    assert fp.fingerprint(other, ACCOUNT, 0) != fp.fingerprint(credit(), ACCOUNT, 0)
    assert fp.fingerprint(credit(), "DE89370400440532013000", 0) != fp.fingerprint(credit(), ACCOUNT, 0)


refs = st.one_of(st.none(), st.sampled_from("ABCDEF"))
entries = st.lists(st.builds(credit, refs, st.sampled_from([100, 200]), text=st.sampled_from(["x", "y"])), max_size=8)


@given(entries, st.booleans())
def test_a_file_imported_twice_adds_nothing(message: Sequence[Entry], complete: bool) -> None:
    """Whatever it holds."""
    memory = Memory()
    memory.take(*message, complete=complete)
    assert memory.take(*message, complete=complete) == []


@given(st.lists(st.tuples(st.sampled_from([100, 200]), st.sampled_from(["x", "y"])), max_size=7), st.data())
def test_every_booking_is_counted_once_however_it_is_told(money: list[tuple[int, str]], data: st.DataObject) -> None:
    """Notified one by one, then listed in a statement, each with a reference or without: as many as listed."""
    memory = Memory()
    for number, (minor, text) in enumerate(money):
        if data.draw(st.booleans()):
            memory.take(credit(f"R{number}" if data.draw(st.booleans()) else None, minor, text=text))
    told = data.draw(st.booleans())
    listed = [credit(f"R{number}" if told else None, minor, text=text) for number, (minor, text) in enumerate(money)]
    memory.take(*listed, complete=True)
    assert len(memory.known) == len(money)
