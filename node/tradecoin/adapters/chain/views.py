"""What the contracts say about minting, in one batch of calls and, once an attestation, one look for its event."""

from collections.abc import Sequence
from typing import Any, Final

from tradecoin.adapters.chain.abi import Abi
from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.adapters.chain.hexes import from_hex, to_hex
from tradecoin.adapters.chain.rpc import Endpoint, RpcError
from tradecoin.domain.chain import Block, ReserveView
from tradecoin.ports.chain import ChainUnreachable

_HALTS: Final = ("stale", "not_covered", "overdue", "brake", "paused", "wound_down")
"""The bits of `NarrowBank.halted`, lowest first."""

_AT_BLOCK: Final = (
    ("Token", "totalSupply"),
    ("Reserves", "head"),
    ("Reserves", "coverage"),
    ("Reserves", "covered"),
    ("Reserves", "setNumber"),
    ("NarrowBank", "setNumber"),
    ("NarrowBank", "instantCap"),
)
_BY_TIME: Final = (("Reserves", "fresh"), ("NarrowBank", "halted"), ("NarrowBank", "limit"))


class ReserveReader:
    """Builds a ReserveView from views; the signed figures, which the contract does not keep, come from the event."""

    def __init__(self, endpoint: Endpoint, abi: Abi, deployment: Deployment) -> None:
        """Keep what is needed to ask."""
        self._endpoint = endpoint
        self._abi = abi
        self._deployment = deployment
        self._known: dict[bytes, dict[str, Any]] = {}

    def view(self, block: Block, *, live: bool) -> ReserveView:
        """Return the facts at `block`; a `live` one judges age, pauses and limits by the time of the next block."""
        here = {"blockHash": block.hash}
        supply, head, coverage, covered, auditor_set, bank_set, cap = self._read(_AT_BLOCK, here)
        fresh, halted, limit = self._by_time(here, live=live)
        digest, _, settling, cut, _ = head
        figures = self._figures(digest, block) if any(digest) else {}
        burden, backing = coverage
        return ReserveView(
            block=block,
            supply=supply,
            reserves=figures.get("reserves", 0),
            encumbered=figures.get("encumbered", 0),
            settling=settling,
            claims=figures.get("claims", 0),
            head=digest,
            cut=cut,
            covered=covered,
            fresh=fresh,
            halted=tuple(name for bit, name in enumerate(_HALTS) if halted >> bit & 1),
            headroom=max(0, backing - burden),
            rate_capacity=limit[0],
            instant_cap=cap,
            signer_set=bank_set,
            auditor_set=auditor_set,
        )

    def _by_time(self, here: Any, *, live: bool) -> list[Any]:
        """Ask what depends on the time, of the pending block if the endpoint has one."""
        if live:
            try:
                return self._read(_BY_TIME, "pending")
            except ChainUnreachable:
                return self._read(_BY_TIME, here)
        return self._read(_BY_TIME, here)

    def _read(self, views: Sequence[tuple[str, str]], at: Any) -> list[Any]:
        functions = [self._abi.function(contract, name, 0) for contract, name in views]
        calls = [
            ("eth_call", [{"to": self._deployment.address(contract), "data": to_hex(function.selector)}, at])
            for (contract, _), function in zip(views, functions, strict=True)
        ]
        answers = self._endpoint.batch(calls)
        for answer in answers:
            if isinstance(answer, RpcError):
                raise ChainUnreachable("the endpoint could not run a view", problem=answer.said)
        return [function.decode(from_hex(answer)) for function, answer in zip(functions, answers, strict=True)]

    def _figures(self, digest: bytes, block: Block) -> dict[str, Any]:
        """Return the fields of the `Attested` event of this digest, which fixes them for ever."""
        if digest in self._known:
            return self._known[digest]
        shape = next(shape for shape in self._abi.events.values() if shape.name == "Attested")
        wanted = {
            "address": self._deployment.address("Reserves"),
            "topics": [shape.topic, to_hex(digest)],
            "fromBlock": hex(self._deployment.block),
            "toBlock": hex(block.number),
        }
        try:
            logs = self._endpoint.call("eth_getLogs", wanted)
        except RpcError as problem:
            raise ChainUnreachable("the endpoint gives no logs", problem=problem.said) from problem
        if not logs:
            raise ChainUnreachable("the endpoint does not have the last attestation's event")
        self._known = {digest: shape.decode(logs[0]["topics"], logs[0]["data"])}
        return self._known[digest]
