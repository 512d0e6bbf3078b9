"""Signing parties beside the real contracts on the embedded chain and the real simulated bank: a credit's whole way."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey

from tests.contracts import kit
from tests.devnet.bank.kit import Window
from tests.parties.fakes import POLL_SECONDS, coins, listening
from tests.parties.world import figures
from tradecoin.adapters.parties_http import HttpAttestor, HttpBankSigner
from tradecoin.domain.attestation import Claim, Figures
from tradecoin.domain.mint import Voucher
from tradecoin.domain.money import Coins
from tradecoin.parties.attestor import Attestor, AttestorConfig
from tradecoin.parties.bank_signer import BankSigner, BankSignerConfig
from tradecoin.parties.server import PartyServer
from tradecoin.ports.parties import AttestationRequest, PartyRefused, VoucherGround, VoucherRequest
from tradecoin.signing.hashing import ZERO_32, unix_rounded_down
from tradecoin.signing.keys import Key, pack_signatures
from tradecoin.signing.refs import (
    authorization_nonce,
    claim_account,
    deposit_key,
    end_to_end_id,
    evidence_hash,
    issuance_ref,
    payment_reference,
    payout_hash,
)
from tradecoin.signing.tree import ClaimTree, account_hash
from tradecoin.signing.typed import Domain, attestation_digest, receive_authorization, vouchers_digest
from tradecoin.signing.wire import from_json
from tradecoin_devnet.bank.http_server import BankServer
from tradecoin_devnet.evm.server import answer

BANK_ID, NONCE, SALT = "NARROW", b"\x0f" * 16, b"\x5a" * 32
NOTHING = figures()


class ChainDoor:
    """The embedded chain behind the fakes' HTTP server."""

    def __init__(self, system: kit.System) -> None:
        self.rpc = system.evm.chain.rpc

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Speak JSON-RPC as the chain's own server does."""
        return 200, answer(self.rpc, json.dumps(body).encode())


@dataclass
class House:
    """Bank, chain, two bank signers and two attestors."""

    window: Window
    system: kit.System
    signers: list[HttpBankSigner]
    attestors: list[HttpAttestor]

    def now(self) -> datetime:
        """Bring the chain's clock to the bank's, and return it in whole milliseconds."""
        moment = self.window.clock.now()
        self.system.evm.clock.moment = moment
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def key_of(self, reference: str) -> bytes:
        """Return a credit's deposit key."""
        return deposit_key(BANK_ID, self.window.iban, reference)

    def request(self, told: Figures, claims: dict[bytes, int]) -> AttestationRequest:
        """Describe a statement of now; a block follows the cut."""
        cut, rpc = self.now(), self.system.evm.chain.rpc
        number = int(rpc("eth_blockNumber", []), 16)
        while int(rpc("eth_getBlockByNumber", [hex(number), False])["timestamp"], 16) >= unix_rounded_down(cut):
            number -= 1
        block_hash = rpc("eth_getBlockByNumber", [hex(number), False])["hash"]
        leaves = [Claim(claim_account(key), SALT, Coins(units)) for key, units in claims.items()]
        head = self.system.reserves.call("head")
        return self.evident(
            AttestationRequest(
                signer_set=self.system.reserves.call("setNumber"),
                prev=head[0],
                cut=cut,
                block_number=number,
                block_hash=block_hash,
                figures=told,
                claims=leaves,
                claims_root=ClaimTree.of(leaves).root,
                evidence=b"",
            )
        )

    def evident(self, request: AttestationRequest) -> AttestationRequest:
        """Add the evidence of its figures."""
        evidence = evidence_hash(
            BANK_ID,
            self.window.iban,
            cut=request.cut,
            reserves=request.figures.reserves,
            block_number=request.block_number,
            block_hash=request.block_hash,
        )
        return replace(request, evidence=evidence)

    def attest(self, claims: dict[bytes, int] | None = None) -> Figures:
        """Let the attestors say what is true, have it signed, publish it; return it."""
        self.window.advance(seconds=5)
        request = self.request(NOTHING, claims or {})
        with pytest.raises(PartyRefused) as caught:
            self.attestors[0].sign_attestation(request)
        truth = from_json(Figures, caught.value.facts["figures"])
        request = self.evident(replace(request, figures=truth))
        packed, _ = pack_signatures([one.sign_attestation(request) for one in self.attestors])
        units = (truth.reserves.units, truth.encumbered.units, truth.settling.units, truth.claims.units)
        cut = unix_rounded_down(request.cut)
        statement = (request.signer_set, request.prev, *units, request.claims_root, request.evidence, cut)
        self.window.advance(seconds=2)
        self.now()
        self.system.reserves.send("attest", statement, packed, sender=kit.RELAYER)
        assert self.system.reserves.call("head")[0] == _digest(self.system, request)
        return truth

    def mint(self, *parts: tuple[Voucher, VoucherGround]) -> None:
        """Have vouchers signed and mint them."""
        vouchers, grounds = [voucher for voucher, _ in parts], [ground for _, ground in parts]
        expires_at = self.now().replace(microsecond=0) + timedelta(hours=1)
        number = self.system.bank.call("setNumber")
        request = VoucherRequest(number, expires_at, vouchers, grounds)
        packed, _ = pack_signatures([one.sign_vouchers(request) for one in self.signers])
        expiry = unix_rounded_down(expires_at)
        structs = [(v.deposit, v.value.units, v.offset.units, v.amount.units, v.to, v.order) for v in vouchers]
        domain = Domain("NarrowBank", kit.CHAIN_ID, self.system.bank.address)
        digest = vouchers_digest(domain, signer_set=number, expires_at=expires_at, vouchers=vouchers)
        assert self.system.bank.call("hashVouchers", structs, expiry) == digest
        self.system.bank.send("mint", structs, expiry, packed, sender=kit.RELAYER)

    def voucher(self, entry: dict[str, Any], euros: int) -> tuple[Voucher, VoucherGround]:
        """Return a voucher for Alice over a credit of the bank's, with its ground."""
        key, amount = self.key_of(entry["reference"]), coins(euros)
        order = issuance_ref(kit.CHAIN_ID, self.system.token.address, "mo_1", key, kit.ALICE, amount)
        ground = VoucherGround(entry["reference"], payment_reference(kit.ALICE, NONCE), NONCE, "", "deposit")
        return Voucher(key, amount, Coins(0), amount, kit.ALICE, order), ground

    def pay(self, request: int, euros: int) -> None:
        """Let the bank pay a redemption out."""
        own_id = end_to_end_id(kit.CHAIN_ID, self.system.bank.address, request, 1)
        self.window.pay((own_id, f"{euros}.00"))
        self.window.advance(days=1)


