"""Keys from files."""

import json
from pathlib import Path

import pytest
from eth_keyfile.keyfile import create_keyfile_json

from tests.adapters.chain.kit import ADDRESSES, KEYS, node_keys
from tradecoin.adapters.chain.keys import BadKeyFile, NodeKeys, read_key, write_keystore, write_plain_key
from tradecoin.domain.errors import NotFound


def _written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """No key is made up."""
    with pytest.raises(BadKeyFile):
        read_key(tmp_path / "none")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Only the owner reads a key, however good the password."""
    with pytest.raises(BadKeyFile, match="0600"):
        read_key(_written(tmp_path / "key", "11" * 32, mode), plain_allowed=True)


def test_a_plain_key_is_refused_outside_a_devnet(tmp_path: Path) -> None:
    """A key in plain text must be allowed by who knows that it is play money."""
    with pytest.raises(BadKeyFile, match="devnet"):
        read_key(_written(tmp_path / "key", "11" * 32))


@pytest.mark.parametrize("text", ["", "xyz", "11" * 31, "11" * 33, "{}", '{"version": 3}', "{not json"])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    """Neither hex of another length nor a broken keystore becomes a key."""
    with pytest.raises(BadKeyFile):
        read_key(_written(tmp_path / "key", text), plain_allowed=True)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    """A key that exists may be the only copy."""
    path = tmp_path / "key"
    write_plain_key(path, KEYS["relay"])
    with pytest.raises(BadKeyFile, match="exists"):
        write_plain_key(path, KEYS["payer"])
    assert read_key(path, plain_allowed=True) == KEYS["relay"]


def test_a_keystore_opens_with_its_password_only(tmp_path: Path) -> None:
    """Keystore V3, as other wallets write it."""
    cheap = create_keyfile_json(KEYS["payer"], b"right", kdf="pbkdf2", iterations=1)
    path = _written(tmp_path / "payer.json", json.dumps(cheap))
    with pytest.raises(BadKeyFile):
        read_key(path, password="wrong")
    assert read_key(path, password="right") == KEYS["payer"]


def test_a_keystore_that_we_write_is_private_and_opens_again(tmp_path: Path) -> None:
    """What is written can be read, by its owner."""
    path = tmp_path / "relay.json"
    write_keystore(path, KEYS["relay"], password="right")
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(path, password="right") == KEYS["relay"]


def test_an_unknown_sender_is_refused() -> None:
    """A key has a name or is not there."""
    with pytest.raises(NotFound):
        NodeKeys({}).address("relay")


def test_addresses_are_those_of_the_keys() -> None:
    """The devnet's accounts are their own witnesses."""
    assert node_keys().address("payer") == ADDRESSES["payer"]
