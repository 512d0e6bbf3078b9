"""What a holder signs instead of sending: ERC-3009 authorizations and permits."""

import pytest

from tests.contracts.abi import keccak
from tests.contracts.kit import ALICE, BOB, COIN, COMPLIANCE, HOUR, KEY_OF, ORDER, RELAYER, System, sign65, split
from tests.contracts.refusals import refuses

TRANSFER = "TransferWithAuthorization"
RECEIVE = "ReceiveWithAuthorization"


@pytest.fixture
def rich(system: System) -> System:
    """Alice holds 100 coins."""
    system.mint(amount=100 * COIN, to=ALICE)
    return system


def authorize(system: System, kind: str, to: str, **others: int) -> tuple[tuple[object, ...], bytes]:
    """Alice's authorization of one coin, valid now, and its digest."""
    times = {"after": system.now - 1, "before": system.now + HOUR} | others
    values = (ALICE, to, COIN, times["after"], times["before"], keccak(b"nonce"))
    return values, system.authorization_digest(kind, *values)


def test_an_authorization_works_once(rich: System) -> None:
    """T4: by v, r, s or by bytes, the nonce is the same."""
    values, digest = authorize(rich, TRANSFER, BOB)
    signed = sign65(KEY_OF[ALICE], digest)
    rich.token.send("transferWithAuthorization", *values, *split(signed), sender=RELAYER)
    assert rich.balance(BOB) == COIN
    with refuses("ERC3009UsedAuthorization", ALICE):
        rich.token.send("transferWithAuthorization", *values, signed, sender=RELAYER)


def test_a_cancelled_authorization_stays_cancelled(rich: System) -> None:
    """T4, the other way to use a nonce up."""
    values, digest = authorize(rich, TRANSFER, BOB)
    kind = keccak(b"CancelAuthorization(address authorizer,bytes32 nonce)")
    body = keccak(kind + bytes(12) + bytes.fromhex(ALICE[2:]) + keccak(b"nonce"))
    cancel = keccak(b"\x19\x01" + rich.token.call("DOMAIN_SEPARATOR") + body)
    rich.token.send("cancelAuthorization", ALICE, keccak(b"nonce"), sign65(KEY_OF[ALICE], cancel), sender=RELAYER)
    with refuses("ERC3009UsedAuthorization", ALICE):
        rich.token.send("transferWithAuthorization", *values, sign65(KEY_OF[ALICE], digest), sender=RELAYER)


def test_an_authorization_by_another_key_is_refused(rich: System) -> None:
    """In both forms."""
    values, digest = authorize(rich, TRANSFER, BOB)
    forged = sign65(KEY_OF[BOB], digest)
    with refuses("ERC3009InvalidSignature"):
        rich.token.send("transferWithAuthorization", *values, *split(forged), sender=RELAYER)
    with refuses("ERC3009InvalidSignature"):
        rich.token.send("transferWithAuthorization", *values, forged, sender=RELAYER)


@pytest.mark.parametrize("times", [{"after": 2**40}, {"before": 1}])
def test_an_authorization_outside_its_time_is_refused(rich: System, times: dict[str, int]) -> None:
    """Not before, not after."""
    values, digest = authorize(rich, TRANSFER, BOB, **times)
    with refuses("ERC3009InvalidAuthorizationTime"):
        rich.token.send("transferWithAuthorization", *values, sign65(KEY_OF[ALICE], digest), sender=RELAYER)


def test_only_the_receiver_uses_a_receive_authorization(rich: System) -> None:
    """So that nobody front-runs a contract that acts on the coins."""
    values, digest = authorize(rich, RECEIVE, BOB)
    signed = sign65(KEY_OF[ALICE], digest)
    for form in ((signed,), split(signed)):
        with refuses("ERC20InvalidReceiver", BOB):
            rich.token.send("receiveWithAuthorization", *values, *form, sender=RELAYER)
    rich.token.send("receiveWithAuthorization", *values, signed, sender=BOB)
    assert rich.balance(BOB) == COIN


def test_authorizations_pass_the_choke_point(rich: System) -> None:
    """A block holds for the ERC-3009 entry points too."""
    rich.token.send("setBlocked", ALICE, True, ORDER, sender=COMPLIANCE)
    values, digest = authorize(rich, TRANSFER, BOB)
    with refuses("ERC7943CannotSend", ALICE):
        rich.token.send("transferWithAuthorization", *values, sign65(KEY_OF[ALICE], digest), sender=RELAYER)


def test_a_permit_works_in_both_forms_and_once(rich: System) -> None:
    """ERC-2612, also with a `bytes` signature."""
    for nonce, by_bytes in enumerate((False, True)):
        values = (ALICE, BOB, (nonce + 1) * COIN)
        deadline = rich.now + HOUR
        signed = sign65(KEY_OF[ALICE], rich.permit_digest(*values, nonce, deadline))
        form = (signed,) if by_bytes else split(signed)
        rich.token.send("permit", *values, deadline, *form, sender=RELAYER)
        assert rich.token.call("allowance", ALICE, BOB) == (nonce + 1) * COIN
        with refuses("ERC3009InvalidSignature" if by_bytes else "ERC2612InvalidSigner"):
            rich.token.send("permit", *values, deadline, *form, sender=RELAYER)
        with refuses("ERC2612ExpiredSignature", 1):
            rich.token.send("permit", *values, 1, *form, sender=RELAYER)
