"""Bodies of /reserves, /supply, /status, /contracts and /token-card."""

from typing import Any

from pydantic import Field

from tradecoin.api.schemas.base import Address, Decimal, Stamp, View


class ReservesView(View):
    """What backs the coins, as the contracts hold it at `block`; amounts in whole tokens.

    `cut` is null before the first attestation. `signers` are those of the last attestation, if this node knows it.
    """

    token: Address
    supply: Decimal
    reserves: Decimal
    encumbered: Decimal
    settling: Decimal
    claims: Decimal
    covered: bool
    fresh: bool
    halted: list[str] = Field(examples=[["stale"]])
    headroom: Decimal
    cut: Stamp | None
    block: int
    signers: list[str]


class SupplyView(View):
    """How many coins there are."""

    token: Address
    supply: Decimal
    block: int


class StatusView(View):
    """How the node is: `ok` when nothing keeps money from moving."""

    ok: bool
    version: str
    now: Stamp
    minting: list[str] = Field(description="What keeps minting off; empty when nothing does")
    chain: "ChainStatus"
    attestation: "AttestationStatus"
    statement: str


class ChainStatus(View):
    """Chain and index; `head` is null when the chain does not answer."""

    chain_id: int
    head: int | None
    indexed: int
    final: int
    lag: int | None
    stopped: bool


class AttestationStatus(View):
    """The last attestation that is in the contract."""

    id: str
    cut: Stamp | None
    age_seconds: int | None


class ContractsView(View):
    """The deployment file: contracts, roles and signers."""

    chain_id: int
    block: int
    contracts: dict[str, Any]
    roles: list[dict[str, Any]]
    signers: dict[str, list[str]]
    keys: dict[str, str] = Field(description="The node's own accounts")


class TokenCardView(View):
    """What a wallet or an exchange wants to know of the token."""

    name: str = Field(examples=["Narrow Euro"])
    symbol: str = Field(examples=["NRW"])
    decimals: int = Field(examples=[6])
    chain_id: int
    address: Address
    narrow_bank: Address
    reserves: Address
    currency: str = Field(examples=["EUR"])
    bank: str
    redemption: str
    standards: list[str]
