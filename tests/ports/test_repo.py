"""What a Repo promises, on either database."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.stores import EUR, NOON, HandClock, row
from tradecoin.domain.chain import TxAttempt, TxIntent
from tradecoin.domain.deposit import BankEntry, BankMessageRecord, Booking, Deposit, StatementRecord
from tradecoin.domain.errors import BrokenInvariant, Conflict, NotFound, Refused, StaleVersion
from tradecoin.domain.mint import MintBatch, MintOrder
from tradecoin.domain.money import MAX_COIN_UNITS, Coins, Currency, Money
from tradecoin.domain.party import Customer
from tradecoin.domain.payout import Payout
from tradecoin.domain.redemption import Redemption
from tradecoin.domain.states import OrderState
from tradecoin.ports.store import Store

ATTEMPT = {"intent_id": "i1", "chain_id": 1, "sender_address": "0xa"}

TAKEN: list[tuple[str, Any, dict[str, Any], dict[str, Any]]] = [
    ("messages", BankMessageRecord, {"sha256": "ab"}, {}),
    ("statements", StatementRecord, {"account": "a", "statement_id": "s", "kind": "camt.053"}, {}),
    ("bookings", Booking, {"account": "a", "fingerprint": "f"}, {}),
    ("entries", BankEntry, {"account": "a", "fingerprint": "f"}, {}),
    ("deposits", Deposit, {"entry_id": "e"}, {"key": b"another"}),
    ("deposits", Deposit, {"key": b"k"}, {"entry_id": "another"}),
    ("orders", MintOrder, {"reference": "RF18"}, {}),
    ("orders", MintOrder, {"issuance_ref": b"r"}, {}),
    ("redemptions", Redemption, {"request_id": 0}, {}),
    ("redemptions", Redemption, {"payout_id": "po_1", "request_id": 7}, {"request_id": 8}),
    ("payouts", Payout, {"end_to_end_id": "RX-1"}, {}),
    ("intents", TxIntent, {"purpose": "mint", "subject": "mb_1"}, {}),
    ("attempts", TxAttempt, {"hash": "0xh", "nonce": 1, **ATTEMPT}, {"nonce": 2}),
    ("attempts", TxAttempt, {"nonce": 1, "live": True, "hash": "0x1", **ATTEMPT}, {"hash": "0x2"}),
]


@pytest.mark.parametrize(
    ("name", "cls", "held", "differs"), TAKEN, ids=[f"{name}-{'-'.join(k)}" for name, _, k, _ in TAKEN]
)
def test_a_key_that_carries_a_guarantee_is_taken_once(
    store: Store, name: str, cls: Any, held: dict[str, Any], differs: dict[str, Any]
) -> None:
    """No two rows share such a key; the refusal says who has it, and the transaction can go on."""
    first, twin = row(cls, **held), row(cls, **{**held, **differs})

    def change(tx: Any) -> str:
        if cls is TxAttempt:
            tx.intents.add(row(TxIntent, id="i1"))
        repo = getattr(tx, name)
        repo.add(first)
        with pytest.raises(Conflict) as caught:
            repo.add(twin)
        assert repo.count() == 1
        return str(caught.value.facts["taken_by"])

    assert store.write(change) == first.id
    with pytest.raises(Conflict):
        store.write(lambda tx: getattr(tx, name).add(twin))


FREE: list[tuple[str, Any, dict[str, Any]]] = [
    ("orders", MintOrder, {"reference": "", "issuance_ref": b""}),
    ("redemptions", Redemption, {"request_id": -1, "payout_id": ""}),
    ("intents", TxIntent, {"purpose": "mint"}),
]


@pytest.mark.parametrize(("name", "cls", "held"), FREE[:2], ids=[name for name, *_ in FREE[:2]])
def test_what_is_not_known_yet_is_no_key(store: Store, name: str, cls: Any, held: dict[str, Any]) -> None:
    """Many rows may have no reference, no issuance, no request number, no payout."""
    store.write(lambda tx: getattr(tx, name).add(row(cls, **held), row(cls, **held)))
    assert store.read(lambda tx: getattr(tx, name).count()) == 2


def test_a_dead_attempt_frees_its_nonce(store: Store) -> None:
    """One live attempt a nonce; the ones that were replaced stay in the table."""

    def change(tx: Any) -> int:
        tx.intents.add(row(TxIntent, id="i1"))
        old = row(TxAttempt, nonce=5, live=True, hash="0x1", **ATTEMPT)
        tx.attempts.add(old)
        tx.attempts.save(replace(old, live=False))
        tx.attempts.add(row(TxAttempt, nonce=5, live=True, hash="0x2", **ATTEMPT))
        return int(tx.attempts.count(nonce=5))

    assert store.write(change) == 2


def test_an_attempt_belongs_to_an_intent(store: Store) -> None:
    """A signed transaction without a reason is refused."""
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.attempts.add(row(TxAttempt, hash="0x1", **ATTEMPT)))


@pytest.mark.parametrize(
    ("allocated", "minted"), [(101, 0), (50, 51), (-1, -1), (0, -1)], ids=["more", "minted", "negative", "unminted"]
)
def test_a_deposit_is_never_allocated_beyond_its_amount(store: Store, allocated: int, minted: int) -> None:
    """Nothing <= minted <= allocated <= amount, whoever writes."""
    parts: dict[str, Any] = {
        "amount": Money(100, EUR),
        "allocated": Money(allocated, EUR),
        "minted": Money(minted, EUR),
    }
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.deposits.add(row(Deposit, **parts)))
    sound = row(Deposit, amount=Money(100, EUR))
    store.write(lambda tx: tx.deposits.add(sound))
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.deposits.save(replace(sound, **parts)))
    assert store.read(lambda tx: tx.deposits.get(sound.id)) == sound


def test_a_change_that_hid_a_broken_rule_is_not_kept(store: Store) -> None:
    """After the database refused something, catching the error does not make the rest of the change count."""

    def change(tx: Any) -> None:
        tx.customers.add(row(Customer, id="cu_1"))
        with pytest.raises(Conflict):
            tx.deposits.add(row(Deposit, allocated=Money(1, EUR)))

    with pytest.raises(Conflict):
        store.write(change)
    assert store.read(lambda tx: tx.customers.count()) == 0


def test_rows_are_added_all_or_none(store: Store) -> None:
    """One taken key in ten thousand, and nothing of the lot is there."""
    store.write(lambda tx: tx.orders.add(row(MintOrder, reference="RF2")))

    def change(tx: Any) -> None:
        with pytest.raises(Conflict) as caught:
            tx.orders.add(*(row(MintOrder, reference=f"RF{number}") for number in range(4)))
        assert caught.value.facts["key"] == "reference"
        with pytest.raises(Conflict):
            tx.orders.add(row(MintOrder, reference="RF9"), row(MintOrder, reference="RF9"))

    store.write(change)
    assert store.read(lambda tx: tx.orders.count()) == 1


def test_an_id_is_given_once(store: Store) -> None:
    """Two rows never share an id."""
    store.write(lambda tx: tx.customers.add(row(Customer, id="cu_1")))
    with pytest.raises(Conflict) as caught:
        store.write(lambda tx: tx.customers.add(row(Customer, id="cu_1")))
    assert caught.value.facts["key"] == "id"


def test_what_is_not_there_is_not_found(store: Store) -> None:
    """`get` raises, `find` and `list` return nothing."""
    with pytest.raises(NotFound):
        store.read(lambda tx: tx.orders.get("mo_none"))
    assert store.read(lambda tx: tx.orders.find(reference="RF")) is None
    assert store.read(lambda tx: list(tx.orders.list(state=()))) == []
    assert store.read(lambda tx: tx.orders.count(state=())) == 0


def test_whoever_read_an_old_version_is_refused(store: Store) -> None:
    """The second of two writers that read the same version learns that it came late."""
    first = row(MintOrder)
    store.write(lambda tx: tx.orders.add(first))
    store.write(lambda tx: tx.orders.save(replace(first, tx_hash="0x1")))
    with pytest.raises(StaleVersion):
        store.write(lambda tx: tx.orders.save(replace(first, tx_hash="0x2")))
    with pytest.raises(StaleVersion):
        store.write(lambda tx: tx.orders.save(row(MintOrder)))
    saved = store.read(lambda tx: tx.orders.get(first.id))
    assert (saved.tx_hash, saved.version) == ("0x1", 2)


def test_rows_are_saved_all_or_none(store: Store) -> None:
    """One stale row, and none of the lot is changed; the transaction can go on."""
    rows = [row(MintOrder) for _ in range(3)]
    store.write(lambda tx: tx.orders.add(*rows))

    def change(tx: Any) -> None:
        stale = [replace(each, tx_hash="0x1") for each in rows[:2]] + [replace(rows[2], version=9)]
        with pytest.raises(StaleVersion):
            tx.orders.save(*stale)

    store.write(change)
    assert store.read(lambda tx: tx.orders.count(tx_hash="0x1")) == 0


def test_a_save_is_stamped_with_the_time_of_its_transaction(store: Store, clock: HandClock) -> None:
    """`updated_at` is when the row was saved, whatever the row said."""
    first = row(MintOrder)
    store.write(lambda tx: tx.orders.add(first))
    clock.advance(hours=1)
    store.write(lambda tx: tx.orders.save(first))
    assert store.read(lambda tx: tx.orders.get(first.id)).updated_at == NOON + timedelta(hours=1)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    """A naive time is a mistake of the program, before it reaches the database."""
    with pytest.raises(TypeError):
        store.write(lambda tx: tx.customers.add(row(Customer, created_at=datetime(2026, 1, 1))))  # noqa: DTZ001


def test_a_number_that_does_not_fit_is_refused(store: Store) -> None:
    """A count beyond 63 bits in a column of 64 is not cut."""
    with pytest.raises(Refused):
        store.write(lambda tx: tx.redemptions.add(row(Redemption, request_id=2**63)))


def test_a_column_that_is_not_there_cannot_be_asked_for(store: Store) -> None:
    """A misspelt condition never means all rows."""
    with pytest.raises(TypeError):
        store.read(lambda tx: tx.orders.list(stat=OrderState.FUNDED))
    with pytest.raises(TypeError):
        store.read(lambda tx: tx.orders.list(amount=(Money(1, EUR), Money(2, EUR))))
    for column in ("reference", "open_amount", "none"):
        with pytest.raises(TypeError):
            store.read(lambda tx: tx.orders.total(column))  # noqa: B023


def test_a_question_cannot_write(store: Store) -> None:
    """What is asked on a snapshot changes nothing."""
    for question in (
        lambda tx: tx.customers.add(row(Customer)),
        lambda tx: tx.publish("x", "y", {}),
        lambda tx: tx.put_work("x", "y"),
    ):
        with pytest.raises(BrokenInvariant):
            store.read(question)
    assert store.write(lambda tx: (tx.customers.count(), len(tx.feed()))) == (0, 0)


def test_rows_fit_by_equality_membership_and_absence(store: Store) -> None:
    """Conditions of every type of column are compared by value, and all of them must hold."""
    later = NOON + timedelta(days=1)
    payouts = [
        row(Redemption, holder="0xa", amount=Coins(10**30), due_at=None, request_id=1),
        row(Redemption, holder="0xa", amount=Coins(5), due_at=later, overdue=True, request_id=2),
        row(Redemption, holder="0xb", amount=Coins(5), payout=b"\x01", request_id=3),
    ]
    store.write(lambda tx: tx.redemptions.add(*payouts))

    def numbers(**where: Any) -> list[int]:
        return [each.request_id for each in store.read(lambda tx: tx.redemptions.list(**where))]

    assert numbers(holder="0xa") == [1, 2]
    assert numbers(holder="0xa", amount=Coins(5)) == [2]
    assert numbers(amount=Coins(10**30)) == [1]
    assert numbers(due_at=later) == [2]
    assert numbers(due_at=None) == [1, 3]
    assert numbers(overdue=True) == [2]
    assert numbers(payout=b"\x01") == [3]
    assert numbers(request_id=(3, 1, 99)) == [1, 3]
    assert numbers(amount=(Coins(5), Coins(6)), holder=("0xb", "0xc")) == [3]
    assert numbers(holder=(*(f"0x{number}" for number in range(5000)), "0xb")) == [3]


def test_money_fits_by_amount_and_currency(store: Store) -> None:
    """A hundred yen are not a hundred cents."""
    store.write(lambda tx: tx.orders.add(row(MintOrder, amount=Money(100, EUR))))
    assert store.read(lambda tx: tx.orders.count(amount=Money(100, EUR))) == 1
    assert store.read(lambda tx: tx.orders.count(amount=Money(100, Currency("JPY")))) == 0


def test_too_many_values_in_one_question_are_refused(store: Store) -> None:
    """A bound that SQLite has is the bound of both."""
    with pytest.raises(Refused):
        store.read(lambda tx: tx.orders.list(id=tuple(map(str, range(40_000)))))


def test_lists_are_read_page_by_page_in_the_order_of_making(store: Store) -> None:
    """Every row comes once, forward or backward, in pages of any size."""

    def change(tx: Any) -> list[str]:
        rows = [row(MintOrder, id=tx.new_id("mo")) for _ in range(25)]
        tx.orders.add(*reversed(rows))
        return [each.id for each in rows]

    ids = store.write(change)
    for newest_first in (False, True):
        seen: list[str] = []
        while page := store.read(
            lambda tx: tx.orders.list(after=seen[-1] if seen else "", limit=7, newest_first=newest_first)  # noqa: B023
        ):
            seen += [each.id for each in page]
        assert seen == (ids[::-1] if newest_first else ids)
    assert store.read(lambda tx: tx.orders.list(limit=0)) == ()


def test_totals_are_exact_beyond_sixty_four_bits(store: Store) -> None:
    """Sums of coins lose no digit; sums of nothing are zero."""
    store.write(lambda tx: tx.batches.add(*(row(MintBatch, total=Coins(MAX_COIN_UNITS - n)) for n in range(3))))
    store.write(lambda tx: tx.orders.add(row(MintOrder, amount=Money(7, EUR)), row(MintOrder, amount=Money(-2, EUR))))
    assert store.read(lambda tx: tx.batches.total("total")) == 3 * MAX_COIN_UNITS - 3
    assert store.read(lambda tx: tx.orders.total("amount")) == 5
    assert store.read(lambda tx: tx.orders.total("amount", state=OrderState.ISSUED)) == 0
