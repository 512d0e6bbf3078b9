"""Keys and signatures."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from tradecoin.signing.hashing import address_bytes, keccak
from tradecoin.signing.keys import BadKeyFile, BadSignature, Key, load_key, make_key, pack_signatures, recover64, sign64

SECRETS = st.binary(min_size=32, max_size=32).filter(lambda raw: 0 < int.from_bytes(raw, "big") < 2**255)
DIGESTS = st.binary(min_size=32, max_size=32)
DIGEST = keccak(b"a digest")
GROUP_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True)
class Made:
    """A signature with its signer, as the ports have it."""

    signer: str
    signature: bytes


@given(SECRETS, DIGESTS)
def test_signatures_are_those_of_the_judge(secret: bytes, digest: bytes) -> None:
    """Same r, same low s, same parity as eth-account, and the same address."""
    key = Key(secret)
    signature = sign64(key, digest)
    judged = Account.unsafe_sign_hash(digest, secret)
    assert key.address == Account.from_key(secret).address
    assert int.from_bytes(signature[:32], "big") == judged.r
    assert int.from_bytes(signature[32:], "big") == judged.s | (judged.v - 27) << 255
    assert recover64(signature, digest) == key.address
    assert sign64(key, digest) == signature
    assert key.sign65(digest) == bytes(judged.signature)


@pytest.mark.parametrize("length", [0, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    """65-byte signatures are another format."""
    with pytest.raises(BadSignature):
        recover64(bytes(length), DIGEST)


def test_a_high_s_is_refused() -> None:
    """The second form of a signature is not a second signature."""
    signature = sign64(Key(b"\1" * 32), DIGEST)
    lowest_high_s = GROUP_ORDER // 2 + 1
    with pytest.raises(BadSignature, match="high"):
        recover64(signature[:32] + lowest_high_s.to_bytes(32, "big"), DIGEST)


def test_a_signature_of_nothing_is_refused() -> None:
    """Sixty-four zeros recover to nobody."""
    with pytest.raises(BadSignature, match="nobody"):
        recover64(bytes(64), DIGEST)


def test_signatures_are_packed_in_ascending_order_each_once() -> None:
    """The contracts refuse any other order, and a repeated signer."""
    keys = [Key(bytes([number]) * 32) for number in range(1, 8)]
    made = [Made(key.address, key.sign(DIGEST)) for key in keys]
    packed, signers = pack_signatures([*made, made[0]])
    pieces = [packed[at : at + 64] for at in range(0, len(packed), 64)]
    assert [recover64(piece, DIGEST) for piece in pieces] == list(signers)
    assert sorted(signers, key=address_bytes) == list(signers)
    assert len(signers) == 7


def test_a_piece_of_another_length_is_not_packed() -> None:
    """One short piece would shift all that follow."""
    with pytest.raises(BadSignature):
        pack_signatures([Made(Key(b"\1" * 32).address, b"short")])


def test_a_key_does_not_show_itself() -> None:
    """Logs and tracebacks print objects."""
    key = Key(b"\7" * 32)
    assert "07" * 8 not in repr(key)
    assert key.address in repr(key)


@pytest.mark.parametrize("text", ["", "0x", "12", "zz" * 32, "00" * 33])
def test_a_file_that_holds_no_key_is_refused_without_its_content(text: str, tmp_path: Path) -> None:
    """An error message must not carry half a key."""
    path = tmp_path / "key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(BadKeyFile) as caught:
        load_key(path)
    assert not text or text not in str(caught.value).replace(str(path), "")


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """A key that others can read is theirs too."""
    path = tmp_path / "key"
    make_key(path)
    path.chmod(0o640)
    with pytest.raises(BadKeyFile, match="chmod 600"):
        load_key(path)


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    """A service without its key says so."""
    with pytest.raises(BadKeyFile, match="cannot be read"):
        load_key(tmp_path / "none")


def test_a_made_key_file_is_its_owners_and_is_never_replaced(tmp_path: Path) -> None:
    """Writing over a key would lose what it controls."""
    path = tmp_path / "key"
    key = make_key(path)
    assert load_key(path).address == key.address
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with pytest.raises(FileExistsError):
        make_key(path)


def test_new_keys_differ() -> None:
    """They come from the system's randomness."""
    assert Key.new().address != Key.new().address
    assert Key.from_hex("0x" + "01" * 32).address == Key.from_hex("01" * 32).address
