"""What the bank books is booked once, however it is told; what contradicts itself is refused whole."""

from dataclasses import replace
from datetime import date

import pytest

from tests.fakes.bank import EUR, PAYER, euros
from tests.flow.world import World
from tradecoin.domain.errors import Conflict
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.statement import BadBankMessage, Balance, Detail, Entry, EntryStatus, PaymentStatus
from tradecoin.flow.bank_message import NotOurAccount


def _batch(world: World, reference: str, *parts: tuple[str, str], booked: str = "") -> Entry:
    """Describe a batch of credits, each with a reference of its own."""
    details = tuple(Detail(amount=euros(amount), servicer_reference=own, debtor=PAYER) for own, amount in parts)
    total = booked or Money.total((euros(amount) for _, amount in parts), EUR).text
    return world.bank.line(total, reference=reference, details=details)


def _nothing_happened(world: World) -> bool:
    """Whether the books and the message log are empty."""
    kept = world.read(lambda tx: tx.messages.count() + tx.entries.count() + tx.deposits.count())
    return kept == 0 and world.balances()[0] == "0.00"


def test_another_amount_under_a_known_reference_is_refused_whole(world: World) -> None:
    """The message names line, path and both amounts, and leaves nothing of itself."""
    first = world.bank.post("100.00", reference="A", notify=False)
    world.take(world.bank.notice(first))
    other = replace(first, amount=euros("100.01"), details=())
    with pytest.raises(BadBankMessage, match=r"line 1, /Ntry\[1\]: the bank booked 100.00 EUR .* now reports 100.01"):
        world.take(world.bank.notice(world.bank.line("7.00"), other))
    assert [row.amount.text for row in world.deposits()] == ["100.00"]


def test_two_amounts_under_one_reference_in_one_message_are_refused_whole(world: World) -> None:
    """It does not matter that both are new."""
    one = world.bank.line("100.00", reference="A")
    with pytest.raises(BadBankMessage, match=r"100\.00 EUR under this reference before, and now reports 5\.00 EUR"):
        world.take(world.bank.notice(one, world.bank.line("5.00", reference="A")))
    assert _nothing_happened(world)


def test_a_payment_inside_a_known_batch_contradicts_nothing(world: World) -> None:
    """Its amount is smaller than that of the batch, and both are true."""
    world.take(world.bank.notice(_batch(world, "B", ("P1", "10.00"), ("P2", "20.00"))))
    assert world.take(world.bank.notice(world.bank.line("10.00", reference="P1"))).entries == []
    assert world.balances()[0] == "30.00"


def test_a_batch_around_known_payments_contradicts_nothing(world: World) -> None:
    """Notified one by one, booked as one sum: the money came once."""
    world.take(world.bank.notice(world.bank.line("10.00", reference="P1"), world.bank.line("20.00", reference="P2")))
    assert world.take(world.bank.notice(_batch(world, "B", ("P1", "10.00"), ("P2", "20.00")))).entries == []
    assert [row.amount.text for row in world.deposits()] == ["10.00", "20.00"]


def test_a_batch_and_its_payment_in_one_message_are_one_booking(world: World) -> None:
    """The order inside the message decides nothing about the sum."""
    batch, part = _batch(world, "B", ("P1", "10.00"), ("P2", "20.00")), world.bank.line("10.00", reference="P1")
    world.take(world.bank.notice(batch, part))
    assert world.balances()[0] == "30.00"


def test_a_batch_of_which_some_payments_are_known_is_refused_whole(world: World) -> None:
    """Neither booking nor dropping it could be right; what else the message says is not kept either."""
    world.take(world.bank.notice(world.bank.line("10.00", reference="P1")))
    raw = world.bank.notice(world.bank.line("5.00"), _batch(world, "B", ("P1", "10.00"), ("P2", "20.00")))
    with pytest.raises(BadBankMessage, match="1 of the 2 payments inside were booked before"):
        world.take(raw)
    assert world.balances()[0] == "10.00"
    assert world.read(lambda tx: tx.messages.count()) == 1


def test_a_half_known_batch_on_the_channel_stops_nothing_behind_it(world: World) -> None:
    """It is kept as refused, with an alarm, and the next message is booked."""
    world.bank.send(world.bank.notice(world.bank.line("10.00", reference="P1")))
    world.bank.send(world.bank.notice(_batch(world, "B", ("P1", "10.00"), ("P2", "20.00"))))
    world.bank.send(world.bank.notice(world.bank.line("7.00")))
    assert world.poll() == 3
    assert world.poll() == 0
    assert [row.amount.text for row in world.deposits()] == ["10.00", "7.00"]
    assert world.feed().count("bank_message.refused") == 1


