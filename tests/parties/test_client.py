"""The node's HTTP clients for parties, against real parties and against nonsense."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parties.fakes import CHAIN_ID, NARROW_BANK, RESERVES, coins
from tests.parties.world import REFERENCE, World, figures, key_of, voucher
from tradecoin.adapters.parties_http import HttpAttestor, HttpBankSigner
from tradecoin.domain.attestation import Figures
from tradecoin.ports.parties import (
    AttestationRequest,
    PartyRefused,
    PartyUnreachable,
    VoucherGround,
    VoucherRequest,
)
from tradecoin.signing.keys import Key, load_key
from tradecoin.signing.typed import Domain
from tradecoin.signing.wire import from_json

BANK, AUDIT = Domain("NarrowBank", CHAIN_ID, NARROW_BANK), Domain("Reserves", CHAIN_ID, RESERVES)


@pytest.fixture
def bank_signer(signer: World) -> Iterator[HttpBankSigner]:
    """A client of the running bank signer."""
    client = HttpBankSigner("one", signer.url, domain=BANK)
    yield client
    client.close()


@pytest.fixture
def attestor(auditor: World) -> Iterator[HttpAttestor]:
    """A client of the running attestor."""
    client = HttpAttestor("one", auditor.url, domain=AUDIT)
    yield client
    client.close()


def request_for(world: World, reference: str, euros: int) -> VoucherRequest:
    """Return the port's request for one voucher."""
    message = world.vouchers(voucher(reference, euros))
    (given,) = message.grounds
    ground = VoucherGround(given.bank_reference, given.reference, given.nonce, given.assigned_by, given.cause)
    return VoucherRequest(message.signer_set, message.expires_at, list(message.vouchers), [ground])


def statement_for(world: World, told: Figures, claims: dict[bytes, int]) -> AttestationRequest:
    """Return the port's request for a statement."""
    message = world.statement(told, claims)
    return AttestationRequest(**{name: getattr(message, name) for name in message.__slots__})


def test_a_refusal_carries_the_partys_lines(signer: World, bank_signer: HttpBankSigner) -> None:
    """What the operator is shown."""
    with pytest.raises(PartyRefused) as caught:
        bank_signer.sign_vouchers(request_for(signer, "INVENTED", 1))
    assert [one["line"] for one in caught.value.facts["differences"]] == ["vouchers[0].credit"]
    assert caught.value.facts["told"] == "vouchers_differ"


def test_a_refusal_carries_the_auditors_figures(auditor: World, attestor: HttpAttestor) -> None:
    """So that the node can publish the truth, however short."""
    key = key_of(auditor.bank.credit(100))
    auditor.now = auditor.bank.now
    claims = {key: coins(100).units}
    with pytest.raises(PartyRefused) as caught:
        attestor.sign_attestation(statement_for(auditor, figures(reserves=200, claims=100, equity=100), claims))
    truth = from_json(Figures, caught.value.facts["figures"])
    assert {one["line"] for one in caught.value.facts["differences"]} == {"reserves", "equity"}
    assert attestor.sign_attestation(statement_for(auditor, truth, claims)).signer


def test_signatures_come_with_their_signer(signer: World, bank_signer: HttpBankSigner) -> None:
    """64 bytes, and the address that they recover to."""
    reference = signer.bank.credit(100, REFERENCE)
    answer = bank_signer.sign_vouchers(request_for(signer, reference, 100))
    assert answer.signer == load_key(signer.folder / "key").address
    assert len(answer.signature) == 64
    assert bank_signer.status()["signed"] == 1


def test_a_party_that_cannot_see_yet_is_unreachable_not_refusing(auditor: World, attestor: HttpAttestor) -> None:
    """Time mends it, and minting is not stopped for it."""
    auditor.bank.broken = b"?"
    with pytest.raises(PartyUnreachable) as caught:
        attestor.sign_attestation(statement_for(auditor, figures(), {}))
    assert caught.value.facts["told"] == "view_unreachable"


def test_a_party_that_is_down_is_unreachable() -> None:
    """One down changes nothing, but it has to be known."""
    client = HttpBankSigner("two", "http://127.0.0.1:1", domain=BANK, timeout_seconds=1)
    with pytest.raises(PartyUnreachable, match="two"):
        client.status()
    client.close()


def _answering(status: int, body: Any) -> Callable[[httpx.Request], httpx.Response]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda request: httpx.Response(status, content=raw)


STRANGER = Key(b"\7" * 32)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (200, []),
        (200, {}),
        (200, {"signer": "0x12", "signature": "0x"}),
        (200, {"signer": STRANGER.address, "signature": "0x" + "00" * 64}),
        (200, {"signer": STRANGER.address, "signature": f"0x{STRANGER.sign(bytes(32)).hex()}"}),
        (200, {"signer": STRANGER.address, "signature": 7}),
        (500, {}),
        (502, b""),
        (429, {"code": "busy"}),
    ],
)
def test_an_answer_that_makes_no_sense_is_none(status: int, body: Any, tmp_path: Path) -> None:
    """One bad signature packed with good ones would spoil the whole batch."""
    transport = httpx.MockTransport(_answering(status, body))
    client = HttpBankSigner("one", "http://party", domain=BANK, transport=transport)
    with pytest.raises(PartyUnreachable):
        client.sign_vouchers(request_for(World(tmp_path), "TB", 1))
    client.close()


def test_a_signer_that_is_not_the_expected_one_is_not_taken(signer: World) -> None:
    """Somebody else may listen on the port."""
    reference = signer.bank.credit(100, REFERENCE)
    client = HttpBankSigner("one", signer.url, domain=BANK, signer=STRANGER.address)
    with pytest.raises(PartyUnreachable):
        client.sign_vouchers(request_for(signer, reference, 100))
    client.close()
