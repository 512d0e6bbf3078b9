"""What a signing party is asked to sign, as it reads it: strictly, by `signing.wire`.

Amounts in the token's base units. The shapes are those of the node's ports, written down here again, since a party
knows nothing of the node; a test holds the two together.
"""

from dataclasses import dataclass
from datetime import datetime

from tradecoin.domain.attestation import Claim, Figures
from tradecoin.domain.mint import Voucher


@dataclass(frozen=True, slots=True)
class Ground:
    """What the node says a voucher rests on; every word of it is checked."""

    bank_reference: str
    reference: str
    nonce: bytes
    assigned_by: str
    cause: str


@dataclass(frozen=True, slots=True)
class VouchersMessage:
    """Vouchers to be signed together, each with its ground, in the same order."""

    signer_set: int
    expires_at: datetime
    vouchers: tuple[Voucher, ...]
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class AttestationMessage:
    """A statement about bank and chain at one cut."""

    signer_set: int
    prev: bytes
    cut: datetime
    block_number: int
    block_hash: str
    figures: Figures
    claims: tuple[Claim, ...]
    claims_root: bytes
    evidence: bytes