def test_pages_of_a_statement_are_told_apart_together(world: World) -> None:
    """A line without a reference that stands on both pages is two credits, proven by the balances."""
    alike = world.bank.line("10.00", reference=None, text="rent")
    now = world.clock.now()
    middle, end = Balance("ITBD", euros("10.00"), now), Balance("CLBD", euros("20.00"), now)
    first = world.bank.part(alike, id="S", page=1, opening=Balance("OPBD", euros("0.00"), now), closing=middle)
    second = world.bank.part(alike, id="S", page=2, opening=middle, closing=end)
    world.take(world.bank.message("camt.053", first, second))
    assert [row.amount.text for row in world.deposits()] == ["10.00", "10.00"]


def test_pages_of_a_statement_close_once(world: World) -> None:
    """The balance between two pages is no closing balance, and no gap."""
    world.bank.post("10.00", notify=False)
    opening, now = Balance("OPBD", euros("0.00"), world.clock.now()), world.clock.now()
    one, two = world.bank.book[0], world.bank.line("20.00")
    middle, end = Balance("ITBD", euros("10.00"), now), Balance("CLBD", euros("30.00"), now)
    world.take(
        world.bank.message(
            "camt.053",
            world.bank.part(two, id="S", page=2, sequence=1, opening=middle, closing=end),
            world.bank.part(one, id="S", page=1, sequence=1, opening=opening, closing=middle),
        )
    )
    (row,) = world.read(lambda tx: tx.statements.list())
    assert (row.opening, row.closing, row.gap) == (euros("0.00"), euros("30.00"), "")


def test_a_reference_that_stands_twice_in_a_complete_statement_is_two_bookings(world: World) -> None:
    """Balances prove the lines; the days of one file count together."""
    alike = world.bank.line("10.00", reference="SAME")
    world.clock.advance(seconds=1)
    now = world.clock.now()
    days = [
        world.bank.part(
            alike,
            id=f"S{at}",
            opening=Balance("OPBD", euros(f"{at}0.00"), now),
            closing=Balance("CLBD", euros(f"{at + 1}0.00"), now),
        )
        for at in range(2)
    ]
    world.take(world.bank.message("camt.053", *days))
    assert world.balances()[0] == "20.00"


def test_a_statement_that_stands_twice_in_one_file_is_one(world: World) -> None:
    """A copy of proven lines books nothing again."""
    world.bank.post("10.00", notify=False)
    day = world.bank.day()
    world.take(world.bank.message("camt.053", day, day))
    assert world.balances()[0] == "10.00"


def test_a_credit_seen_by_every_kind_of_message_is_one_deposit(world: World) -> None:
    """The bank may repeat itself; the ledger does not."""
    credit = world.bank.post("100.00", notify=False)
    raw = world.bank.notice(credit)
    world.take(raw)
    assert world.take(raw).duplicate
    for kind in ("camt.054", "camt.052", "camt.053", "mt940"):
        now = world.clock.now()
        told = {"opening": Balance("OPBD", euros("0.00"), now), "closing": Balance("CLBD", euros("100.00"), now)}
        statement = world.bank.part(credit, **({} if kind == "camt.054" else told))
        assert world.take(world.bank.message(kind, statement)).entries == []
    assert len(world.deposits()) == 1
    assert world.balances()[:2] == ("100.00", "100.00")


def test_twenty_equal_credits_are_twenty_deposits(world: World) -> None:
    """Equal is not the same: the ordinal keeps them apart, also in a second report."""
    lines = [world.bank.line("5.00", reference=None, text="coffee") for _ in range(20)]
    for _ in range(2):
        world.take(world.bank.notice(*lines))
    assert len(world.deposits()) == 20
    assert len({row.key for row in world.deposits()}) == 20


def test_an_entry_that_is_not_booked_is_shown_and_not_counted(world: World) -> None:
    """Pending money is no money."""
    world.take(world.bank.notice(world.bank.line("5.00", status=EntryStatus.PDNG)))
    assert world.balances()[0] == "0.00"
    assert world.deposits() == []


def test_a_message_without_our_account_is_refused(world: World) -> None:
    """Somebody else's statement is not booked here."""
    other = world.bank.part(world.bank.line("5.00"), account="NL30NRWB0000000001")
    with pytest.raises(NotOurAccount):
        world.take(world.bank.message("camt.054", other))
    assert _nothing_happened(world)


