"""What hypothesis draws: mostly what works, now and then what must be refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.contracts.abi import keccak
from tests.contracts.kit import ALICE, BOB, CENT, COIN, DAY, HOUR, NOBODY, ORDER, PAYER, RELAYER, ZERO, address_of
from tests.contracts.properties.pair import STRANGERS, Pair, Signatures, signed_by
from tradecoin.twin.narrow_bank import Voucher
from tradecoin.twin.reserves import Attestation

PEOPLE = (ALICE, BOB, RELAYER)
# Odd ways to sign for a quorum, beside the right one; `right` is weighted below.
WAYS = ("right", "all", "one", "twice", "backwards", "stranger", "other side", "other text", "nobody")
ORDINARY = 12

amounts = st.one_of(
    st.integers(1, 500).map(lambda coins: coins * COIN),
    st.integers(1, 50_000).map(lambda cents: cents * CENT),
    st.sampled_from((0, 1, CENT - 1, COIN - CENT, COIN, COIN + 1, 2**80, 2**128 - 1)),
)
small = st.integers(1, 40).map(lambda coins: coins * COIN)
people = st.sampled_from(PEOPLE)
ways = st.sampled_from(("right",) * ORDINARY + WAYS[1:])
waits = st.one_of(
    st.integers(1, 3 * HOUR),
    st.sampled_from((6 * HOUR, DAY, 2 * DAY, 2 * DAY + 1, 7 * DAY, 10 * DAY, 22 * DAY, 31 * DAY)),
)
salts = st.integers(0, 3).map(lambda number: keccak(f"salt {number}".encode()))
durations = st.sampled_from((HOUR, DAY, 7 * DAY, 0, 7 * DAY + 1))
orders = st.sampled_from((ORDER, ORDER, ORDER, ZERO))


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Draw the usual value in about four of five cases."""
    return st.sampled_from((usual,) * 4 * len(others) + others)


def quorum(pair: Pair, side: str, digest: bytes, way: str) -> Signatures:
    """Sign for one side, `bank` or `auditors`, rightly or in one of the odd ways."""
    ours, theirs = (pair.bank, pair.reserves) if side == "bank" else (pair.reserves, pair.bank)
    members = ours.signers[: ours.threshold]
    stranger = address_of(STRANGERS[0])
    names = {
        "all": ours.signers,
        "one": members[:1],
        "twice": (members[0],) * len(members),
        "backwards": members[::-1],
        "stranger": tuple(sorted((members[0], stranger), key=str.lower)),
        "other side": theirs.signers,
        "nobody": (),
    }.get(way, members)
    return signed_by(digest if way != "other text" else keccak(digest), names)


@dataclass(frozen=True)
class Statement:
    """How an attestation differs from the plain truth: coins too few (below zero: too many), and what else is odd."""

    short: int
    encumbered: int
    settling: int
    age: int
    claims: int
    odd: str

    def of(self, pair: Pair) -> Attestation:
        """Make the attestation on the state of now."""
        world, head = pair.world, pair.reserves.head
        supply = pair.token.totalSupply
        return Attestation(
            set=pair.reserves.setNumber + (self.odd == "set"),
            prev=keccak(head.digest) if self.odd == "prev" else head.digest,
            reserves=max(supply + self.encumbered - self.settling - self.short, 0),
            encumbered=self.encumbered,
            settling=min(self.settling, supply) if self.odd != "settling" else supply + pair.token.burned + 1,
            claims=self.claims,
            claimsRoot=ORDER if bool(self.claims) != (self.odd == "root") else ZERO,
            evidence=ORDER,
            cut={"future": world.now + 1, "again": head.cut}.get(self.odd, world.now - self.age),
        )


statements = st.builds(
    Statement,
    short=st.sampled_from((0, 0, -1_000 * COIN, -1_000_000 * COIN, -(10**12) * COIN, 1, 50 * COIN, 10**9 * COIN)),
    encumbered=st.sampled_from((0, 0, 0, 5 * COIN)),
    settling=st.sampled_from((0, 0, 0, 10 * COIN)),
    age=st.sampled_from((0, 0, 0, 1, HOUR, 2 * DAY, 2 * DAY + 1)),
    claims=st.sampled_from((0, 0, 7)),
    odd=st.sampled_from(("",) * 20 + ("set", "prev", "settling", "root", "future", "again")),
)


@dataclass(frozen=True)
class Draft:
    """A voucher before it meets the state: on which of a few deposits, how much, to whom, and what is odd."""

    deposit: int
    amount: int
    to: str
    odd: str

    def of(self, pair: Pair, used: dict[bytes, int]) -> Voucher:
        """Make the voucher; `used` is what earlier vouchers of the batch spent."""
        deposit = keccak(f"deposit {self.deposit}".encode())
        offset = min(pair.bank.spent(deposit), 2**128 - 2) + used.get(deposit, 0)
        used[deposit] = used.get(deposit, 0) + self.amount
        value = offset + self.amount - (self.odd == "value")
        offset += self.odd == "offset"
        to = {"token": pair.token.address, "bank": pair.bank.address, "zero": NOBODY}.get(self.odd, self.to)
        return Voucher(deposit, min(max(value, 0), 2**128 - 1), offset, self.amount, to, ORDER)


drafts = st.builds(
    Draft,
    deposit=st.integers(0, 9),
    amount=st.one_of(small, small, amounts),
    to=people,
    odd=st.sampled_from(("",) * 20 + ("value", "offset", "token", "bank", "zero")),
)
batches = st.lists(drafts, min_size=1, max_size=3)
expiries = mostly(HOUR, -1, 0, DAY, DAY + 1)
request_numbers = st.integers(0, 6)
request_lists = st.lists(request_numbers, max_size=4)
payers = mostly(PAYER, ALICE, RELAYER)
