"""The same key and the same body get the same answer: stored in the transaction that has the effect."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from tradecoin.api.services import services_of
from tradecoin.domain.errors import Conflict, Refused
from tradecoin.ports.store import SavedReply, Store, Tx

WAIT_SECONDS: Final = 30
REPLAYED: Final = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

Effect = Callable[[Tx], BaseModel]


class KeyMissing(Refused):
    """A request that moves money comes with an Idempotency-Key header."""

    code = "idempotency_key_missing"


class KeyMalformed(Refused):
    """An Idempotency-Key is 1 to 255 visible ASCII characters."""

    code = "idempotency_key_malformed"


class KeyReused(Refused):
    """This Idempotency-Key came before with another request."""

    code = "idempotency_key_reused"


class InFlight(Conflict):
    """The first request with this Idempotency-Key is still being worked on; ask again soon."""

    code = "request_in_flight"
    retryable = True


@dataclass(slots=True)
class _Turn:
    """A lock with the number of those who hold or await it."""

    lock: Lock
    users: int = 0


class Turns:
    """Lets requests with one name pass one after the other within this process."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._turns: dict[tuple[str, ...], _Turn] = {}

    @contextmanager
    def take(self, name: tuple[str, ...], *, wait_seconds: int) -> Iterator[None]:
        """Wait for those before; raises InFlight after `wait_seconds`."""
        with self._guard:
            turn = self._turns.setdefault(name, _Turn(Lock()))
            turn.users += 1
        try:
            if not turn.lock.acquire(timeout=wait_seconds):
                raise InFlight("the first request with this key is still being worked on")
            try:
                yield
            finally:
                turn.lock.release()
        finally:
            with self._guard:
                turn.users -= 1
                if not turn.users:
                    del self._turns[name]


@dataclass(frozen=True, slots=True)
class Once:
    """One request that may be repeated; `key` is empty when the caller gave none."""

    store: Store
    turns: Turns
    route: str
    key: str
    digest: str
    told: Callable[[str], None]

    def answer(self, client: str, make: Callable[[], Effect], *, status: int) -> Response:
        """Return the stored answer of this key, or run what `make` returns in one transaction and store its answer.

        `make` asks what must be asked outside of a transaction. Raises KeyReused, InFlight, and what either raises.
        """
        if not self.key:
            effect = make()
            self.told("without_key")
            return _response(status, self.store.write(lambda tx: _text(effect(tx))))
        with self.turns.take((client, self.route, self.key), wait_seconds=WAIT_SECONDS):
            saved = self.store.read(lambda tx: tx.saved_reply(client, self.route, self.key))
            if saved is not None:
                return self._replay(saved)
            return self._first(client, make(), status)

    def write(self, client: str, effect: Effect, *, status: int = 201) -> Response:
        """As `answer`, for an effect that needs nothing from outside."""
        return self.answer(client, lambda: effect, status=status)

    def _first(self, client: str, effect: Effect, status: int) -> Response:
        """Make the effect and store the answer; another process may have been quicker."""

        def change(tx: Tx) -> tuple[SavedReply, bool]:
            saved = tx.saved_reply(client, self.route, self.key)
            if saved is not None:
                return saved, True
            reply = SavedReply(self.digest, status, _text(effect(tx)))
            tx.save_reply(client, self.route, self.key, reply)
            return reply, False

        reply, was_there = self.store.write(change)
        if was_there:
            return self._replay(reply)
        self.told("first")
        return _response(reply.status, reply.body)

    def _replay(self, saved: SavedReply) -> Response:
        """Answer as before, if it is the same request."""
        if saved.request_sha256 != self.digest:
            self.told("reused")
            raise KeyReused("this Idempotency-Key came before with another request")
        self.told("replayed")
        return _response(saved.status, saved.body, {REPLAYED: "true"})


def _text(model: BaseModel) -> str:
    """Write an answer as it is stored and sent."""
    return model.model_dump_json()


def _response(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    """Send a stored text as it is."""
    return Response(text.encode(), status, headers, media_type="application/json")


async def _once(request: Request, key: str) -> Once:
    """Describe the request; its name is the method and the route, its content the path and the body."""
    if key and not _KEY.fullmatch(key):
        raise KeyMalformed("an Idempotency-Key is 1 to 255 visible ASCII characters")
    app = request.app.state
    route = f"{request.method} {request.scope['route'].path}"
    digest = hashlib.sha256(request.url.path.encode() + b"\n" + _canonical(await request.body())).hexdigest()
    told = app.metrics.idempotency if hasattr(app, "metrics") else lambda result: None
    return Once(services_of(request).store, app.turns, route, key, digest, told)


def _canonical(raw: bytes) -> bytes:
    """Write JSON in one form, so that spaces and the order of members make no other request."""
    try:
        return json.dumps(json.loads(raw), sort_keys=True).encode()
    except ValueError:
        return raw


_HEADER = Header(alias="Idempotency-Key", description="1 to 255 visible ASCII characters, new for every new request")
_Key = Annotated[str, _HEADER]


async def _with_key(request: Request, idempotency_key: _Key = "") -> Once:
    """Require the key."""
    if not idempotency_key:
        raise KeyMissing("a request that moves money comes with an Idempotency-Key header")
    return await _once(request, idempotency_key)


async def _with_or_without_key(request: Request, idempotency_key: _Key = "") -> Once:
    """Use the key if there is one."""
    return await _once(request, idempotency_key)


Keyed = Annotated[Once, Depends(_with_key)]
"""An argument of handlers that move money: the request must carry an Idempotency-Key."""

MaybeKeyed = Annotated[Once, Depends(_with_or_without_key)]
"""An argument of handlers whose effect cannot happen twice anyway: a key is honoured if there is one."""
