"""The claims tree: a Merkle sum tree, byte for byte as the contracts' library MerkleSum verifies it.

leaf = keccak256(0x00, keccak256(account, salt), amount)
node = keccak256(0x01, left hash, left sum, right hash, right sum)

Sums and amounts are 16 bytes, `account` is the hash of the claim's account text. The leaves are filled up to a power of
two with empty ones, whose hash and sum are zero: no claim hashes to zero, so none can be shown there. A sum beyond
uint128 is refused. No claims: root and sum zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from tradecoin.domain.attestation import Claim
from tradecoin.domain.errors import Refused
from tradecoin.domain.money import Coins
from tradecoin.signing.hashing import ZERO_32, bytes32, keccak, text_hash

Node: TypeAlias = tuple[bytes, int]

_SUM_BYTES: Final = 16
_SIBLING_BYTES: Final = 32 + _SUM_BYTES
_SUM_LIMIT: Final = 1 << 128
_EMPTY: Final[Node] = (ZERO_32, 0)


class SumTooLarge(Refused):
    """The claims add up to more than uint128 holds."""

    code = "claims_sum_too_large"


@dataclass(frozen=True)
class ClaimTree:
    """A built tree: its levels from the leaves up, the last holding the root alone."""

    levels: tuple[tuple[Node, ...], ...]

    @classmethod
    def of(cls, claims: Sequence[Claim]) -> "ClaimTree":
        """Build it from claims in their order; raises SumTooLarge."""
        level = _filled([_leaf(account_hash(claim.account), claim.salt, claim.amount.units) for claim in claims])
        levels = [tuple(level)]
        while len(level) > 1:
            level = [_parent(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
            levels.append(tuple(level))
        return cls(tuple(levels))

    @property
    def root(self) -> bytes:
        """Hash at the top: `claimsRoot`."""
        return self.levels[-1][0][0]

    @property
    def total(self) -> Coins:
        """Sum at the top: `claims`."""
        return Coins(self.levels[-1][0][1])

    def proof(self, index: int) -> bytes:
        """Return the siblings of a leaf from the bottom up, 48 bytes each, as `Reserves.verifyClaim` takes them."""
        if not 0 <= index < len(self.levels[0]):
            raise IndexError(f"no leaf {index}")
        siblings = (level[(index >> height) ^ 1] for height, level in enumerate(self.levels[:-1]))
        return b"".join(digest + amount.to_bytes(_SUM_BYTES, "big") for digest, amount in siblings)


def account_hash(account: str) -> bytes:
    """Return the `account` argument of `Reserves.verifyClaim` for a claim's account text."""
    return text_hash(account)


def verify_claim(
    root: bytes, total: Coins, *, account: bytes, salt: bytes, amount: Coins, index: int, siblings: bytes
) -> bool:
    """Say whether the claim is in the tree with this root and sum, as `Reserves.verifyClaim` does."""
    if root == ZERO_32 or index < 0 or len(siblings) % _SIBLING_BYTES:
        return False
    node = _leaf(account, salt, amount.units)
    for start in range(0, len(siblings), _SIBLING_BYTES):
        sibling = _sibling(siblings[start : start + _SIBLING_BYTES])
        if node[1] + sibling[1] >= _SUM_LIMIT:
            return False
        node = _parent(sibling, node) if index & 1 else _parent(node, sibling)
        index >>= 1
    return index == 0 and node == (root, total.units)


def _filled(leaves: list[Node]) -> list[Node]:
    """Add empty leaves up to a power of two, at least one."""
    width = 1 << max(len(leaves) - 1, 0).bit_length()
    return leaves + [_EMPTY] * (width - len(leaves))


def _leaf(account: bytes, salt: bytes, amount: int) -> Node:
    """Return a leaf's hash and sum."""
    hidden = keccak(bytes32(account) + bytes32(salt))
    return keccak(b"\0" + hidden + amount.to_bytes(_SUM_BYTES, "big")), amount


def _parent(left: Node, right: Node) -> Node:
    """Return the node above two others; raises SumTooLarge."""
    total = left[1] + right[1]
    if total >= _SUM_LIMIT:
        raise SumTooLarge("the claims add up to more than uint128 holds")
    sums = (left[1].to_bytes(_SUM_BYTES, "big"), right[1].to_bytes(_SUM_BYTES, "big"))
    return keccak(b"\1" + left[0] + sums[0] + right[0] + sums[1]), total


def _sibling(packed: bytes) -> Node:
    """Read 48 bytes of a proof."""
    return packed[:32], int.from_bytes(packed[32:], "big")
