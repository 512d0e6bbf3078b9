"""The whole contract system in process: deployed by the plan, with keys that sign vouchers and attestations.

Everything here has a default, so that a test shows only what matters to it: `system.mint(to=ALICE)` attests enough
reserves, signs a voucher and mints it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

from coincurve import PrivateKey
from eth_account.messages import encode_typed_data

from tests.contracts.abi import Contract, Evm, Receipt, keccak
from tradecoin.artefacts import load
from tradecoin.artefacts.plan import DELAYS, Call, Deploy, Parties, Ref, Role, Terms, steps
from tradecoin_devnet.evm.accounts import DEV_ACCOUNTS, checksummed

DEPLOYER, ADMIN, GOVERNOR, GUARDIAN, COMPLIANCE, SEIZER, PAYER, ALICE, BOB, RELAYER = (a.address for a in DEV_ACCOUNTS)
KEY_OF = {account.address: PrivateKey(bytes.fromhex(account.key[2:])) for account in DEV_ACCOUNTS}
ZERO = bytes(32)
COIN = 10**6
CENT = 10**4
HOUR, DAY = 3_600, 86_400
CHAIN_ID = 31337
NOBODY = "0x" + "00" * 20
PAYOUT = keccak(b"salted hash of a registered account")
ORDER = keccak(b"a documented order")

VOUCHER_TYPE = [
    {"name": name, "type": kind}
    for kind, name in (
        ("bytes32", "deposit"),
        ("uint128", "value"),
        ("uint128", "offset"),
        ("uint128", "amount"),
        ("address", "to"),
        ("bytes32", "order"),
    )
]
VOUCHERS_TYPE = [
    {"name": "set", "type": "uint32"},
    {"name": "expiry", "type": "uint48"},
    {"name": "vouchers", "type": "Voucher[]"},
]
ATTESTATION_TYPE = [
    {"name": name, "type": kind}
    for kind, name in (
        ("uint32", "set"),
        ("bytes32", "prev"),
        ("uint128", "reserves"),
        ("uint128", "encumbered"),
        ("uint128", "settling"),
        ("uint128", "claims"),
        ("bytes32", "claimsRoot"),
        ("bytes32", "evidence"),
        ("uint48", "cut"),
    )
]
AUTHORIZATION_TYPE = [
    {"name": name, "type": kind}
    for kind, name in (
        ("address", "from"),
        ("address", "to"),
        ("uint256", "value"),
        ("uint256", "validAfter"),
        ("uint256", "validBefore"),
        ("bytes32", "nonce"),
    )
]
PERMIT_TYPE = [
    {"name": name, "type": kind}
    for kind, name in (
        ("address", "owner"),
        ("address", "spender"),
        ("uint256", "value"),
        ("uint256", "nonce"),
        ("uint256", "deadline"),
    )
]


class Voucher(NamedTuple):
    """The contract's Voucher; amounts in the token's smallest unit."""

    deposit: bytes
    value: int
    offset: int
    amount: int
    to: str
    order: bytes


class Attestation(NamedTuple):
    """The contract's Attestation; amounts in the token's smallest unit, `cut` in Unix seconds."""

    set: int
    prev: bytes
    reserves: int
    encumbered: int
    settling: int
    claims: int
    claimsRoot: bytes
    evidence: bytes
    cut: int


class Request(NamedTuple):
    """The contract's Request. `status` is one of the constants below."""

    holder: str
    status: int
    dueAt: int
    protestedAt: int
    amount: int
    pays: int


NONE, REQUESTED, ACCEPTED, SETTLED, GIVEN_BACK, CANCELLED, RECLAIMED = range(7)


def make_keys(seed: str, number: int) -> tuple[PrivateKey, ...]:
    """Make keys from a text, in ascending order of their addresses."""
    keys = (PrivateKey(keccak(f"{seed} {i}".encode())) for i in range(number))
    return tuple(sorted(keys, key=address_of))


