"""The accounting identity, with the supply and the escrow read from the contracts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.kit import COIN
from tests.contracts.properties.acts import STORIES, Stage
from tests.contracts.properties.books import HOLDERS, Books

WORDS = ("credit", "own", "mint", "mint", "request", "request", "pay", "pay", "pay", "bounce", "settle", "cancel")
Step = tuple[str, int, int]


def do(books: Books, step: Step) -> None:
    """One thing happens: a word, a number to choose with, an amount in coins."""
    word, pick, coins = step
    count = int(books.system.bank.call("requestCount"))
    number = 1 + pick % max(count, 1)
    if word == "credit":
        books.credit(coins * COIN)
    elif word == "own":
        books.own((coins if pick % 2 else -coins) * COIN)
    elif word == "mint":
        books.mint(pick, 1 + coins % 2)
    elif word == "request":
        books.request(pick, coins * COIN)
    elif word == "settle":
        books.settle()
    elif word == "cancel" and count and books.system.request_of(number).status == 1:
        books.system.bank.send("cancel", number, sender=books.system.request_of(number).holder)
    elif word == "pay":
        books.pay(number)
    elif word == "bounce":
        books.bounce(number)


def check(books: Books, word: str) -> None:
    """The identity, from both sides; and, where money moved, what the contracts make of the true figures."""
    assert (books.reserve, books.reserve) == books.seen_from_both_sides()
    if books.reserve >= 0 and word in ("own", "settle", "bounce"):
        assert books.attest() == books.is_covered()


@pytest.mark.slow
@given(steps=st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 11), st.integers(1, 40)), max_size=8))
@STORIES
def test_identity_holds_after_every_step(stage: Stage, steps: list[Step]) -> None:
    """Bank reserve = deposits unminted + coins outstanding + redemptions payable + operator equity."""
    with stage.fresh() as system:
        books = Books(system)
        for holder in HOLDERS:
            system.token.send("approve", system.bank.address, 2**256 - 1, sender=holder)
        begin: list[Step] = [("credit", 0, 60), ("credit", 0, 30), ("mint", 0, 2), ("mint", 1, 2)]
        begin += [("request", 2, 9), ("request", 1, 8), ("request", 4, 7)]
        end: list[Step] = [("pay", 0, 1), ("pay", 1, 1), ("settle", 0, 1), ("bounce", 1, 1), ("mint", 0, 1)]
        for step in begin:
            do(books, step)
        for step in (*steps, *end):
            do(books, step)
            check(books, step[0])


def test_identity_sees_a_loss_as_a_shortfall(stage: Stage) -> None:
    """A charge beyond what is the operator's own: the identity holds, and the report halts minting."""
    with stage.fresh() as system:
        books = Books(system)
        for step in (("credit", 0, 60), ("mint", 0, 2), ("own", 0, 1)):
            do(books, step)
            check(books, step[0])
        assert (books.equity, system.bank.call("halted")) == (-COIN, 2)
