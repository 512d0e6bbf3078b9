"""Every kind of row comes back from the database as it went in, on either database."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stores import EUR, row
from tradecoin.adapters.store.schema import ENTITIES
from tradecoin.domain.attestation import Attestation, Claim, Figures
from tradecoin.domain.chain import TxAttempt, TxIntent
from tradecoin.domain.deposit import Deposit
from tradecoin.domain.money import MAX_COIN_UNITS, Coins, Currency, Money
from tradecoin.domain.party import Customer
from tradecoin.ports.store import Store


def test_times_come_back_in_utc_cut_to_milliseconds(store: Store) -> None:
    """A moment told in another zone is the same moment; microseconds are not kept."""
    moment = datetime(2026, 3, 29, 3, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    store.write(lambda tx: tx.customers.add(row(Customer, id="cu_1", created_at=moment)))
    kept = store.read(lambda tx: tx.customers.get("cu_1")).created_at
    assert (kept, kept.tzinfo) == (datetime(2026, 3, 29, 1, 30, 0, 999_000, tzinfo=UTC), UTC)


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    bytes: st.binary(max_size=40),
    date: st.dates(date(1970, 1, 1), date(2999, 1, 1)),
    datetime: MOMENTS,
    Coins: st.integers(0, MAX_COIN_UNITS).map(Coins),
    Money: st.builds(Money, st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(["EUR", "JPY", "KWD"]).map(Currency)),
}


def _values(hint: Any) -> st.SearchStrategy[Any]:
    """Return every value of a field's type."""
    if hint in VALUES:
        return VALUES[hint]
    if NoneType in get_args(hint):
        return st.none() | _values(next(each for each in get_args(hint) if each is not NoneType))
    if get_origin(hint) is tuple:
        return st.lists(_values(get_args(hint)[0]), max_size=3).map(tuple)
    if issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    return st.builds(hint, **{name: _values(each) for name, each in get_type_hints(hint).items()})


def _rows(entity: Any) -> st.SearchStrategy[Any]:
    """Return every row of an entity that breaks no rule of its own."""
    hints = get_type_hints(entity.cls)
    values = {each.name: _values(hints[each.name]) for each in fields(entity.cls)}
    values |= {name: st.integers(0, 2**256 - 1) for name in entity.wide}
    if entity.cls is TxAttempt:
        values["intent_id"] = st.just("i1")
    if entity.cls is Deposit:
        values |= {name: st.just(Money(5, EUR)) for name in ("amount", "allocated", "minted")}
    return st.builds(entity.cls, **values)


class Undo(Exception):
    """Raised to leave no trace."""


@pytest.mark.parametrize("entity", ENTITIES, ids=[entity.table.name for entity in ENTITIES])
def test_every_row_comes_back_as_it_went(store: Store, entity: Any) -> None:
    """Whatever the fields of a dataclass may hold, the row that is read equals the row that was added."""
    if entity.cls is TxAttempt:
        store.write(lambda tx: tx.intents.add(row(TxIntent, id="i1")))

    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(_rows(entity))
    def check(went: Any) -> None:
        def change(tx: Any) -> None:
            repo = getattr(tx, entity.table.name)
            repo.add(went)
            assert repo.get(went.id) == went
            raise Undo

        with pytest.raises(Undo):
            store.write(change)

    check()


def test_figures_and_claims_keep_every_digit(store: Store) -> None:
    """What auditors sign comes back to the unit, with a negative equity too."""
    coins = Coins(MAX_COIN_UNITS)
    figures = Figures(coins, coins, coins, coins, coins, -(2**127))
    claims = (Claim("deposit:x", b"\x00\xff", coins),)
    went = row(Attestation, id="at_1", figures=figures, claims=claims, signers=("0xa", "0xb"))
    store.write(lambda tx: tx.attestations.add(went))
    assert store.read(lambda tx: tx.attestations.get("at_1")) == went