def address_of(key: PrivateKey) -> str:
    """Return a key's address, checksummed; they sort like the numbers when lowered."""
    return checksummed(keccak(key.public_key.format(compressed=False)[1:])[12:])


def ascending(keys: Iterable[PrivateKey]) -> list[PrivateKey]:
    """Sort keys by the number that their address is."""
    return sorted(keys, key=lambda key: int(address_of(key), 16))


def sign64(key: PrivateKey, digest: bytes) -> bytes:
    """Sign in 64 bytes (ERC-2098)."""
    signed = key.sign_recoverable(digest, hasher=None)
    return bytes(signed[:32] + bytes([signed[32] | signed[64] << 7]) + signed[33:64])


def sign65(key: PrivateKey, digest: bytes) -> bytes:
    """Sign in 65 bytes: r, s, v."""
    signed = key.sign_recoverable(digest, hasher=None)
    return bytes(signed[:64] + bytes([signed[64] + 27]))


def typed_digest(domain: dict[str, Any], types: dict[str, Any], kind: str, message: dict[str, Any]) -> bytes:
    """Return the EIP-712 digest as eth-account computes it, which shares no code with the node or the contracts."""
    full = {"types": types, "primaryType": kind, "domain": domain, "message": message}
    domain_type = [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}]
    domain_type += [{"name": "chainId", "type": "uint256"}, {"name": "verifyingContract", "type": "address"}]
    full["types"] = types | {"EIP712Domain": domain_type}
    signable = encode_typed_data(full_message=full)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def parties(bank_keys: Sequence[PrivateKey], auditor_keys: Sequence[PrivateKey], bank_m: int, audit_m: int) -> Parties:
    """Give every role to the devnet account of that name."""
    return Parties(
        deployer=DEPLOYER,
        admin=ADMIN,
        governor=GOVERNOR,
        guardians=(GUARDIAN,),
        compliance=COMPLIANCE,
        seizer=SEIZER,
        payer=PAYER,
        bank_signers=tuple(address_of(key) for key in bank_keys),
        auditors=tuple(address_of(key) for key in auditor_keys),
        bank_threshold=bank_m,
        auditor_threshold=audit_m,
    )


