"""JSON-RPC 2.0 over kept-alive HTTP connections, single and in batches, typed where it is hot.

Source of the format: https://www.jsonrpc.org/specification; error codes and `data` of reverts as geth writes them.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

import msgspec

from tradecoin.adapters.chain.http import Poster
from tradecoin.domain.errors import TradecoinError
from tradecoin.ports.chain import ChainUnreachable

MAX_BATCH = 200
"""Most calls in one HTTP request; public endpoints refuse much longer batches."""

Request: TypeAlias = tuple[str, Sequence[Any]]
Answer = TypeVar("Answer")


class RpcError(TradecoinError):
    """The endpoint answered a call with an error: `number` its code, `said` its text, `data` what came with it."""

    code = "rpc_error"

    def __init__(self, number: int, said: str, data: Any = None) -> None:
        """Keep the three parts of a JSON-RPC error."""
        super().__init__(said, number=number, said=said, data=data)
        self.number, self.said, self.data = number, said, data


class Endpoint(Protocol):
    """Something that answers JSON-RPC calls; every method raises ChainUnreachable when there is no sensible answer."""

    def call(self, method: str, *params: Any) -> Any:
        """Return the result of one call; raises RpcError."""

    def call_as(self, kind: type[Answer], method: str, *params: Any) -> Answer:
        """Return the result of one call as a msgspec type; raises RpcError."""

    def batch(self, requests: Sequence[Request]) -> list[Any]:
        """Return the results in order; a call that failed has its RpcError in its place."""


class _Failure(msgspec.Struct):
    code: int = 0
    message: str = ""
    data: Any = None


class _Reply(msgspec.Struct):
    id: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Failure | None = None

    def value(self, kind: Any) -> Any:
        """Return the result as `kind`; raises RpcError."""
        if self.error is not None:
            raise RpcError(self.error.code, self.error.message, self.error.data)
        return msgspec.json.decode(self.result, type=kind)


_encode = msgspec.json.Encoder().encode
_reply = msgspec.json.Decoder(_Reply)
_replies = msgspec.json.Decoder(list[_Reply])


class HttpEndpoint:
    """An endpoint behind a URL. No call is ever repeated here: whoever may repeat it decides."""

    def __init__(self, url: str, *, timeout_seconds: float = 10.0) -> None:
        """Prepare; nothing is opened before the first call. Raises BadUrl."""
        self._poster = Poster(url, timeout_seconds=timeout_seconds)

    def call(self, method: str, *params: Any) -> Any:
        """See Endpoint."""
        return self.call_as(Any, method, *params)

    def call_as(self, kind: type[Answer], method: str, *params: Any) -> Answer:
        """See Endpoint."""
        body = self._post(_encode({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
        try:
            answer: Answer = _reply.decode(body).value(kind)
        except msgspec.MsgspecError as problem:
            raise ChainUnreachable(f"{method} was answered with nonsense", problem=str(problem)) from problem
        return answer

    def batch(self, requests: Sequence[Request]) -> list[Any]:
        """See Endpoint; cut into pieces of MAX_BATCH."""
        pieces = (requests[at : at + MAX_BATCH] for at in range(0, len(requests), MAX_BATCH))
        return [result for piece in pieces for result in self._piece(piece)]

    def close(self) -> None:
        """Let go of the connections."""
        self._poster.close()

    def _piece(self, requests: Sequence[Request]) -> Iterator[Any]:
        """Send one batch and put the answers, which may come in any order, back into ours."""
        calls = [
            {"jsonrpc": "2.0", "id": at, "method": method, "params": params}
            for at, (method, params) in enumerate(requests)
        ]
        body = self._post(_encode(calls))
        try:
            by_id = {reply.id: reply for reply in _replies.decode(body)}
            yield from (_value_or_error(by_id[at]) for at in range(len(requests)))
        except (msgspec.MsgspecError, KeyError) as problem:
            raise ChainUnreachable("a batch was answered with nonsense", problem=str(problem)) from problem

    def _post(self, body: bytes) -> bytes:
        """Return the answer's body; some servers send an error's status with a sound answer."""
        status, answer = self._poster.post(body)
        if status >= 400 and not answer.startswith((b"{", b"[")):
            raise ChainUnreachable("the endpoint is out of order", status=status)
        return answer


def _value_or_error(reply: _Reply) -> Any:
    """Return a result, or the error in its place."""
    try:
        return reply.value(Any)
    except RpcError as problem:
        return problem
