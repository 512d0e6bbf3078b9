"""Asking an auditor: what it must sign, what it must refuse, and a world in which a payout is under way."""

from dataclasses import replace

from tests.parties.fakes import CHAIN_ID, RESERVES
from tests.parties.world import World, figures, key_of, lines, seconds
from tradecoin.domain.attestation import Figures
from tradecoin.domain.money import Coins
from tradecoin.parties.messages import AttestationMessage
from tradecoin.signing.keys import load_key, recover64
from tradecoin.signing.typed import Domain, attestation_digest
from tradecoin.signing.wire import from_json

HUNDRED = figures(reserves=100, claims=100)
FEW = Coins(1)


def signed(world: World, request: AttestationMessage) -> str:
    """Return the signature of a statement that must be signed, after checking whose it is."""
    status, body = world.sign("attestation", request)
    assert status == 200, body
    told = request.figures
    digest = attestation_digest(
        Domain("Reserves", CHAIN_ID, RESERVES),
        signer_set=request.signer_set,
        prev=request.prev,
        reserves=told.reserves,
        encumbered=told.encumbered,
        settling=told.settling,
        claims=told.claims,
        claims_root=request.claims_root,
        evidence=request.evidence,
        cut=request.cut,
    )
    assert recover64(bytes.fromhex(body["signature"][2:]), digest) == body["signer"]
    assert body["signer"] == load_key(world.folder / "key").address
    return str(body["signature"])


def refused(world: World, request: AttestationMessage, code: str = "figures_differ") -> list[str]:
    """Return the lines that the auditor refuses a statement for."""
    status, body = world.sign("attestation", request)
    assert (status, body.get("code")) == (409, code), body
    return sorted(lines(body))


def agreed(world: World, expected: Figures, claims: dict[bytes, int] | None = None) -> None:
    """Check that the auditor finds exactly these figures: it signs them, and names them when asked for others."""
    later(world)
    wrong = replace(expected, reserves=expected.reserves + FEW)
    status, body = world.sign("attestation", world.statement(wrong, claims or {}))
    assert status == 409
    assert from_json(Figures, body["figures"]) == expected
    signed(world, world.statement(expected, claims or {}))


def later(world: World, by: int = 60) -> None:
    """Let time pass for everybody."""
    world.now = world.bank.now = max(world.now, world.bank.now, world.chain.blocks[-1]) + seconds(by)


def credit(world: World, euros: int) -> bytes:
    """Book a credit; return its deposit key."""
    key = key_of(world.bank.credit(euros))
    world.now = world.bank.now
    return key


def settling_world(world: World) -> bytes:
    """Mint 100 on a credit, ask for 40 back, and let the bank pay it."""
    key = credit(world, 100)
    world.chain.issue(world.now, key, 100)
    world.chain.request(world.now, 1, 40)
    world.bank.payout(40, request=1)
    return key
