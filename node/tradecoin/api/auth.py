"""Who calls: a bearer key, the client it speaks for, and what it may do."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tradecoin.api.services import Use
from tradecoin.domain.errors import Forbidden, NotFound
from tradecoin.flow.api_key import Unauthorized, check_key

_SEES_ALL: Final = frozenset({"operator", "approver", "auditor", "admin"})
_bearer = HTTPBearer(auto_error=False, description="`Authorization: Bearer tck_<id>_<secret>`", scheme_name="key")


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: its key, the client the key speaks for, and the key's scopes."""

    key_id: str
    client: str
    scopes: frozenset[str]

    @property
    def sees_all(self) -> bool:
        """Whether it may read the records of every client."""
        return bool(self.scopes & _SEES_ALL)

    @property
    def own(self) -> str | None:
        """The client that reading and changing is limited to; None for those who work for all."""
        return None if self.sees_all else self.client

    def require_own(self, client: str) -> None:
        """Answer for another client's record as if it did not exist."""
        if self.own is not None and client != self.client:
            raise NotFound("there is no such record for this client")


def caller(
    request: Request, services: Use, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    """Return who calls; raises Unauthorized."""
    if credentials is None:
        raise Unauthorized("a valid key is needed")
    token = credentials.credentials
    row = services.store.read(lambda tx: check_key(tx, token))
    request.state.client = row.client
    return Principal(row.id, row.client, frozenset(row.scopes))


def needs(*scopes: str) -> Any:
    """Return a dependency that lets a key with one of `scopes` in."""
    wanted = frozenset(scopes)

    def checked(who: Annotated[Principal, Depends(caller)]) -> Principal:
        if not who.scopes & wanted:
            raise Forbidden("this key may not do that", needs=sorted(wanted))
        return who

    return Depends(checked)


Anyone = Annotated[Principal, needs("client", "operator", "approver", "auditor", "admin")]
"""Whoever has a key; a client sees only its own records."""

Maker = Annotated[Principal, needs("client", "operator")]
"""Whoever may ask for something, for itself."""

Operator = Annotated[Principal, needs("operator")]
"""Whoever decides about what came from outside."""

Approver = Annotated[Principal, needs("approver")]
"""The second person."""

Second = Annotated[Principal, needs("operator", "approver")]
"""One of two persons who together decide."""

Reader = Annotated[Principal, needs("operator", "approver", "auditor", "admin")]
"""Whoever may see everything."""

Admin = Annotated[Principal, needs("admin")]
"""Whoever gives and takes keys."""
