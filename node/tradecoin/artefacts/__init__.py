"""The compiled contracts that the package carries, so that its user needs no compiler.

Made by `scripts/build_contracts.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

NAMES = ("AccessManager", "NarrowBank", "Reserves", "Token")


class UnknownContract(KeyError):
    """No artefact has this name."""


@dataclass(frozen=True)
class Artefact:
    """One compiled contract.

    `abi` is Solidity's JSON ABI. `bytecode` is the init code without constructor arguments. `deployed_bytecode` is the
    code on chain with zeros at `immutables`, which are (start, length) in bytes. `methods` maps a signature such as
    "mint(address,uint256)" to its four-byte selector. `storage` lists name, slot, offset and type. `sources` maps a
    source file to its keccak-256.
    """

    name: str
    source: str
    abi: tuple[dict[str, Any], ...]
    bytecode: bytes
    deployed_bytecode: bytes
    immutables: tuple[tuple[int, int], ...]
    methods: dict[str, bytes]
    storage: tuple[dict[str, Any], ...]
    compiler: dict[str, Any]
    sources: dict[str, str]

    def selectors(self, function: str) -> tuple[bytes, ...]:
        """The selectors of every overload of a function, by signature; raise UnknownContract when there is none."""
        found = tuple(code for signature, code in self.methods.items() if signature.split("(")[0] == function)
        if not found:
            raise UnknownContract(f"{self.name} has no function {function}")
        return found

    def matches(self, code: bytes) -> bool:
        """Say whether code on a chain is this contract's, whatever its immutables hold."""
        return len(code) == len(self.deployed_bytecode) and self._blanked(code) == self.deployed_bytecode

    def _blanked(self, code: bytes) -> bytes:
        blanked = bytearray(code)
        for start, length in self.immutables:
            blanked[start : start + length] = bytes(length)
        return bytes(blanked)


@cache
def load(name: str) -> Artefact:
    """Return an artefact by the contract's name, one of `NAMES`; raise UnknownContract for another."""
    if name not in NAMES:
        raise UnknownContract(name)
    raw = json.loads(files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
    return Artefact(
        name=raw["name"],
        source=raw["source"],
        abi=tuple(raw["abi"]),
        bytecode=bytes.fromhex(raw["bytecode"][2:]),
        deployed_bytecode=bytes.fromhex(raw["deployed_bytecode"][2:]),
        immutables=tuple((start, length) for start, length in raw["immutables"]),
        methods={signature: bytes.fromhex(code[2:]) for signature, code in raw["methods"].items()},
        storage=tuple(raw["storage"]),
        compiler=raw["compiler"],
        sources=raw["sources"],
    )
