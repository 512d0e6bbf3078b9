"""A sum tree written from its description, apart from the node's and the contract's: one path with its siblings."""

from __future__ import annotations

from dataclasses import dataclass

from tests.contracts.abi import keccak


def leaf_hash(account: bytes, salt: bytes, amount: int) -> bytes:
    """Hash a leaf: 0, the hash of account reference and salt, the amount."""
    return keccak(b"\0" + keccak(account + salt) + amount.to_bytes(16, "big"))


def node_hash(left: tuple[bytes, int], right: tuple[bytes, int]) -> bytes:
    """Hash a node: 1, left hash and sum, right hash and sum."""
    return keccak(b"\1" + b"".join(part + amount.to_bytes(16, "big") for part, amount in (left, right)))


@dataclass(frozen=True)
class SumTree:
    """A leaf, the way up from it, and the root it leads to."""

    account: bytes
    salt: bytes
    amount: int
    index: int
    path: tuple[tuple[bytes, int], ...]

    @classmethod
    def sparse(cls, *, depth: int, account: bytes, salt: bytes, amount: int, index: int) -> SumTree:
        """A tree of that depth whose other branches are made up."""
        path = tuple((keccak(f"sibling {height}".encode()), 1_000_000 * (height + 1)) for height in range(depth))
        return cls(account, salt, amount, index, path)

    @property
    def siblings(self) -> bytes:
        """The proof: 48 bytes a height, from the leaf up."""
        return b"".join(part + amount.to_bytes(16, "big") for part, amount in self.path)

    @property
    def total(self) -> int:
        """The sum at the root."""
        return self.amount + sum(amount for _, amount in self.path)

    @property
    def root(self) -> bytes:
        """The hash at the root."""
        here, amount = leaf_hash(self.account, self.salt, self.amount), self.amount
        for height, other in enumerate(self.path):
            right = self.index >> height & 1
            here = node_hash(other, (here, amount)) if right else node_hash((here, amount), other)
            amount += other[1]
        return here