def test_of_a_file_with_several_accounts_ours_is_booked(world: World) -> None:
    """The others are named and left alone."""
    ours = world.bank.part(world.bank.line("5.00"))
    other = world.bank.part(world.bank.line("900.00"), account="NL30NRWB0000000001")
    taken = world.take(world.bank.message("camt.054", other, ours, other))
    assert taken.skipped_accounts == ["NL30NRWB0000000001"]
    assert world.balances()[0] == "5.00"


def test_our_account_in_another_currency_is_refused_whole(world: World) -> None:
    """Dollars are not booked as euros."""
    ours = world.bank.part(world.bank.line("5.00"))
    with pytest.raises(BadBankMessage, match="kept in EUR, this statement is in USD"):
        world.take(world.bank.message("camt.054", ours, replace(ours, currency=Currency("USD"))))
    assert _nothing_happened(world)


def test_a_message_that_fails_at_its_end_leaves_nothing(world: World) -> None:
    """An overdrawn opening balance is found after all lines were booked; they go as well."""
    world.bank.opening = euros("-50.00")
    world.bank.post("100.00", notify=False)
    with pytest.raises(Conflict, match="overdrawn"):
        world.take(world.bank.message("camt.053", world.bank.day()))
    assert _nothing_happened(world)


def test_a_refused_message_can_be_read_later(world: World) -> None:
    """The same bytes are tried again when somebody mended what was wrong."""
    raw = world.bank.send(world.bank.notice(world.bank.line("5.00")))
    message = world.bank.messages.pop(raw)
    world.poll()
    world.bank.messages[raw] = message
    assert not world.take(raw).duplicate
    assert world.balances()[0] == "5.00"


def test_the_opening_balance_is_the_operators(world: World) -> None:
    """What was there before the first statement is equity, and dated before all else."""
    world.bank.opening = euros("500.00")
    first = world.bank.post("100.00", notify=False)
    world.take(world.bank.message("camt.053", world.bank.day()))
    assert world.balances() == ("600.00", "100.00", "0.00", "0.00", "500.00")
    assert isinstance(first.booked, date)
    before = world.read(lambda tx: tx.books.balances(as_of=first.booked))  # type: ignore[arg-type]
    assert before.bank_reserve == euros("500.00")


def test_an_opening_balance_of_nothing_opens_the_books_too(world: World) -> None:
    """The second statement's opening balance is what the first one closed with, not new money."""
    for _ in range(2):
        world.bank.post("100.00", notify=False)
        world.take(world.bank.message("camt.053", world.bank.day()))
    assert world.balances() == ("200.00", "200.00", "0.00", "0.00", "0.00")


def test_credits_notified_before_the_first_statement_are_not_equity_again(world: World) -> None:
    """An opening balance can hold what a notification told before."""
    world.bank.post("100.00")
    world.poll()
    world.bank.day()
    world.take(world.bank.message("camt.053", world.bank.day()))
    assert world.balances() == ("100.00", "100.00", "0.00", "0.00", "0.00")


def test_a_statement_that_does_not_go_on_from_the_last_raises_an_alarm(world: World) -> None:
    """A missing day shows in the balance and in the number."""
    days = []
    for _ in range(4):
        world.bank.post("10.00", notify=False)
        days.append(world.bank.message("camt.053", world.bank.day()))
    for at in (0, 2, 3):
        world.take(days[at])
    gaps = [row.gap for row in world.read(lambda tx: tx.statements.list())]
    assert gaps == ["", "opens with 20.00 after a closing balance of 10.00; number 3 follows number 1", ""]
    assert world.feed().count("statement.gap") == 1
    assert "statements with a gap: 0 / 1" in world.false_lines()


def test_a_late_statement_closes_the_gap(world: World) -> None:
    """The alarm is about what is missing, not about the order of arrival."""
    days = []
    for _ in range(3):
        world.bank.post("10.00", notify=False)
        days.append(world.bank.message("camt.053", world.bank.day()))
    for at in (0, 2, 1):
        world.take(days[at])
    assert [row.gap for row in world.read(lambda tx: tx.statements.list())] == ["", "", ""]
    assert "statement.gap_closed" in world.feed()
    assert world.false_lines() == []


def test_a_status_of_a_payment_that_is_not_ours_changes_nothing(world: World) -> None:
    """The bank may talk about others."""
    world.take(world.bank.message("pain.002", statuses=[PaymentStatus("M", "ACSC", end_to_end_id="X")]))
    assert world.payouts() == []
