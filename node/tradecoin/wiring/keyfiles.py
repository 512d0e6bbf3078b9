"""Key files for the commands: made, and opened only to name their address."""

import secrets
from pathlib import Path

from tradecoin.adapters.chain.keys import NodeKeys, read_key, write_keystore, write_plain_key
from tradecoin.config import Settings
from tradecoin.domain.errors import Refused
from tradecoin.signing.keys import Key
from tradecoin.wiring.node import keys_for


class NoFolder(Refused):
    """The folder of a new key file is not there."""

    code = "no_folder"


def make_key_file(path: Path, *, password: str) -> None:
    """Write a new key: a keystore V3 file, or, without a password, plain hex for a devnet. Raises BadKeyFile, NoFolder.

    ValueError, once in 2**128, for a random number that is no key.
    """
    secret = secrets.token_bytes(32)
    Key(secret)
    if not path.absolute().parent.is_dir():
        raise NoFolder("a key goes into a folder that is there", path=str(path))
    if password:
        write_keystore(path, secret, password=password)
    else:
        write_plain_key(path, secret)


def address_of(path: Path, *, password: str) -> str:
    """Return the address of a key file, plain when there is no password; raises BadKeyFile."""
    secret = read_key(path, password=password, plain_allowed=not password)
    return NodeKeys({"key": secret}).address("key")


def addresses_of_node(settings: Settings) -> list[dict[str, str]]:
    """Return name, address and path of the node's keys; raises BadKeyFile."""
    keys = keys_for(settings)
    paths = {"relay": settings.keys.relay, "payer": settings.keys.payer}
    return [{"name": name, "address": keys.address(name), "path": str(path)} for name, path in paths.items()]
