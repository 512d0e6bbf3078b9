"""A walk past every refusal of the contracts, on both."""

from __future__ import annotations

from typing import Any

from tests.contracts.abi import keccak
from tests.contracts.kit import (
    ALICE,
    BOB,
    COIN,
    COMPLIANCE,
    DAY,
    GOVERNOR,
    GUARDIAN,
    HOUR,
    NOBODY,
    ORDER,
    PAYER,
    RELAYER,
    ZERO,
    System,
)
from tests.contracts.properties.guesses import Draft, Statement, quorum
from tests.contracts.properties.pair import Pair
from tradecoin.twin.world import Signed


class Tour:
    """The pair, and the names of the refusals that both agreed on."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.pair = Pair.of(system)
        self.seen: set[str] = set()

    def do(self, contract: str, function: str, *args: Any, sender: str) -> Any:
        """Make a call in both and note its refusal."""
        return self._note(self.pair.do(contract, function, *args, sender=sender))

    def bank(self, function: str, *args: Any, sender: str = RELAYER) -> Any:
        """Call the bank."""
        return self.do("NarrowBank", function, *args, sender=sender)

    def schedule(self, contract: str, function: str, *args: Any, sender: str = GOVERNOR) -> Any:
        """Announce the use of a power."""
        return self._note(self.pair.schedule(contract, function, *args, sender=sender))

    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.system.evm.advance(seconds)

    def attest(self, coins: int = 1_000, odd: str = "", *, age: int = 0, settling: int = 0, way: str = "right") -> Any:
        """Publish an attestation of so many coins more than there are."""
        attestation = Statement(-coins * COIN, 0, settling, age, 0, odd).of(self.pair)
        signed = quorum(self.pair, "auditors", self.pair.reserves.hashAttestation(attestation), way)
        return self.do("Reserves", "attest", attestation, signed, sender=RELAYER)

    def batch(self, deposit: int, amount: int = COIN, odd: str = "", *, ahead: int = HOUR, way: str = "right") -> Any:
        """Sign a voucher; returns the arguments of `mint`."""
        voucher = Draft(deposit, amount, ALICE, odd).of(self.pair, {})
        expiry = self.pair.world.now + ahead
        return (voucher,), expiry, quorum(self.pair, "bank", self.pair.bank.hashVouchers((voucher,), expiry), way)

    def mint(self, deposit: int, amount: int = COIN, odd: str = "", **others: Any) -> Any:
        """Bring a voucher."""
        return self.bank("mint", *self.batch(deposit, amount, odd, **others))

    def _note(self, result: Any) -> Any:
        if isinstance(result, str):
            self.seen.add(result)
        return result


def signing(tour: Tour) -> None:
    """Bad quorums, bad statements."""
    tour.mint(1)
    for odd in ("set", "prev", "settling", "root", "future"):
        tour.attest(odd=odd)
    tour.attest(age=3 * DAY)
    for way in ("one", "twice", "backwards", "stranger", "other side", "other text", "nobody"):
        tour.attest(way=way)
    tour.attest(coins=10**19)
    tour.attest()
    tour.attest(odd="again")
    for member in ("add", "remove"):
        tour.do("Reserves", f"{member}Signer", ALICE, sender=GUARDIAN)
    tour.schedule("Reserves", "addSigner", tour.pair.bank.signers[0])
    tour.schedule("Reserves", "raiseThreshold", 4)
    tour.wait(2 * DAY)
    tour.do("Reserves", "addSigner", tour.pair.bank.signers[0], sender=GOVERNOR)
    tour.do("Reserves", "raiseThreshold", 4, sender=GOVERNOR)


def minting(tour: Tour) -> None:
    """Bad batches."""
    tour.attest()
    for odd in ("value", "offset", "token", "bank", "zero"):
        tour.mint(1, odd=odd)
    tour.mint(1, 0)
    tour.mint(1, 2_000 * COIN)
    tour.mint(1, 60_000_000 * COIN)
    for ahead in (-1, DAY + 1):
        tour.mint(1, ahead=ahead)
    tour.bank("mint", (), tour.pair.world.now, quorum(tour.pair, "bank", ZERO, "right"))
    tour.mint(1, 100 * COIN)
    tour.bank("void", keccak(b"deposit 9"), sender=ALICE)
    for _ in range(2):
        tour.bank("void", keccak(b"deposit 9"), sender=GUARDIAN)
    tour.mint(9)
    tour.bank("lowerLimit", 10**30, sender=GUARDIAN)


def limiting(tour: Tour) -> None:
    """Announcements, limits, pauses."""
    tour.bank("lowerInstantCap", COIN // 2, sender=GUARDIAN)
    large = tour.batch(2, ahead=20 * HOUR)
    digest = tour.pair.bank.hashVouchers(*large[:2])
    tour.bank("mint", *large)
    for _ in range(2):
        tour.bank("announce", digest, large[2])
    tour.bank("mint", *large)
    for _ in range(2):
        tour.bank("veto", digest, sender=GUARDIAN)
    tour.bank("mint", *large)
    tour.bank("lowerLimit", 0, sender=GUARDIAN)
    tour.mint(3, 1)
    for duration in (0, DAY, DAY):
        tour.bank("pauseIssue", duration, sender=GUARDIAN)
    tour.mint(3, 1)
    tour.wait(DAY)


def governing(tour: Tour) -> None:
    """Powers with a delay: unannounced, twice announced, early, late."""
    call = "NarrowBank", "raiseInstantCap", 10**20
    tour.do(*call, sender=GOVERNOR)
    tour.schedule(*call, sender=GUARDIAN)
    tour.schedule(*call)
    tour.schedule(*call)
    tour.do(*call, sender=GOVERNOR)
    tour.wait(9 * DAY)
    tour.do(*call, sender=GOVERNOR)


def redeeming(tour: Tour) -> None:
    """Requests that are refused, and ends that are not due."""
    tour.do("Token", "approve", NOBODY, COIN, sender=ALICE)
    tour.bank("request", 2 * COIN, ORDER, sender=ALICE)
    tour.do("Token", "approve", tour.pair.bank.address, 2**256 - 1, sender=ALICE)
    for amount, payout in ((0, ORDER), (COIN - 1, ORDER), (COIN + 1, ORDER), (COIN, ZERO), (2**128, ORDER)):
        tour.bank("request", amount, payout, sender=ALICE)
    # 2**128 is no multiple of a cent; this is.
    tour.bank("request", 10**40, ORDER, sender=ALICE)
    tour.bank("request", 1_000 * COIN, ORDER, sender=ALICE)
    number = tour.bank("request", 10 * COIN, ORDER, sender=ALICE)
    tour.bank("accept", [number])
    for on in (True, False):
        tour.do("Token", "setBlocked", ALICE, on, ORDER, sender=COMPLIANCE)
        if on:
            assert tour.bank("accept", [number], sender=PAYER) == 0
    tour.bank("settle", [number], [], sender=PAYER)
    tour.bank("cancel", number, sender=BOB)
    tour.bank("reclaim", number, sender=ALICE)
    tour.bank("protest", number)
    tour.wait(3 * DAY)
    for _ in range(2):
        tour.bank("protest", number)
    tour.bank("reclaim", number, sender=ALICE)
    tour.attest()
    tour.mint(3)
    tour.bank("giveBack", [number], [0], sender=PAYER)
    tour.mint(3)
    tour.bank("cancel", number, sender=ALICE)
    tour.bank("setPayer", NOBODY, sender=ALICE)
    tour.schedule("NarrowBank", "setPayer", NOBODY)
    tour.wait(2 * DAY)
    tour.bank("setPayer", NOBODY, sender=GOVERNOR)


def moving(tour: Tour) -> None:
    """Transfers, signed transfers, orders."""
    pair, token = tour.pair, "Token"
    tour.do(token, "transferFrom", ALICE, BOB, COIN, sender=BOB)
    tour.do(token, "transfer", BOB, 10**12, sender=ALICE)
    for by, before in ((BOB, HOUR), (ALICE, -1), (ALICE, HOUR), (ALICE, HOUR)):
        message = (ALICE, BOB, 1, 0, pair.world.now + before, ORDER)
        signed = Signed(by, pair.world.digest(token, "TransferWithAuthorization", message))
        tour.do(token, "transferWithAuthorization", *message, signed, sender=RELAYER)
    tour.do(token, "permit", ALICE, BOB, 1, 1, Signed(ALICE, ZERO), sender=RELAYER)
    for function, args in (("mint", (BOB, COIN)), ("burn", (COIN,)), ("setFirstIssuer", (pair.bank.address,))):
        tour.do(token, function, *args, sender=ALICE)
    tour.do(token, "setFirstIssuer", pair.bank.address, sender=pair.token._deployer)
    freeze = pair.token.balanceOf(ALICE) - 1
    for account, amount, order in ((ALICE, freeze, ZERO), (pair.bank.address, 1, ORDER), (ALICE, 2**255, ORDER)):
        tour.do(token, "setFrozenTokens", account, amount, order, sender=COMPLIANCE)
    tour.do(token, "setFrozenTokens", ALICE, freeze, ORDER, sender=COMPLIANCE)
    tour.do(token, "transfer", BOB, 2, sender=ALICE)
    for _ in range(2):
        tour.do(token, "setBlocked", BOB, True, ORDER, sender=COMPLIANCE)
    tour.do(token, "transfer", BOB, 1, sender=ALICE)
    tour.do(token, "transfer", ALICE, 1, sender=BOB)
    tour.do(token, "pause", DAY, sender=GUARDIAN)
    tour.do(token, "transfer", BOB, 1, sender=ALICE)


def ending(tour: Tour) -> None:
    """The change of issuer, and the end."""
    tour.do("Token", "applyIssuer", sender=ALICE)
    for following in (ALICE, tour.pair.reserves.address):
        tour.schedule("Token", "announceIssuer", following)
    tour.wait(2 * DAY)
    for following in (ALICE, tour.pair.reserves.address):
        tour.do("Token", "announceIssuer", following, sender=GOVERNOR)
    tour.do("Token", "applyIssuer", sender=ALICE)
    tour.wait(21 * DAY)
    tour.bank("windDown")
    tour.do("Token", "applyIssuer", sender=ALICE)
    tour.bank("request", COIN, ORDER, sender=ALICE)
    tour.wait(10 * DAY)
    tour.bank("windDown")
    tour.bank("windDown")


STOPS = (signing, minting, limiting, governing, redeeming, moving, ending)
