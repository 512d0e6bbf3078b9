"""The node's keys by name: keystore V3 files with a password, or, on a devnet only, plain hex.

Signing with coincurve gives the same bytes as eth-account does (a test holds it to that), an order of magnitude faster.
"""

import json
import stat
from collections.abc import Mapping
from pathlib import Path

import coincurve

from tradecoin.adapters.chain.hexes import from_hex
from tradecoin.adapters.chain.tx import address_of, sign_fields
from tradecoin.domain.errors import NotFound, Refused
from tradecoin.ports.chain import TxFields


class BadKeyFile(Refused):
    """A key file that is missing, readable by others, of another form, or closed to this password."""

    code = "bad_key_file"


class NodeKeys:
    """The Keys port over private keys held in memory."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """Take 32 bytes a name; raises ValueError for bytes that are no key."""
        self._keys = {name: coincurve.PrivateKey(secret) for name, secret in keys.items()}
        self._addresses = {name: address_of(key) for name, key in self._keys.items()}

    def address(self, sender: str) -> str:
        """Return the checksummed address; raises NotFound."""
        try:
            return self._addresses[sender]
        except KeyError:
            raise NotFound("there is no key of that name", sender=sender) from None

    def sign(self, sender: str, fields: TxFields) -> tuple[bytes, str]:
        """Return raw transaction and hash; raises NotFound."""
        self.address(sender)
        return sign_fields(fields, self._keys[sender])


def read_key(path: Path, *, password: str = "", plain_allowed: bool = False) -> bytes:
    """Return the 32 bytes in a keystore V3 file, or in a plain hex file where that is allowed; raises BadKeyFile."""
    text = _private_text(path)
    if text.startswith("{"):
        return _opened(path, text, password)
    if not plain_allowed:
        raise BadKeyFile("a plain key is for a devnet only", path=str(path))
    try:
        return _checked_length(path, from_hex(text))
    except ValueError:
        raise BadKeyFile("neither a keystore nor 32 bytes of hex", path=str(path)) from None


def write_keystore(path: Path, key: bytes, *, password: str) -> None:
    """Write a keystore V3 file (scrypt) that only its owner can read; raises BadKeyFile when the file exists."""
    from eth_keyfile.keyfile import create_keyfile_json  # late: it loads pairings, for a second, that nobody needs

    _write_private(path, json.dumps(create_keyfile_json(key, password.encode())))


def write_plain_key(path: Path, key: bytes) -> None:
    """Write 32 bytes as hex for a devnet, readable by the owner only; raises BadKeyFile when the file exists."""
    _write_private(path, key.hex() + "\n")


def _private_text(path: Path) -> str:
    """Read a file that nobody else can read."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise BadKeyFile("cannot be read", path=str(path), problem=type(problem).__name__) from problem
    if mode & 0o077:
        raise BadKeyFile("others can read it; its mode must be 0600", path=str(path), mode=oct(mode))
    return text


def _opened(path: Path, text: str, password: str) -> bytes:
    """Decrypt a keystore."""
    from eth_keyfile.keyfile import decode_keyfile_json  # late, as above

    try:
        return _checked_length(path, bytes(decode_keyfile_json(json.loads(text), password.encode())))
    except (ValueError, KeyError, TypeError, NotImplementedError) as problem:
        raise BadKeyFile("no keystore V3, or another password", path=str(path)) from problem


def _checked_length(path: Path, key: bytes) -> bytes:
    if len(key) != 32:
        raise BadKeyFile("a key has 32 bytes", path=str(path), got=len(key))
    return key


def _write_private(path: Path, text: str) -> None:
    """Create the file with mode 0600 from its first byte on."""
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise BadKeyFile("exists already and is not overwritten", path=str(path)) from None
    path.write_text(text)