@dataclass
class System:
    """Everything deployed, and the keys of those who sign."""

    evm: Evm
    contracts: dict[str, Contract]
    bank_keys: list[PrivateKey]
    auditor_keys: list[PrivateKey]
    bank_m: int
    audit_m: int
    receipts: dict[str, Receipt]
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def manager(self) -> Contract:
        """The AccessManager."""
        return self.contracts["AccessManager"]

    @property
    def token(self) -> Contract:
        """The coin, NRW."""
        return self.contracts["Token"]

    @property
    def reserves(self) -> Contract:
        """Where attestations go."""
        return self.contracts["Reserves"]

    @property
    def bank(self) -> Contract:
        """The narrow bank."""
        return self.contracts["NarrowBank"]

    @property
    def now(self) -> int:
        """The time that the next block gets."""
        return self.evm.now

    # ------------------------------------------------------------------------------------------------ powers

    def govern(self, contract: Contract, function: str, *args: Any, role: Role = Role.GOVERNOR) -> Receipt:
        """Schedule a call of a role with a delay, wait the delay, and make the call."""
        sender = {Role.GOVERNOR: GOVERNOR, Role.SEIZER: SEIZER, Role.ADMIN: ADMIN}[role]
        self.manager.send("schedule", contract.address, contract.data(function, *args), 0, sender=sender)
        self.evm.advance(DELAYS[role])
        return contract.send(function, *args, sender=sender)

    # ------------------------------------------------------------------------------------------------ mint

    def voucher(self, amount: int = 100 * COIN, to: str = ALICE, **others: Any) -> Voucher:
        """Make a voucher over a new deposit of just its amount."""
        number = next(self.numbers)
        standard: dict[str, Any] = {
            "deposit": keccak(f"deposit {number}".encode()),
            "value": amount,
            "offset": 0,
            "order": keccak(f"order {number}".encode()),
        }
        return Voucher(**(standard | others), amount=amount, to=to)

    def vouchers_digest(self, vouchers: Sequence[Voucher], expiry: int, number: int | None = None) -> bytes:
        """Return what the bank signers sign; `number` of their set, the current one by default."""
        message = {
            "set": self.bank.call("setNumber") if number is None else number,
            "expiry": expiry,
            "vouchers": [voucher._asdict() for voucher in vouchers],
        }
        types = {"Vouchers": VOUCHERS_TYPE, "Voucher": VOUCHER_TYPE}
        return typed_digest(self._domain("NarrowBank"), types, "Vouchers", message)

    def signed(self, digest: bytes, keys: Iterable[PrivateKey] | None = None) -> bytes:
        """Concatenate the signatures of some bank signers, the first m by default, ascending."""
        chosen = self.bank_keys[: self.bank_m] if keys is None else keys
        return b"".join(sign64(key, digest) for key in chosen)

    def batch(self, *vouchers: Voucher, expiry: int | None = None, keys: Any = None) -> tuple[Any, int, bytes]:
        """Sign vouchers; returns the arguments of `mint`. The expiry is an hour from now by default."""
        until = self.now + HOUR if expiry is None else expiry
        return vouchers, until, self.signed(self.vouchers_digest(vouchers, until), keys)

    def mint(self, *vouchers: Voucher, sender: str = RELAYER, **one: Any) -> Receipt:
        """Attest what the coins and these vouchers need, then mint them; without vouchers one is made from `one`."""
        chosen = vouchers or (self.voucher(**one),)
        need = sum(voucher.amount for voucher in chosen) + self.token.call("totalSupply")
        if self.reserves.call("head")[1] < need or self.bank.call("halted") & 3:
            self.attest(need)
        return self.bank.send("mint", *self.batch(*chosen), sender=sender)

    # ------------------------------------------------------------------------------------------------ attest

    def attestation(self, reserves: int = 0, **others: Any) -> Attestation:
        """Make an attestation that follows the head, cut at the next block's time; `others` replace its members."""
        standard = {
            "set": self.reserves.call("setNumber"),
            "prev": self.reserves.call("head")[0],
            "reserves": reserves,
            "encumbered": 0,
            "settling": 0,
            "claims": 0,
            "claimsRoot": ZERO,
            "evidence": keccak(b"a bank statement"),
            "cut": self.now,
        }
        return Attestation(**(standard | others))

    def attestation_digest(self, attestation: Attestation) -> bytes:
        """Return what the auditors sign."""
        types = {"Attestation": ATTESTATION_TYPE}
        return typed_digest(self._domain("Reserves"), types, "Attestation", attestation._asdict())

    def audited(self, attestation: Attestation, keys: Iterable[PrivateKey] | None = None) -> bytes:
        """Concatenate the signatures of some auditors, the first m by default, ascending."""
        digest = self.attestation_digest(attestation)
        return b"".join(sign64(key, digest) for key in (self.auditor_keys[: self.audit_m] if keys is None else keys))

    def attest(self, reserves: int = 0, *, sender: str = RELAYER, **others: Any) -> Receipt:
        """Publish a signed attestation."""
        attestation = self.attestation(reserves, **others)
        return self.reserves.send("attest", attestation, self.audited(attestation), sender=sender)

    # ------------------------------------------------------------------------------------------------ redeem

    def request(self, amount: int = 10 * COIN, holder: str = ALICE, payout: bytes = PAYOUT) -> int:
        """Approve and request; returns the request's number."""
        self.token.send("approve", self.bank.address, amount, sender=holder)
        self.bank.send("request", amount, payout, sender=holder)
        return int(self.bank.call("requestCount"))

    def accepted(self, amount: int = 10 * COIN, holder: str = ALICE) -> int:
        """Request and accept; returns the request's number."""
        number = self.request(amount, holder)
        self.bank.send("accept", [number], sender=PAYER)
        return number

    def overdue(self, amount: int = 10 * COIN, holder: str = ALICE) -> int:
        """Request, let it become overdue, and protest; returns the request's number."""
        number = self.request(amount, holder)
        self.evm.advance(2 * DAY + 1)
        self.bank.send("protest", number, sender=RELAYER)
        return number

    def request_of(self, number: int) -> Request:
        """Read a request."""
        return Request(*self.bank.call("requests", number))

    def balance(self, account: str) -> int:
        """Read a balance."""
        return int(self.token.call("balanceOf", account))

    # ------------------------------------------------------------------------------------------------ holders sign

    def authorization_digest(self, kind: str, *values: Any) -> bytes:
        """Return what a holder signs: `TransferWithAuthorization` or `ReceiveWithAuthorization`, then its members."""
        message = {part["name"]: value for part, value in zip(AUTHORIZATION_TYPE, values, strict=True)}
        return typed_digest(self._domain("Token", "Narrow Coin"), {kind: AUTHORIZATION_TYPE}, kind, message)

    def permit_digest(self, *values: Any) -> bytes:
        """Return the digest of a permit: owner, spender, value, nonce, deadline."""
        message = {part["name"]: value for part, value in zip(PERMIT_TYPE, values, strict=True)}
        return typed_digest(self._domain("Token", "Narrow Coin"), {"Permit": PERMIT_TYPE}, "Permit", message)

    def _domain(self, contract: str, name: str | None = None) -> dict[str, Any]:
        address = self.contracts[contract].address
        return {"name": name or contract, "version": "1", "chainId": CHAIN_ID, "verifyingContract": address}