def _digest(system: kit.System, request: AttestationRequest) -> bytes:
    told = request.figures
    return attestation_digest(
        Domain("Reserves", kit.CHAIN_ID, system.reserves.address),
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


def _settings(folder: Path, window: Window, system: kit.System, bank: str, chain: str) -> dict[str, Any]:
    return {
        "port": 0,
        "bank_url": bank,
        "bank_id": BANK_ID,
        "account": window.iban,
        "currency": "EUR",
        "decimals": 6,
        "rpc_url": chain,
        "chain_id": kit.CHAIN_ID,
        "token": system.token.address,
        "narrow_bank": system.bank.address,
        "reserves": system.reserves.address,
        "finality": "instant",
        "clock_file": folder / "clock.json",
    }


def _own(folder: Path, name: str, key: PrivateKey) -> dict[str, Any]:
    home = folder / name
    home.mkdir()
    path = home / "key"
    path.write_text(key.to_hex())
    path.chmod(0o600)
    return {"name": name, "key_file": path, "data": home}


def _serve(stack: ExitStack, party: Attestor | BankSigner) -> str:
    server = PartyServer(("127.0.0.1", 0), party)
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,))
    thread.start()
    for step in (party.close, server.server_close, thread.join, server.shutdown):
        stack.callback(step)
    return server.url


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house with 1000.00 of the operator's own in the bank and no coins."""
    with ExitStack() as stack:
        window, system = Window(tmp_path), kit.deploy()
        stack.callback(window.bank.close)
        bank = BankServer(("127.0.0.1", 0), window.bank)
        thread = threading.Thread(target=bank.serve_forever, args=(POLL_SECONDS,))
        thread.start()
        for step in (bank.server_close, thread.join, bank.shutdown):
            stack.callback(step)
        common = _settings(tmp_path, window, system, bank.url, stack.enter_context(listening(ChainDoor(system))))
        bank_side = Domain("NarrowBank", kit.CHAIN_ID, system.bank.address)
        audit_side = Domain("Reserves", kit.CHAIN_ID, system.reserves.address)
        made = House(window, system, [], [])
        for at in range(2):
            own = _own(tmp_path, f"signer-{at}", system.bank_keys[at])
            url = _serve(stack, BankSigner(BankSignerConfig(**common | own)))
            made.signers.append(HttpBankSigner(url, url, domain=bank_side))
            own = _own(tmp_path, f"attestor-{at}", system.auditor_keys[at])
            url = _serve(stack, Attestor(AttestorConfig(**common | own)))
            made.attestors.append(HttpAttestor(url, url, domain=audit_side))
        for client in (*made.signers, *made.attestors):
            stack.callback(client.close)
        made.now()
        yield made


