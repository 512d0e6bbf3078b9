"""The parties that sign: each sees for itself and signs only what it finds true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tradecoin.domain.attestation import Claim, Figures
from tradecoin.domain.errors import Refused, Unavailable
from tradecoin.domain.mint import Voucher


class PartyUnreachable(Unavailable):
    """A signing party did not answer."""

    code = "party_unreachable"


class PartyRefused(Refused):
    """A signing party found something else; the facts carry its differences and, from an attestor, its own figures."""

    code = "party_refused"


@dataclass(frozen=True, slots=True)
class Signature:
    """64 bytes (EIP-2098) and the checksummed address that they recover to."""

    signer: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class VoucherGround:
    """What lets a bank signer check a voucher itself: the bank's reference, and the opening of the payment reference.

    `reference` and `nonce` show that the payer's own reference commits to the voucher's recipient; `assigned_by` names
    the operator who assigned a credit whose reference does not.
    """

    bank_reference: str
    reference: str
    nonce: bytes
    assigned_by: str
    cause: str


@dataclass(frozen=True, slots=True)
class VoucherRequest:
    """Vouchers to be signed, each with its ground, in the same order."""

    signer_set: int
    expires_at: datetime
    vouchers: Sequence[Voucher]
    grounds: Sequence[VoucherGround]


@dataclass(frozen=True, slots=True)
class AttestationRequest:
    """A statement to be signed, with what an attestor needs to recompute it: cut, block, claims."""

    signer_set: int
    prev: bytes
    cut: datetime
    block_number: int
    block_hash: str
    figures: Figures
    claims: Sequence[Claim]
    claims_root: bytes
    evidence: bytes


class BankSigner(Protocol):
    """A signer on the bank's side."""

    name: str

    def sign_vouchers(self, request: VoucherRequest) -> Signature:
        """Return the signature; raises PartyRefused, PartyUnreachable."""


class Attestor(Protocol):
    """An auditor with a view of bank and chain of its own."""

    name: str

    def sign_attestation(self, request: AttestationRequest) -> Signature:
        """Return the signature; raises PartyRefused, PartyUnreachable."""
