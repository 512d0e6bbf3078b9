"""The funded accounts of every devnet, derived from a mnemonic that the whole world knows. Never use them for money."""

import hashlib
import hmac
import struct
from dataclasses import dataclass
from typing import Final

from coincurve import PrivateKey
from sha3 import keccak_256

TEST_MNEMONIC: Final = "test test test test test test test test test test test junk"
_HARDENED: Final = 1 << 31
_CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True, slots=True)
class DevAccount:
    """An address in its checksummed form and its private key as 0x hex."""

    address: str
    key: str


def dev_accounts(count: int) -> tuple[DevAccount, ...]:
    """Derive the first `count` accounts m/44'/60'/0'/0/i of the test mnemonic (BIP-39, BIP-32, BIP-44), like anvil."""
    seed = hashlib.pbkdf2_hmac("sha512", TEST_MNEMONIC.encode(), b"mnemonic", 2048)
    node = _split(hmac.digest(b"Bitcoin seed", seed, "sha512"))
    for index in (44 | _HARDENED, 60 | _HARDENED, _HARDENED, 0):
        node = _child(node, index)
    return tuple(_account(_child(node, index)[0]) for index in range(count))


def checksummed(address: bytes) -> str:
    """Return 20 bytes as a mixed-case address (EIP-55)."""
    plain = address.hex()
    digest = keccak_256(plain.encode()).hexdigest()
    return "0x" + "".join(c.upper() if int(d, 16) > 7 else c for c, d in zip(plain, digest, strict=False))


def _split(digest: bytes) -> tuple[bytes, bytes]:
    return digest[:32], digest[32:]


def _child(node: tuple[bytes, bytes], index: int) -> tuple[bytes, bytes]:
    """Derive one private child key and its chain code (BIP-32)."""
    key, chain_code = node
    body = b"\x00" + key if index & _HARDENED else PrivateKey(key).public_key.format(compressed=True)
    left, right = _split(hmac.digest(chain_code, body + struct.pack(">I", index), "sha512"))
    child = (int.from_bytes(left, "big") + int.from_bytes(key, "big")) % _CURVE_ORDER
    return child.to_bytes(32, "big"), right


def _account(key: bytes) -> DevAccount:
    public = PrivateKey(key).public_key.format(compressed=False)[1:]
    return DevAccount(checksummed(keccak_256(public).digest()[12:]), "0x" + key.hex())


DEV_ACCOUNTS: Final = dev_accounts(10)
