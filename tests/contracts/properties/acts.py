"""Things that people do with coins, drawn by hypothesis and tried on the contracts alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from tests.contracts.abi import Receipt, Reverted, keccak
from tests.contracts.kit import (
    ALICE,
    BOB,
    CENT,
    COIN,
    COMPLIANCE,
    DAY,
    GUARDIAN,
    HOUR,
    KEY_OF,
    ORDER,
    PAYER,
    PAYOUT,
    RELAYER,
    System,
    sign65,
)
from tests.contracts.properties.pair import Kept
from tradecoin.artefacts.plan import Role

# Each example is a story of a dozen transactions.
STORIES = settings(max_examples=max(settings().max_examples // 6, 8))
# Each example is a handful of them.
SCENES = settings(max_examples=settings().max_examples)
PEOPLE = (ALICE, BOB, RELAYER)
OPEN, ENDED = (1, 2), (3, 4, 5, 6)
ENDS = {"Settled": 3, "GivenBack": 4, "Cancelled": 5, "Reclaimed": 6}


class Stage:
    """Where examples are played. (Not the system itself: hypothesis would print all of it with a failing example.)"""

    def __init__(self, deployed: System) -> None:
        self._deployed = deployed

    @contextmanager
    def fresh(self) -> Iterator[System]:
        """Give an example the system as it was deployed, and put it back."""
        kept = Kept.of(self._deployed)
        try:
            yield replace(self._deployed, numbers=count(1))
        finally:
            kept.restore()


def populate(system: System) -> None:
    """A million coins are covered; alice and bob hold a hundred each, let others take them, and have asked for some."""
    system.attest(1_000_000 * COIN)
    system.bank.send("mint", *system.batch(system.voucher(), system.voucher(to=BOB)), sender=RELAYER)
    for holder in (ALICE, BOB):
        for spender in (system.bank.address, RELAYER):
            system.token.send("approve", spender, 2**256 - 1, sender=holder)
    for number, holder in enumerate((ALICE, BOB, ALICE)):
        system.bank.send("request", (5 + number) * COIN, PAYOUT, sender=holder)
    system.bank.send("accept", [1], sender=PAYER)


@dataclass(frozen=True)
class Act:
    """One try: who does what to whom, with how many of the smallest unit or days, on which request."""

    name: str
    who: str
    other: str
    amount: int
    number: int


def attempt(call: Callable[[], Receipt]) -> Receipt | None:
    """Make a call; None when the contract refuses."""
    try:
        return call()
    except Reverted:
        return None


def play(system: System, act: Act) -> Receipt | None:
    """Do it; None when it is refused, or only time passed."""
    if act.name == "wait":
        system.evm.advance(act.number * DAY)
        return None
    return attempt(lambda: ACTS[act.name](system, act))


def request_number(system: System, act: Act) -> int:
    """The act's request: one that there is."""
    return 1 + act.number % int(system.bank.call("requestCount"))


def mint(system: System, act: Act) -> Receipt:
    """Attest what is needed and mint."""
    return system.mint(amount=act.amount, to=act.who)


def authorized(system: System, act: Act) -> Receipt:
    """Bring a signed transfer of the first actor."""
    nonce = keccak(str(act).encode())
    message = (act.who, act.other, act.amount, 0, system.now + HOUR, nonce)
    signed = sign65(KEY_OF[act.who], system.authorization_digest("TransferWithAuthorization", *message))
    return system.token.send("transferWithAuthorization", *message, signed, sender=RELAYER)


def gasless(system: System, act: Act) -> Receipt:
    """Bring a signed request of the first actor."""
    salt = keccak(str(act).encode())
    before, nonce = system.now + HOUR, system.bank.call("authorizationNonce", PAYOUT, salt)
    message = (act.who, system.bank.address, act.amount, 0, before, nonce)
    signed = sign65(KEY_OF[act.who], system.authorization_digest("ReceiveWithAuthorization", *message))
    args = (act.who, act.amount, PAYOUT, salt, 0, before, signed)
    return system.bank.send("requestWithAuthorization", *args, sender=RELAYER)


def accept(system: System, act: Act) -> Receipt:
    """The payer accepts."""
    return system.bank.send("accept", [request_number(system, act)], sender=PAYER)


def settle(system: System, act: Act) -> Receipt:
    """The payer burns one twice in a batch, and the next."""
    number = request_number(system, act)
    return system.bank.send("settle", [number, number, number + 1], [ORDER] * 3, sender=PAYER)


def give_back(system: System, act: Act) -> Receipt:
    """The payer returns one twice in a batch, and the next."""
    number = request_number(system, act)
    return system.bank.send("giveBack", [number, number, number + 1], [1, 2, 3], sender=PAYER)


def end(function: str) -> Callable[[System, Act], Receipt]:
    """Somebody calls a function with a request's number."""
    return lambda system, act: system.bank.send(function, request_number(system, act), sender=act.who)


def seize(system: System, act: Act) -> Receipt:
    """Coins are taken by order, a day after that was announced."""
    return system.govern(system.token, "forcedTransfer", act.who, act.other, act.amount, ORDER, role=Role.SEIZER)


ACTS: dict[str, Callable[[System, Act], Receipt]] = {
    "mint": mint,
    "transfer": lambda s, a: s.token.send("transfer", a.other, a.amount, sender=a.who),
    "fetch": lambda s, a: s.token.send("transferFrom", a.who, a.other, a.amount, sender=RELAYER),
    "authorized": authorized,
    "request": lambda s, a: s.bank.send("request", a.amount, PAYOUT, sender=a.who),
    "gasless": gasless,
    "accept": accept,
    "settle": settle,
    "give back": give_back,
    "cancel": end("cancel"),
    "protest": end("protest"),
    "reclaim": end("reclaim"),
    "seize": seize,
    "freeze": lambda s, a: s.token.send("setFrozenTokens", a.who, a.amount, ORDER, sender=COMPLIANCE),
    "block": lambda s, a: s.token.send("setBlocked", a.who, bool(a.number % 2), ORDER, sender=COMPLIANCE),
    "pause": lambda s, a: s.token.send("pause", HOUR, sender=GUARDIAN),
    "usurp mint": lambda s, a: s.token.send("mint", a.other, a.amount, sender=a.who),
    "usurp burn": lambda s, a: s.token.send("burn", a.amount, sender=a.who),
}
REDEEMING = ("request", "gasless", "accept", "accept", "settle", "settle", "give back", "cancel", "protest", "reclaim")


def stories(*names: str, length: int = 12) -> Any:
    """Draw what happens, out of these acts (all of them by default) and of waiting."""
    act = st.builds(
        Act,
        name=st.sampled_from((*(names or ACTS), "wait")),
        who=st.sampled_from(PEOPLE),
        other=st.sampled_from(PEOPLE),
        amount=st.one_of(st.integers(1, 40).map(lambda n: n * COIN), st.integers(100, 9_999).map(lambda n: n * CENT)),
        number=st.integers(0, 4),
    )
    return st.lists(act, min_size=length // 2, max_size=length)
