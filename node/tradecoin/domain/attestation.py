"""The published statement about bank, ledger and chain at one cut, and its figures line by line."""

from dataclasses import dataclass
from datetime import datetime

from tradecoin.domain.money import Coins
from tradecoin.domain.states import AttestationState


@dataclass(frozen=True, slots=True)
class Figures:
    """What an attestation says, in the token's base units; see the contract `Reserves`.

    The identity that holds when nobody is wrong: reserves + booked escrow of other cuts = supply − settling + claims +
    encumbered + equity; a negative equity is a shortfall and is stated as such (`equity_units` is signed).
    """

    reserves: Coins
    encumbered: Coins
    settling: Coins
    claims: Coins
    supply: Coins
    equity_units: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A leaf of the claims tree: money that is owed and not on the chain. `account` names it, `salt` hides it."""

    account: str
    salt: bytes
    amount: Coins


@dataclass(frozen=True, slots=True)
class Attestation:
    """One statement on its way to the contract; `digest` is what the next one names as `prev`."""

    id: str
    version: int
    state: AttestationState
    cause: str
    cut: datetime
    block_number: int
    block_hash: str
    statement_id: str
    signer_set: int
    prev: bytes
    figures: Figures | None
    claims: tuple[Claim, ...]
    claims_root: bytes
    evidence: bytes
    digest: bytes
    signatures: bytes
    signers: tuple[str, ...]
    differences: tuple[str, ...]
    intent_id: str
    created_at: datetime
    updated_at: datetime
