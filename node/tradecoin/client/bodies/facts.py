"""What anybody may read."""

from typing import Any, TypedDict


class Figures(TypedDict):
    """What an attestation states, in whole tokens."""

    reserves: str
    encumbered: str
    settling: str
    claims: str
    supply: str
    equity: str


class Attestation(TypedDict):
    """A statement about bank, ledger and chain."""

    id: str
    state: str
    cause: str
    cut: str
    block: int | None
    block_hash: str
    statement: str
    signer_set: int
    prev: str
    digest: str
    figures: Figures | None
    claims_root: str
    claims_count: int
    evidence: str
    signatures: str
    signers: list[str]
    differences: list[str]
    tx: str
    created_at: str
    updated_at: str


class Proof(TypedDict):
    """The arguments of `Reserves.verifyClaim`."""

    attestation: str
    digest: str
    claims_root: str
    account: str
    account_text: str
    salt: str
    amount: str
    amount_units: str
    index: int
    siblings: str


class Reserves(TypedDict):
    """What backs the coins."""

    token: str
    supply: str
    reserves: str
    encumbered: str
    settling: str
    claims: str
    covered: bool
    fresh: bool
    halted: list[str]
    headroom: str
    cut: str | None
    block: int
    signers: list[str]


class Supply(TypedDict):
    """How many coins there are."""

    token: str
    supply: str
    block: int


class ChainStatus(TypedDict):
    """Chain and index."""

    chain_id: int
    head: int | None
    indexed: int
    final: int
    lag: int | None
    stopped: bool


class AttestationStatus(TypedDict):
    """The last attestation that is in the contract."""

    id: str
    cut: str | None
    age_seconds: int | None


class Status(TypedDict):
    """How the node is."""

    ok: bool
    version: str
    now: str
    minting: list[str]
    chain: ChainStatus
    attestation: AttestationStatus
    statement: str


class Contracts(TypedDict):
    """Contracts, roles and signers."""

    chain_id: int
    block: int
    contracts: dict[str, Any]
    roles: list[dict[str, Any]]
    signers: dict[str, list[str]]
    keys: dict[str, str]


class TokenCard(TypedDict):
    """What a wallet wants to know of the token."""

    name: str
    symbol: str
    decimals: int
    chain_id: int
    address: str
    narrow_bank: str
    reserves: str
    currency: str
    bank: str
    redemption: str
    standards: list[str]
