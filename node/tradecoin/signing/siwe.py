"""Sign-In with Ethereum: the message by which an owner shows control of an address (ERC-4361), and its signature.

The text is written and read in one form only; whatever differs from it by a character is refused. It is signed as a
personal message (ERC-191, version 0x45).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tradecoin.domain.errors import Refused
from tradecoin.signing.hashing import address_bytes, checksum_address, keccak
from tradecoin.signing.keys import BadSignature, recover64

_PARITY_BIT: Final = 1 << 255
_STATEMENT: Final = "I control this address and ask to register it."
_MESSAGE = re.compile(
    r"(?P<domain>[A-Za-z0-9.:\[\]-]{1,255}) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n"
    r"(?P<statement>[^\n]{1,200})\n"
    r"\n"
    r"URI: (?P<uri>[^\s]{1,255})\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain_id>[1-9][0-9]{0,18})\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,64})\n"
    r"Issued At: (?P<issued_at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\n"
    r"Expiration Time: (?P<expires_at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"
)


class BadSignIn(Refused):
    """A sign-in message of another form, for another place, too old, or signed by another key."""

    code = "sign_in_invalid"


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in message says; times are aware, UTC, in whole milliseconds."""

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expires_at: datetime

    def text(self) -> str:
        """Write the message that a wallet is asked to sign."""
        return (
            f"{self.domain} wants you to sign in with your Ethereum account:\n{self.address}\n\n{_STATEMENT}\n\n"
            f"URI: {self.uri}\nVersion: 1\nChain ID: {self.chain_id}\nNonce: {self.nonce}\n"
            f"Issued At: {_stamp(self.issued_at)}\nExpiration Time: {_stamp(self.expires_at)}"
        )


def read_sign_in(text: str) -> SignIn:
    """Read a message that `SignIn.text` wrote; raises BadSignIn for any other, BadAddress for wrong capitals."""
    match = _MESSAGE.fullmatch(text)
    if match is None:
        raise BadSignIn("this is no sign-in message of the form that the challenge has")
    told = match.groupdict()
    address = checksum_address(address_bytes(told["address"]))
    read = SignIn(
        domain=told["domain"],
        address=address,
        uri=told["uri"],
        chain_id=int(told["chain_id"]),
        nonce=told["nonce"],
        issued_at=_moment(told["issued_at"]),
        expires_at=_moment(told["expires_at"]),
    )
    if read.text() != text:
        raise BadSignIn("the message differs from what was to be signed")
    return read


def personal_digest(text: str) -> bytes:
    """Return what a wallet signs for a text: ERC-191 with version 0x45, the length counted in bytes."""
    raw = text.encode()
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(raw)).encode() + raw)


def recover_personal(text: str, signature: bytes) -> str:
    """Return the checksummed address that signed a text; 64 bytes (ERC-2098) or the 65 that wallets give.

    Raises BadSignature, also for a high s: a signature has one form.
    """
    return recover64(compact(signature), personal_digest(text))


def compact(signature: bytes) -> bytes:
    """Return 64 bytes for 64 or 65, the last of 65 being 27, 28, 0 or 1; raises BadSignature."""
    if len(signature) == 64:
        return signature
    if len(signature) != 65 or signature[64] not in (0, 1, 27, 28):
        raise BadSignature("a signature has 64 bytes, or 65 with the parity last", got=len(signature))
    s = int.from_bytes(signature[32:64], "big")
    if s & _PARITY_BIT:
        raise BadSignature("the s of the signature is high, which the contracts refuse")
    parity = _PARITY_BIT if signature[64] in (1, 28) else 0
    return signature[:32] + (s | parity).to_bytes(32, "big")


def _stamp(moment: datetime) -> str:
    """Write a time with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _moment(text: str) -> datetime:
    """Read a time; raises BadSignIn for one that is on no calendar."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError as problem:
        raise BadSignIn("a time in the message is on no calendar", got=text) from problem
