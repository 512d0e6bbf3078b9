"""A Safe wallet out of the npm package of its makers: their code on the chain, its owners' signatures made here."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.contracts.abi import GAS, KEYS, keccak, plain, read
from tests.contracts.kit import CHAIN_ID, DEPLOYER, NOBODY, System, address_of, sign65, typed_digest

ROOT = Path(__file__).parents[3]
PACKAGES = Path(os.environ.get("TRADECOIN_NODE_MODULES", ROOT / "node_modules"))
BUILT = PACKAGES / "@safe-global" / "safe-smart-account" / "build" / "artifacts" / "contracts"
SETUP = "setup(address[],uint256,address,bytes,address,address,uint256,address)"
CREATE = "createProxyWithNonce(address,bytes,uint256)"


@cache
def code_of(folder: str, name: str) -> bytes:
    """Read a contract's creation code as the package has it compiled."""
    built = json.loads((BUILT / folder / f"{name}.sol" / f"{name}.json").read_text())
    return bytes.fromhex(built["bytecode"][2:])


def send(system: System, to: str | None, data: bytes) -> str | None:
    """Send without decoding what the wallet's code logs; return the created contract's address."""
    rpc = system.evm.chain.rpc
    nonce = int(rpc("eth_getTransactionCount", [DEPLOYER, "latest"]), 16)
    fields = {"chainId": CHAIN_ID, "nonce": nonce, "gas": GAS, "value": 0, "data": data}
    fees = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 0}
    signed = Account.sign_transaction(fields | fees | ({"to": to} if to else {}), KEYS[DEPLOYER])
    found = rpc("eth_sendRawTransaction", ["0x" + bytes(signed.raw_transaction).hex()])
    receipt = rpc("eth_getTransactionReceipt", [found])
    assert receipt["status"] == "0x1"
    created: str | None = plain(receipt["contractAddress"])
    return created


def call_data(function: str, *args: Any) -> bytes:
    """Encode a call of a function by its full signature."""
    kinds = function[function.index("(") + 1 : -1].split(",")
    return keccak(function.encode())[:4] + encode(kinds, args)


def cancellation_digest(system: System, authorizer: str, nonce: bytes) -> bytes:
    """Return what a holder signs to cancel an authorisation."""
    kind = "CancelAuthorization"
    domain = {"name": "Narrow Coin", "version": "1", "chainId": CHAIN_ID, "verifyingContract": system.token.address}
    types = {kind: [{"name": "authorizer", "type": "address"}, {"name": "nonce", "type": "bytes32"}]}
    return typed_digest(domain, types, kind, {"authorizer": authorizer, "nonce": nonce})


@dataclass(frozen=True)
class Makers:
    """What the makers of Safe deploy once on a chain: the code that proxies run, its handler, and the factory."""

    system: System
    singleton: str
    handler: str
    factory: str

    @classmethod
    def deploy(cls, system: System) -> Makers:
        """Put the three contracts on the chain."""
        parts = [("", "Safe"), ("handler", "CompatibilityFallbackHandler"), ("proxies", "SafeProxyFactory")]
        addresses = [send(system, None, code_of(folder, name)) for folder, name in parts]
        return cls(system, *(address or NOBODY for address in addresses))

    def wallet(self, owners: Sequence[PrivateKey], salt: int = 0) -> Safe:
        """Create a wallet that needs the signatures of all its owners."""
        names = [address_of(owner) for owner in owners]
        setup = call_data(SETUP, names, len(names), NOBODY, b"", self.handler, NOBODY, 0, NOBODY)
        data = call_data(CREATE, self.singleton, setup, salt)
        (address,) = read(["address"], self.system.evm.call(self.factory, data, DEPLOYER))
        send(self.system, self.factory, data)
        return Safe(address, tuple(owners))


@dataclass(frozen=True)
class Safe:
    """A wallet and the keys of its owners, in ascending order of their addresses."""

    address: str
    owners: tuple[PrivateKey, ...]

    def digest(self, digest: bytes) -> bytes:
        """Return what an owner signs in place of a digest: a SafeMessage, bound to this wallet and chain."""
        domain = {"chainId": CHAIN_ID, "verifyingContract": self.address}
        types = {"SafeMessage": [{"name": "message", "type": "bytes"}]}
        signable = encode_typed_data(domain, types, {"message": digest})
        return keccak(b"\x19" + signable.version + signable.header + signable.body)

    def sign(self, digest: bytes, owners: Sequence[PrivateKey] | None = None) -> bytes:
        """Sign a digest as some owners, all by default: 65 bytes each."""
        return b"".join(sign65(owner, self.digest(digest)) for owner in (self.owners if owners is None else owners))