def split(signature: bytes) -> tuple[int, bytes, bytes]:
    """Return v, r, s of a 65-byte signature."""
    return signature[64], signature[:32], signature[32:64]


def deploy(bank_n: int = 3, audit_n: int = 3, bank_m: int = 2, audit_m: int = 2, terms: Terms | None = None) -> System:
    """Deploy the whole system on a chain of its own, by the plan that a real deployment follows."""
    bank_keys, auditor_keys = ascending(make_keys("bank", bank_n)), ascending(make_keys("auditor", audit_n))
    system = System(Evm(), {}, bank_keys, auditor_keys, bank_m, audit_m, {})
    system.evm.clock.moment = datetime.fromtimestamp(system.now, system.evm.clock.moment.tzinfo)
    for step in steps(parties(bank_keys, auditor_keys, bank_m, audit_m), terms or Terms()):
        run_step(system, step)
    return system


def run_step(system: System, step: Deploy | Call) -> None:
    """Do one step of the plan and check its probes."""
    args = [resolve(system, arg) for arg in step.args]
    if isinstance(step, Deploy):
        system.contracts[step.name], receipt = Contract.deploy(system.evm, step.name, args, DEPLOYER)
        system.receipts[step.name] = receipt
        return
    target = system.contracts[step.target.name]
    target.send(step.function, *args, sender=DEPLOYER)
    for probe in step.probes:
        wanted = resolve(system, probe.expected)
        found = target.call(probe.function, *(resolve(system, arg) for arg in probe.args))
        assert found == wanted, f"{step.function} left {probe.function} at {found}, not {wanted}"


def resolve(system: System, value: Any) -> Any:
    """Turn a Ref into an address."""
    return system.contracts[value.name].address if isinstance(value, Ref) else value


def code_matches(system: System, name: str) -> bool:
    """Say whether the code on the chain is the artefact's."""
    code = system.evm.chain.rpc("eth_getCode", [system.contracts[name].address, "latest"])
    return load(name).matches(bytes.fromhex(code[2:]))
