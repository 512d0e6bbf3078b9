"""Keys, their 64-byte signatures (ERC-2098, deterministic by RFC 6979), and the packing that the contracts expect."""

import os
import re
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import coincurve

from tradecoin.domain.errors import Refused
from tradecoin.signing.hashing import address_bytes, checksum_address, keccak

_GROUP_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_PARITY_BIT = 1 << 255
_HEX_KEY = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")


class BadSignature(Refused):
    """Not 64 bytes, a high s, or nothing that recovers to an address."""

    code = "signature_invalid"


class BadKeyFile(Refused):
    """A key file that is missing, readable by others, or not 64 hexadecimal digits. Never carries the content."""

    code = "key_file_invalid"


class Key:
    """A private key of secp256k1 that never shows itself."""

    __slots__ = ("_private", "address")

    def __init__(self, secret: bytes) -> None:
        """Take the 32 bytes; ValueError when they are no valid key."""
        self._private = coincurve.PrivateKey(secret)
        self.address: str = checksum_address(keccak(self._private.public_key.format(compressed=False)[1:])[12:])

    @classmethod
    def from_hex(cls, text: str) -> "Key":
        """Read 64 hexadecimal digits, with or without 0x; ValueError otherwise, without the text."""
        if not _HEX_KEY.fullmatch(text):
            raise ValueError("a key is 64 hexadecimal digits")
        return cls(bytes.fromhex(text.removeprefix("0x")))

    @classmethod
    def new(cls) -> "Key":
        """Make a key from the system's randomness."""
        return cls(_random_secret())

    def __repr__(self) -> str:
        """Name the address only."""
        return f"Key({self.address})"

    def sign(self, digest: bytes) -> bytes:
        """Return the 64-byte signature of a 32-byte digest; the same digest always gets the same one."""
        signed = self._recoverable(digest)
        s = int.from_bytes(signed[32:64], "big") | (_PARITY_BIT if signed[64] else 0)
        return signed[:32] + s.to_bytes(32, "big")

    def sign65(self, digest: bytes) -> bytes:
        """Return the same signature as wallets write it, and as the token takes a holder's: r, s, then v (27 or 28)."""
        signed = self._recoverable(digest)
        return signed[:64] + bytes([27 + signed[64]])

    def _recoverable(self, digest: bytes) -> bytes:
        """Return r, a low s, and the parity of y."""
        if len(digest) != 32:
            raise ValueError(f"a digest has 32 bytes, not {len(digest)}")
        signed: bytes = self._private.sign_recoverable(digest, hasher=None)
        return signed


def sign64(key: Key, digest: bytes) -> bytes:
    """Return the key's signature of `digest`: r, then the parity of y and a low s in one word (ERC-2098)."""
    return key.sign(digest)


def recover64(signature: bytes, digest: bytes) -> str:
    """Return the checksummed address that signed; raises BadSignature."""
    if len(signature) != 64 or len(digest) != 32:
        raise BadSignature("a signature has 64 bytes and a digest 32", got=len(signature))
    packed = int.from_bytes(signature[32:], "big")
    s = packed & ~_PARITY_BIT
    if s > _GROUP_ORDER // 2:
        raise BadSignature("the s of the signature is high, which the contracts refuse")
    serialized = signature[:32] + s.to_bytes(32, "big") + (b"\1" if packed & _PARITY_BIT else b"\0")
    try:
        public = coincurve.PublicKey.from_signature_and_message(serialized, digest, hasher=None)
    except ValueError as problem:
        raise BadSignature("the signature recovers to nobody") from problem
    return checksum_address(keccak(public.format(compressed=False)[1:])[12:])


class Signed(Protocol):
    """A signature with the address that it recovers to."""

    @property
    def signer(self) -> str:
        """Checksummed address."""

    @property
    def signature(self) -> bytes:
        """64 bytes."""


def pack_signatures(signatures: Iterable[Signed]) -> tuple[bytes, tuple[str, ...]]:
    """Join signatures in ascending order of their signers, each once; return them with the signers in that order."""
    by_signer = {address_bytes(each.signer): each.signature for each in signatures}
    ordered = sorted(by_signer)
    if any(len(by_signer[signer]) != 64 for signer in ordered):
        raise BadSignature("a packed signature has 64 bytes")
    return b"".join(by_signer[signer] for signer in ordered), tuple(checksum_address(signer) for signer in ordered)


def load_key(path: Path) -> Key:
    """Read a plain key file of a devnet: 64 hexadecimal digits, readable by its owner alone. Raises BadKeyFile."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise BadKeyFile("the key file cannot be read", path=str(path)) from problem
    if mode & 0o077:
        raise BadKeyFile("others may read the key file: chmod 600", path=str(path), mode=f"{mode:o}")
    try:
        return Key.from_hex(text)
    except ValueError as problem:
        raise BadKeyFile("the key file does not hold one key of 64 hexadecimal digits", path=str(path)) from problem


def make_key(path: Path) -> Key:
    """Write a new plain key file that its owner alone may read, and return its key; FileExistsError if it is there."""
    secret = _random_secret()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"0x{secret.hex()}\n")
    return Key(secret)


def _random_secret() -> bytes:
    """Return a number from 1 to below the group order, as 32 bytes."""
    return (secrets.randbelow(_GROUP_ORDER - 1) + 1).to_bytes(32, "big")
