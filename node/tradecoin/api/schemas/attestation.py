"""Bodies of /attestations."""

from typing import Self

from pydantic import Field

from tradecoin.api.schemas.base import Bytes, Decimal, Stamp, View, hexed
from tradecoin.domain.attestation import Attestation, Figures
from tradecoin.domain.money import CoinScale
from tradecoin.domain.terms import Terms
from tradecoin.flow.intake import ClaimProof


class FiguresView(View):
    """What an attestation states, in whole tokens; `equity` may be below zero, which is a shortfall."""

    reserves: Decimal
    encumbered: Decimal
    settling: Decimal
    claims: Decimal
    supply: Decimal
    equity: Decimal

    @classmethod
    def of(cls, figures: Figures, terms: Terms) -> Self:
        """Describe the figures line by line."""
        text = terms.scale.text
        return cls(
            reserves=text(figures.reserves),
            encumbered=text(figures.encumbered),
            settling=text(figures.settling),
            claims=text(figures.claims),
            supply=text(figures.supply),
            equity=units_text(figures.equity_units, terms.scale),
        )


class AttestationView(View):
    """A statement about bank, ledger and chain at `cut`; figures and hashes are there from `reconciled` on."""

    id: str = Field(examples=["at_01jbpk4m8wq7v3c2x9n5t6r8ya"])
    state: str = Field(examples=["final"])
    cause: str
    cut: Stamp
    block: int | None
    block_hash: str
    statement: str
    signer_set: int
    prev: Bytes
    digest: Bytes
    figures: FiguresView | None
    claims_root: Bytes
    claims_count: int
    evidence: Bytes
    signatures: Bytes
    signers: list[str]
    differences: list[str]
    tx: str
    created_at: Stamp
    updated_at: Stamp

    @classmethod
    def of(cls, row: Attestation, terms: Terms, tx: str) -> Self:
        """Describe an attestation with the hash of the transaction that carried it."""
        return cls(
            id=row.id,
            state=row.state,
            cause=row.cause,
            cut=row.cut,
            block=None if row.block_number < 0 else row.block_number,
            block_hash=row.block_hash,
            statement=row.statement_id,
            signer_set=row.signer_set,
            prev=hexed(row.prev),
            digest=hexed(row.digest),
            figures=None if row.figures is None else FiguresView.of(row.figures, terms),
            claims_root=hexed(row.claims_root),
            claims_count=len(row.claims),
            evidence=hexed(row.evidence),
            signatures=hexed(row.signatures),
            signers=list(row.signers),
            differences=list(row.differences),
            tx=tx,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class ProofView(View):
    """The arguments of `Reserves.verifyClaim`; `amount` in base units there, in whole tokens here."""

    attestation: str
    digest: Bytes
    claims_root: Bytes
    account: Bytes
    account_text: str
    salt: Bytes
    amount: Decimal
    amount_units: str
    index: int
    siblings: Bytes

    @classmethod
    def of(cls, row: Attestation, proof: ClaimProof, terms: Terms) -> Self:
        """Describe a proof."""
        return cls(
            attestation=row.id,
            digest=hexed(row.digest),
            claims_root=hexed(row.claims_root),
            account=hexed(proof.account),
            account_text=proof.claim.account,
            salt=hexed(proof.claim.salt),
            amount=terms.scale.text(proof.claim.amount),
            amount_units=str(proof.claim.amount.units),
            index=proof.index,
            siblings=hexed(proof.siblings),
        )


def units_text(units: int, scale: CoinScale) -> str:
    """Write base units that may be below zero in whole tokens."""
    digits = str(abs(units)).rjust(scale.decimals + 1, "0")
    sign = "-" if units < 0 else ""
    return f"{sign}{digits[: -scale.decimals]}.{digits[-scale.decimals :]}" if scale.decimals else f"{sign}{digits}"
