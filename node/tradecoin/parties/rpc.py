"""The chain as a party reads it: plain JSON-RPC, a handful of methods, no library of the node's."""

from dataclasses import dataclass
from typing import Any, Final

from tradecoin.parties.answers import NotYet, Unreachable
from tradecoin.parties.web import Web
from tradecoin.signing.hashing import address_word, keccak, uint_word

_WORD: Final = 32


@dataclass(frozen=True, slots=True)
class Header:
    """A block's number, hash (0x…) and timestamp in Unix seconds."""

    number: int
    hash: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class Log:
    """One event log: the first topic names the event, words are those of the other topics and the data."""

    block: int
    index: int
    topic: bytes
    topics: tuple[bytes, ...]
    words: tuple[bytes, ...]


def topic_of(signature: str) -> bytes:
    """Return the first topic of an event by its signature, such as "Cancelled(uint256)"."""
    return keccak(signature.encode())


class Rpc:
    """One endpoint. Every failure is Unreachable: a party never answers from half a view."""

    def __init__(self, web: Web, *, chain_id: int, finality: str) -> None:
        """Remember the endpoint; `finality` is instant, depth:n or finalized. ValueError for anything else."""
        self._web, self._chain_id, self._checked = web, chain_id, False
        self._depth = _depth_of(finality)

    def ask(self, method: str, *params: Any) -> Any:
        """Return a method's result; raises Unreachable, also when the endpoint is of another chain."""
        if not self._checked:
            found = int(self._post("eth_chainId"), 16)
            if found != self._chain_id:
                raise Unreachable("the endpoint is of another chain", got=found, expected=self._chain_id)
            self._checked = True
        return self._post(method, *params)

    def header(self, which: int | str) -> Header | None:
        """Return a block by its number or tag; None when there is none."""
        tag = hex(which) if isinstance(which, int) else which
        block = self.ask("eth_getBlockByNumber", tag, False)
        if block is None:
            return None
        try:
            return Header(int(block["number"], 16), block["hash"].lower(), int(block["timestamp"], 16))
        except (LookupError, TypeError, ValueError, AttributeError) as problem:
            raise Unreachable("the endpoint returns no block") from problem

    def head(self) -> Header:
        """Return the latest block."""
        return self._given(self.header("latest"))

    def final(self) -> Header:
        """Return the highest final block by the configured rule."""
        if self._depth is None:
            return self._given(self.header("finalized"))
        head = self.head()
        return head if not self._depth else self._given(self.header(max(0, head.number - self._depth)))

    def call(self, to: str, signature: str, *arguments: int | str | bytes, at: int | None = None) -> list[bytes]:
        """Call a view at a block, by default the latest; return the words of the answer."""
        data = keccak(signature.encode())[:4] + b"".join(map(_argument, arguments))
        tag = "latest" if at is None else hex(at)
        return _words(self.ask("eth_call", {"to": to, "data": f"0x{data.hex()}"}, tag))

    def logs(self, address: str, first: int, last: int) -> list[Log]:
        """Return a contract's logs in a range of blocks, both ends included, in order."""
        query = {"address": address, "fromBlock": hex(first), "toBlock": hex(last)}
        found = self.ask("eth_getLogs", query)
        try:
            return sorted((_log(one) for one in found), key=lambda log: (log.block, log.index))
        except (LookupError, TypeError, ValueError) as problem:
            raise Unreachable("the endpoint returns no logs") from problem

    def _post(self, method: str, *params: Any) -> Any:
        """Send one request."""
        status, answer = self._web.post("", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        if status != 200 or not isinstance(answer, dict) or "result" not in answer:
            told = answer.get("error") if isinstance(answer, dict) else None
            raise Unreachable("the chain's endpoint refuses", method=method, status=status, problem=str(told)[:200])
        return answer["result"]

    @staticmethod
    def _given(header: Header | None) -> Header:
        """Return a block that has to be there."""
        if header is None:
            raise NotYet("the chain has no such block yet")
        return header


def _depth_of(finality: str) -> int | None:
    """Read the finality rule: blocks below the head, None for the endpoint's own tag."""
    kind, _, depth = finality.partition(":")
    if finality in ("instant", "finalized"):
        return 0 if finality == "instant" else None
    if kind != "depth" or not depth.isdecimal():
        raise ValueError(f"finality is instant, depth:n or finalized, not {finality!r}")
    return int(depth)


def _argument(value: int | str | bytes) -> bytes:
    """Return an argument's word: a number, an address or 32 bytes."""
    if isinstance(value, int):
        return uint_word(value)
    return address_word(value) if isinstance(value, str) else value


def _words(text: Any) -> list[bytes]:
    """Cut an answer into words; Unreachable for another length, such as nothing from an address without code."""
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except (AttributeError, ValueError) as problem:
        raise Unreachable("the endpoint returns no bytes") from problem
    if not raw or len(raw) % _WORD:
        raise Unreachable("the contract does not answer", length=len(raw))
    return [raw[at : at + _WORD] for at in range(0, len(raw), _WORD)]


def _log(found: dict[str, Any]) -> Log:
    """Read one log."""
    topics = [bytes.fromhex(topic.removeprefix("0x")) for topic in found["topics"]]
    data = bytes.fromhex(found["data"].removeprefix("0x"))
    words = tuple(data[at : at + _WORD] for at in range(0, len(data), _WORD))
    return Log(int(found["blockNumber"], 16), int(found["logIndex"], 16), topics[0], tuple(topics[1:]), words)
