"""The contracts and their twin side by side: one call to both; a difference in result, refusal or event fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coincurve import PrivateKey
from eth_abi.abi import encode

from tests.contracts.abi import Event, Reverted, keccak, kind, plain, read
from tests.contracts.kit import (
    CHAIN_ID,
    COMPLIANCE,
    DEPLOYER,
    GOVERNOR,
    GUARDIAN,
    KEY_OF,
    PAYER,
    SEIZER,
    Attestation,
    System,
    Voucher,
    address_of,
    make_keys,
    sign64,
    sign65,
    split,
    typed_digest,
)
from tradecoin.artefacts.plan import Terms as PlanTerms
from tradecoin.twin import errors
from tradecoin.twin.manager import Manager, Role
from tradecoin.twin.narrow_bank import NarrowBank, Terms
from tradecoin.twin.reserves import Reserves
from tradecoin.twin.token import Token
from tradecoin.twin.world import Contract, Signed, World

STRANGERS = tuple(make_keys("stranger", 2))
MEMBERS = {Role.GOVERNOR: GOVERNOR, Role.GUARDIAN: GUARDIAN, Role.COMPLIANCE: COMPLIANCE, Role.SEIZER: SEIZER}
COMPARED = ("Token", "Reserves", "NarrowBank")
CANCEL_TYPE = [{"name": "authorizer", "type": "address"}, {"name": "nonce", "type": "bytes32"}]


class Signatures(tuple[Signed, ...]):
    """Signatures of a quorum: 64 bytes each on the chain, where one alone of a holder has 65."""

    __slots__ = ()


def signed_by(digest: bytes, names: Iterable[str]) -> Signatures:
    """Let these accounts sign a digest, in this order."""
    return Signatures(Signed(name, digest) for name in names)


def digests(system: System) -> Callable[[str, str, tuple[Any, ...]], bytes]:
    """The digests of the standard, for this deployment."""

    def digest(contract: str, sort: str, members: tuple[Any, ...]) -> bytes:
        if sort == "Attestation":
            return system.attestation_digest(Attestation(*members))
        if sort == "Vouchers":
            number, expiry, vouchers = members
            return system.vouchers_digest([Voucher(*one) for one in vouchers], expiry, number)
        if sort == "authorizationNonce":
            return keccak(encode(["bytes32", "bytes32", "address"], members))
        if sort == "Permit":
            return system.permit_digest(*members)
        if sort == "CancelAuthorization":
            message = dict(zip(("authorizer", "nonce"), members, strict=True))
            return typed_digest(token_domain(system), {sort: CANCEL_TYPE}, sort, message)
        return system.authorization_digest(sort, *members)

    return digest


def token_domain(system: System) -> dict[str, Any]:
    """The EIP-712 domain of the token."""
    return {
        "name": system.token.call("name"),
        "version": "1",
        "chainId": CHAIN_ID,
        "verifyingContract": system.token.address,
    }


def twin_of(system: System) -> dict[str, Contract]:
    """A twin of a system that was just deployed."""
    address = {name: contract.address for name, contract in system.contracts.items()}
    signers = [tuple(map(address_of, keys)) for keys in (system.bank_keys, system.auditor_keys)]
    terms = PlanTerms()
    world = World(system.receipts["Reserves"].time, digest=digests(system))
    members = {role: frozenset({account}) for role, account in MEMBERS.items()}
    manager = Manager(world, address["AccessManager"], members)
    token = Token(world, address["Token"], manager, DEPLOYER)
    reserves = Reserves(world, address["Reserves"], manager, token, terms.max_age, signers[1], system.audit_m)
    world.now = system.receipts["NarrowBank"].time
    twin_terms = Terms(PAYER, terms.minor_unit, terms.min_request, terms.sla, terms.announce_delay, *caps(terms))
    bank = NarrowBank(world, address["NarrowBank"], manager, reserves, None, signers[0], system.bank_m, twin_terms)
    token.setFirstIssuer(bank.address, sender=DEPLOYER)
    world.events.clear()
    return {"AccessManager": manager, "Token": token, "Reserves": reserves, "NarrowBank": bank}


def caps(terms: PlanTerms) -> tuple[int, int]:
    """The two limits of a mint."""
    return terms.instant_cap, terms.capacity


@dataclass
class Pair:
    """A system and its twin; `keys` are all that may sign, by address."""

    system: System
    twins: dict[str, Contract]
    keys: dict[str, PrivateKey]

    @classmethod
    def of(cls, system: System) -> Pair:
        """Make the twin of a system that was just deployed."""
        signers = (*system.bank_keys, *system.auditor_keys, *STRANGERS)
        return cls(system, twin_of(system), KEY_OF | {address_of(key): key for key in signers})

    @property
    def token(self) -> Token:
        """The twin's token."""
        twin = self.twins["Token"]
        assert isinstance(twin, Token)
        return twin

    @property
    def reserves(self) -> Reserves:
        """The twin's reserves."""
        twin = self.twins["Reserves"]
        assert isinstance(twin, Reserves)
        return twin

    @property
    def bank(self) -> NarrowBank:
        """The twin's bank."""
        twin = self.twins["NarrowBank"]
        assert isinstance(twin, NarrowBank)
        return twin

    @property
    def world(self) -> World:
        """The twin's world, at the time and in the block that the next transaction gets."""
        world = self.token.world
        block = self.system.evm.chain.rpc("eth_getBlockByNumber", ["pending", False])
        world.now, world.block = int(block["timestamp"], 16), int(block["number"], 16)
        return world

    def do(self, contract: str, function: str, *args: Any, sender: str) -> Any:
        """Make the call in both; return the result, or the name of the error, that both agree on."""
        world = self.world
        told = len(world.events)
        twin = outcome(lambda: getattr(self.twins[contract], function)(*args, sender=sender))
        chain, events = self._on_chain(contract, function, args, sender)
        assert agree(chain, twin), f"{contract}.{function}: the contract says {chain}, the twin {twin}"
        expected = [(event.contract, event.name, event.members) for event in world.events[told:]]
        found = [(event.contract, event.name, event.members) for event in events if event.contract in COMPARED]
        assert found == expected, f"{contract}.{function} told other events"
        return twin.name if isinstance(twin, errors.Refused) else twin

    def schedule(self, contract: str, function: str, *args: Any, sender: str) -> Any:
        """Announce the use of a power in both."""
        world, manager = self.world, self.system.manager
        target = self.system.contracts[contract]
        twin = outcome(lambda: world_manager(self).schedule(self.twins[contract], function, args, sender=sender))
        try:
            manager.send("schedule", target.address, target.data(function, *args), 0, sender=sender)
            chain: Any = None
        except Reverted as refusal:
            chain = refusal
        assert agree(chain, twin), f"schedule {function} at {world.now}: the contract says {chain}, the twin {twin}"
        return twin.name if isinstance(twin, errors.Refused) else twin

    def _on_chain(self, contract: str, function: str, args: tuple[Any, ...], sender: str) -> tuple[Any, list[Event]]:
        target, evm = self.system.contracts[contract], self.system.evm
        encoded = target.data(function, *self._chain_args(function, args))
        try:
            returned = evm.call(target.address, encoded, sender)
        except Reverted as refusal:
            return refusal, []
        selector = encoded[:4]
        entry = next(
            e for e in target.artefact.abi if e["type"] == "function" and target_selector(target, e) == selector
        )
        values = read([kind(part) for part in entry["outputs"]], returned)
        return (values[0] if values else None), evm.force(target.address, encoded, sender).events

    def _chain_args(self, function: str, args: tuple[Any, ...]) -> list[Any]:
        found: list[Any] = []
        for arg in args:
            if isinstance(arg, Signatures):
                found.append(b"".join(sign64(self.keys[one.by], one.digest) for one in arg))
            elif isinstance(arg, Signed):
                signature = sign65(self.keys[arg.by], arg.digest)
                found += split(signature) if function == "requestWithPermit" else [signature]
            else:
                found.append(arg)
        return found


