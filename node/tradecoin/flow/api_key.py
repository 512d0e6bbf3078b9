"""Bearer keys: made once, shown once, kept as a hash."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tradecoin.domain.errors import Conflict, Refused
from tradecoin.domain.party import SCOPES, ApiKey
from tradecoin.ports.store import Tx

_TOKEN = re.compile(r"tck_([0-9a-z]{26})_([0-9a-f]{64})")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SECRET_BYTES: Final = 32
_RESERVED: Final = frozenset({"node", "bank", "chain", "adopted"})


class Unauthorized(Refused):
    """No key, an unknown or revoked one, or a wrong secret; which of them is not told."""

    code = "unauthorized"


class BadKeyRequest(Refused):
    """A client's name or a scope that no key can have."""

    code = "api_key_invalid"


def make_key(tx: Tx, client: str, scopes: Sequence[str], *, actor: str = "operator") -> tuple[ApiKey, str]:
    """Make a key for `client`; return its row and the token, which nobody can show again.

    The token is `tck_<id>_<secret>`. Raises BadKeyRequest for a name that is not 1 to 64 of a-z 0-9 . _ -, for one that
    the node itself acts under, and for unknown or missing scopes.
    """
    if not _NAME.fullmatch(client) or client in _RESERVED:
        raise BadKeyRequest(
            "a client's name is 1 to 64 of a-z 0-9 . _ - and not one of the node's own", got=client[:64]
        )
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise BadKeyRequest("a key has one scope or more of the known ones", unknown=unknown, known=list(SCOPES))
    secret = secrets.token_hex(_SECRET_BYTES)
    wanted = tuple(scope for scope in SCOPES if scope in scopes)
    row = ApiKey(tx.new_id("ak"), 1, client, wanted, _hash(secret), tx.now, None)
    tx.api_keys.add(row)
    tx.audit(actor, "api_key.make", row.id, {"client": client, "scopes": list(wanted)})
    return row, f"tck_{row.id.removeprefix('ak_')}_{secret}"


def check_key(tx: Tx, token: str) -> ApiKey:
    """Return the key that a token is of; raises Unauthorized."""
    match = _TOKEN.fullmatch(token)
    row = tx.api_keys.find(id=f"ak_{match.group(1)}") if match else None
    if match is None or row is None or row.revoked_at is not None:
        raise Unauthorized("a valid key is needed")
    if not hmac.compare_digest(row.secret_sha256, _hash(match.group(2))):
        raise Unauthorized("a valid key is needed")
    return row


def revoke_key(tx: Tx, key_id: str, *, actor: str) -> ApiKey:
    """End a key at once; raises NotFound, Conflict when it was ended before."""
    row = tx.api_keys.get(key_id)
    if row.revoked_at is not None:
        raise Conflict("this key is revoked", revoked_at=row.revoked_at.isoformat())
    tx.api_keys.save(replace(row, revoked_at=tx.now))
    tx.audit(actor, "api_key.revoke", row.id, {"client": row.client})
    return tx.api_keys.get(key_id)


def _hash(secret: str) -> str:
    """Return what is kept of a secret: it has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
