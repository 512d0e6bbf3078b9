"""Proof that somebody controls an address: a challenge that is good once, and the signature over it."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tradecoin.domain.terms import Terms
from tradecoin.flow.mint import check_recipient
from tradecoin.ports.store import Tx
from tradecoin.signing.siwe import BadSignIn, SignIn, read_sign_in, recover_personal

_LIFETIME: Final = timedelta(minutes=10)
_NONCE_BYTES: Final = 16
_USED: Final = "used"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the proof counts: the host that wallets show, and the address of the service."""

    domain: str
    uri: str


def challenge(*, tx: Tx, terms: Terms, place: Place, client: str, address: str) -> SignIn:
    """Return the message that the owner of `address` is to sign for `client`; raises BadRecipient."""
    nonce = secrets.token_hex(_NONCE_BYTES)
    message = SignIn(
        domain=place.domain,
        address=check_recipient(address, terms),
        uri=place.uri,
        chain_id=terms.chain_id,
        nonce=nonce,
        issued_at=tx.now,
        expires_at=tx.now + _LIFETIME,
    )
    tx.set_value(_name(nonce), json.dumps({"client": client, "message": message.text()}))
    return message


def prove(*, tx: Tx, client: str, message: str, signature: bytes) -> str:
    """Return the address whose owner signed our challenge, and use the challenge up.

    Raises BadSignIn when it is none of ours, another client's, used, too old or signed by another key; BadSignature.
    """
    said = read_sign_in(message)
    kept = tx.get_value(_name(said.nonce))
    if kept is None or kept == _USED:
        raise BadSignIn("this challenge was never given, or was used")
    told = json.loads(kept)
    if told["client"] != client or told["message"] != message:
        raise BadSignIn("this is not the message that the challenge gave")
    if said.expires_at <= tx.now:
        raise BadSignIn("the challenge is too old; ask for another", expired_at=said.expires_at.isoformat())
    signer = recover_personal(message, signature)
    if signer != said.address:
        raise BadSignIn("somebody else than the address's owner signed", signer=signer, address=said.address)
    tx.set_value(_name(said.nonce), _USED)
    return said.address


def _name(nonce: str) -> str:
    """Return the name that a challenge is kept under."""
    return f"sign_in.{nonce}"
