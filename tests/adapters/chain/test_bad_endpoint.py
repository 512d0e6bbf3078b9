"""A real chain behind an endpoint that errs all the time: nothing is lost, and nothing happens twice."""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.chain.kit import ADDRESSES, InProcess, deployed, fresh_endpoint, node_keys
from tests.adapters.chain.test_minting import Noted
from tests.stores import HandClock, fresh_file
from tradecoin.adapters.chain.reader import JsonRpcChain, open_chain
from tradecoin.adapters.chain.rpc import RpcError
from tradecoin.adapters.store import open_store
from tradecoin.domain.chain import Call
from tradecoin.domain.states import IntentState
from tradecoin.flow.fees import SendLimits
from tradecoin.flow.indexing import index_chain
from tradecoin.flow.sending import send_intents, want
from tradecoin.flow.tracking import track_intents
from tradecoin.ports.chain import ChainUnreachable
from tradecoin.ports.store import Store, Tx
from tradecoin_devnet.evm.errors import RpcError as EmbeddedError

_WISHES = 30
_LIMITS = SendLimits(max_fee=10**12, in_flight=8)


def _erring(endpoint: InProcess, dice: random.Random) -> Callable[[str, Sequence[Any]], Any]:
    """Return the faults: replies lost, requests doubled, stale heads, empty logs, codes that lie, silence."""

    def fault(method: str, params: Sequence[Any]) -> Any:
        roll = dice.random()
        if roll < 0.04:
            raise ChainUnreachable
        if method == "eth_sendRawTransaction":
            return _sending_fault(endpoint, params, roll)
        if method == "eth_getLogs" and roll < 0.2:
            return []
        if method == "eth_getBlockByNumber" and params[0] == "latest" and roll < 0.2:
            head = int(endpoint.chain.rpc("eth_blockNumber", []), 16)
            return endpoint.chain.rpc("eth_getBlockByNumber", [hex(max(0, head - 3)), False])
        return None

    return fault


def _sending_fault(endpoint: InProcess, params: Sequence[Any], roll: float) -> Any:
    if roll < 0.15:
        with suppress(EmbeddedError):
            endpoint.chain.rpc("eth_sendRawTransaction", list(params))
        raise ChainUnreachable
    if roll < 0.3:
        with suppress(EmbeddedError):
            endpoint.chain.rpc("eth_sendRawTransaction", list(params))
    try:
        return endpoint.chain.rpc("eth_sendRawTransaction", list(params))
    except EmbeddedError as error:
        raise RpcError(-1, error.message) from error


def _want_all(tx: Tx, chain: JsonRpcChain) -> None:
    for number in range(1, _WISHES + 1):
        call = Call("Token", "approve", (ADDRESSES["payer"], number))
        want(tx=tx, chain=chain, call=call, purpose="approve", subject=str(number), sender="relay")


def _open_wishes(store: Store) -> int:
    return store.read(lambda tx: _WISHES - tx.intents.count(purpose="approve", state=IntentState.FINAL))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_wish_happens_once_through_an_endpoint_that_errs(tmp_path: Path, seed: int) -> None:
    """Each approval is on the chain once, and the index has each event once, whatever the endpoint said on the way."""
    endpoint, noted = fresh_endpoint(), Noted()
    deployment = deployed(endpoint, tmp_path)
    chain = open_chain(endpoint, deployment, finality="depth:4")
    store = open_store(fresh_file(tmp_path), clock=HandClock())
    endpoint.chain.rpc("evm_setAutomine", [False])
    store.write(lambda tx: _want_all(tx, chain))
    endpoint.before = _erring(endpoint, random.Random(seed))
    for _ in range(200):
        _poll(store, chain, noted, deployment.block)
        endpoint.chain.rpc("evm_mine", [])
        if not _open_wishes(store):
            break
    assert _open_wishes(store) == 0
    endpoint.before = lambda method, params: None
    index_chain(store=store, chain=chain, handlers=noted, first_block=deployment.block)
    approved = [event.args["value"] for event in noted.final_events if event.name == "Approval"]
    assert sorted(approved) == list(range(1, _WISHES + 1))
    assert chain.nonce(ADDRESSES["relay"]) == _WISHES
    store.close()


def _poll(store: Store, chain: JsonRpcChain, noted: Noted, first: int) -> None:
    """Do what the workers do in one round; an endpoint that does not answer is asked again in the next."""
    clock = HandClock()
    with suppress(ChainUnreachable):
        send_intents(store=store, chain=chain, keys=node_keys(), clock=clock, limits=_LIMITS, fence=1)
    with suppress(ChainUnreachable):
        track_intents(store=store, chain=chain)
    with suppress(ChainUnreachable):
        index_chain(store=store, chain=chain, handlers=noted, first_block=first)