def test_the_parties_carry_a_credit_to_a_coin_and_back(house: House) -> None:
    """Credit, statement, mint, redemption, payout, burn, return: every figure is as the books would have it."""
    assert house.attest() == figures(reserves=1000, equity=1000)

    entry = house.window.credit("100.00", reference=payment_reference(kit.ALICE, NONCE))
    key = house.key_of(entry["reference"])
    assert house.attest({key: coins(100).units}) == figures(reserves=1100, claims=100, equity=1000)

    house.mint(house.voucher(entry, 100))
    assert house.system.token.call("balanceOf", kit.ALICE) == coins(100).units
    assert house.attest() == figures(reserves=1100, supply=100, equity=1000)

    number = house.system.accepted(coins(40).units)
    house.pay(number, 40)
    assert house.attest() == figures(reserves=1060, settling=40, supply=100, equity=1000)

    house.system.bank.send("settle", [number], [ZERO_32], sender=kit.PAYER)
    assert house.attest() == figures(reserves=1060, supply=60, equity=1000)
    assert house.system.reserves.call("covered") is True


def test_a_payout_that_comes_back_after_the_burn_is_owed_or_issued_again(house: House) -> None:
    """First it encumbers; chosen for reissue it is a claim; then coins again, with its holder."""
    entry = house.window.credit("100.00", reference=payment_reference(kit.ALICE, NONCE))
    house.attest({house.key_of(entry["reference"]): coins(100).units})
    house.mint(house.voucher(entry, 100))
    number = house.system.accepted(coins(40).units)
    house.window.misbehave("return")
    house.pay(number, 40)
    house.now()
    house.system.bank.send("settle", [number], [ZERO_32], sender=kit.PAYER)
    house.window.advance(days=4)
    assert house.attest() == figures(reserves=1100, encumbered=40, supply=60, equity=1000)

    (back,) = [line for line in house.window.get(f"/accounts/{house.window.iban}/entries?full=1") if "returned" in line]
    key = house.key_of(back["reference"])
    assert house.attest({key: coins(40).units}) == figures(reserves=1100, claims=40, supply=60, equity=1000)

    voucher, ground = house.voucher(back, 40)
    house.mint((voucher, replace(ground, reference="", nonce=b"", cause="payout_returned")))
    assert house.attest() == figures(reserves=1100, supply=100, equity=1000)


def test_a_claim_in_a_signed_statement_can_be_shown_to_the_contract(house: House) -> None:
    """Python's tree is the contract's: each leaf, its place and its siblings."""
    entries = [house.window.credit(f"{euros}.00") for euros in (10, 20, 30)]
    claims = {
        house.key_of(entry["reference"]): coins(euros).units for entry, euros in zip(entries, (10, 20, 30), strict=True)
    }
    house.attest(claims)
    leaves = [Claim(claim_account(key), SALT, Coins(units)) for key, units in claims.items()]
    tree = ClaimTree.of(leaves)
    for index, leaf in enumerate(leaves):
        told = (account_hash(leaf.account), SALT, leaf.amount.units, index, tree.proof(index))
        assert house.system.reserves.call("verifyClaim", *told) is True
        for at, other in ((0, b"\1" * 32), (1, b"\1" * 32), (2, leaf.amount.units + 1), (3, index ^ 1), (3, index + 4)):
            changed = (*told[:at], other, *told[at + 1 :])
            assert house.system.reserves.call("verifyClaim", *changed) is False


def test_a_gasless_request_needs_the_nonce_that_both_sides_compute(house: House) -> None:
    """What the holder's wallet signs is what the contract checks."""
    entry = house.window.credit("100.00", reference=payment_reference(kit.ALICE, NONCE))
    house.attest({house.key_of(entry["reference"]): coins(100).units})
    house.mint(house.voucher(entry, 100))
    system, salt, payout = house.system, b"\3" * 32, payout_hash("DE89 3704", "Alice", b"\4" * 32)
    nonce = authorization_nonce(payout, salt, system.bank.address)
    assert system.bank.call("authorizationNonce", payout, salt) == nonce
    before = system.now + 3600
    message = receive_authorization(
        Domain("Narrow Coin", kit.CHAIN_ID, system.token.address),
        holder=kit.ALICE,
        to=system.bank.address,
        value=coins(40),
        valid_after=0,
        valid_before=before,
        nonce=nonce,
    )
    signature = Key.from_hex(kit.KEY_OF[kit.ALICE].to_hex()).sign65(message.digest)
    told = (kit.ALICE, coins(40).units, payout, salt, 0, before, signature)
    system.bank.send("requestWithAuthorization", *told, sender=kit.RELAYER)
    assert system.request_of(1).holder == kit.ALICE


def test_a_reversed_credit_is_neither_signed_for_nor_claimed(house: House) -> None:
    """The bank takes it back after it was seen."""
    entry = house.window.credit("100.00", reference=payment_reference(kit.ALICE, NONCE))
    house.attest({house.key_of(entry["reference"]): coins(100).units})
    house.window.post("/_bank/reversals", {"reference": entry["reference"]})
    with pytest.raises(PartyRefused, match="taken back"):
        house.mint(house.voucher(entry, 100))
    assert house.attest() == figures(reserves=1000, equity=1000)