def world_manager(pair: Pair) -> Manager:
    """The twin's access manager."""
    twin = pair.twins["AccessManager"]
    assert isinstance(twin, Manager)
    return twin


def target_selector(target: Any, entry: dict[str, Any]) -> bytes:
    """The selector of a function of a contract's ABI."""
    code: bytes = target.artefact.methods[entry["name"] + "(" + ",".join(map(kind, entry["inputs"])) + ")"]
    return code


def outcome(call: Callable[[], Any]) -> Any:
    """The result of a call of the twin, or its refusal."""
    try:
        return call()
    except errors.Refused as refusal:
        return refusal


def agree(chain: Any, twin: Any) -> bool:
    """Whether result or refusal are the same; a fact that only the chain knows is None in the twin, and free."""
    if isinstance(chain, Reverted) != isinstance(twin, errors.Refused):
        return False
    if not isinstance(chain, Reverted):
        return twin is None or bool(chain == twin)
    facts = [plain(fact) for fact in twin.facts]
    pairs = zip(chain.facts, facts, strict=True)
    return chain.name == twin.name and all(wanted is None or got == wanted for got, wanted in pairs)


@dataclass
class Kept:
    """The state of a system's chain and clock, to return to."""

    system: System
    snapshot: str
    moment: datetime

    @classmethod
    def of(cls, system: System) -> Kept:
        """Keep it."""
        return cls(system, system.evm.chain.rpc("evm_snapshot", []), system.evm.clock.moment)

    def restore(self) -> None:
        """Return to it, once."""
        self.system.evm.chain.rpc("evm_revert", [self.snapshot])
        self.system.evm.clock.moment = self.moment
