"""Reading our contracts: events, refusals, views, finality, and answers that are empty by mistake."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.chain.kit import ADDRESSES, InProcess, deployed, fresh_endpoint, node_keys
from tradecoin.adapters.chain.abi import UnknownFunction
from tradecoin.adapters.chain.reader import BadFinality, Finality, JsonRpcChain, open_chain
from tradecoin.adapters.chain.rpc import RpcError
from tradecoin.domain.chain import Block, Call
from tradecoin.domain.errors import WrongChain
from tradecoin.ports.chain import ChainUnreachable, ContractRefused, SendResult, TxFields


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[InProcess, JsonRpcChain]:
    """Return a chain with our contracts on it."""
    endpoint = fresh_endpoint()
    return endpoint, open_chain(endpoint, deployed(endpoint, tmp_path_factory.mktemp("d")), finality="depth:2")


@pytest.fixture
def endpoint(opened: tuple[InProcess, JsonRpcChain]) -> InProcess:
    """Return the endpoint, honest again."""
    opened[0].before = lambda method, params: None
    return opened[0]


@pytest.fixture
def chain(opened: tuple[InProcess, JsonRpcChain], endpoint: InProcess) -> JsonRpcChain:
    """Return the chain over it."""
    return opened[1]


def _all_blocks(chain: JsonRpcChain) -> Sequence[Block]:
    return chain.blocks(0, chain.head().number)


# ------------------------------------------------------------------------------------------------------- refusals


def test_another_chain_than_the_deployments_is_not_opened(endpoint: InProcess, tmp_path: Path) -> None:
    """The id comes first."""
    deployment = deployed(fresh_endpoint(), tmp_path)
    endpoint.before = lambda method, params: "0x1" if method == "eth_chainId" else None
    with pytest.raises(WrongChain):
        open_chain(endpoint, deployment, finality="instant")


@pytest.mark.parametrize("rule", ["", "depth", "depth:", "depth:-1", "depth:x", "soon", "finalised"])
def test_a_finality_rule_is_one_of_three(rule: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(BadFinality):
        Finality.of(rule)


def test_a_revert_comes_with_name_and_arguments(chain: JsonRpcChain) -> None:
    """The contract's typed error, decoded; nothing was sent."""
    with pytest.raises(ContractRefused) as caught:
        chain.preflight(Call("NarrowBank", "accept", ((1,),)), ADDRESSES["stranger"])
    assert caught.value.facts["error"] == "NotPayer"
    assert caught.value.facts["arguments"] == {"caller": ADDRESSES["stranger"]}
    with pytest.raises(ContractRefused) as caught:
        chain.preflight(Call("NarrowBank", "request", (1, b"\x01" * 32)), ADDRESSES["holder"])
    assert caught.value.facts["arguments"] == {"amount": "1", "minRequest": "1000000"}


def test_an_endpoint_that_cannot_run_a_call_has_not_refused_it(endpoint: InProcess, chain: JsonRpcChain) -> None:
    """Trouble at the endpoint must not look like the contract's word."""

    def broken(method: str, params: Sequence[Any]) -> Any:
        raise RpcError(-32000, "header not found")

    endpoint.before = broken
    with pytest.raises(ChainUnreachable):
        chain.preflight(Call("NarrowBank", "accept", ((1,),)), ADDRESSES["payer"])
    with pytest.raises(ChainUnreachable):
        chain.head()


def test_an_unknown_function_is_refused_by_name(chain: JsonRpcChain) -> None:
    """A typing error does not become a call."""
    with pytest.raises(UnknownFunction):
        chain.encode(Call("NarrowBank", "mint", ()))
    with pytest.raises(UnknownFunction):
        chain.read("Token", "balances")


def test_a_line_that_breaks_while_sending_is_unknown(endpoint: InProcess, chain: JsonRpcChain) -> None:
    """It may have been taken."""

    def broken(method: str, params: Sequence[Any]) -> Any:
        raise ChainUnreachable

    endpoint.before = broken
    assert chain.send_raw(b"\x02") is SendResult.UNKNOWN
    endpoint.before = lambda method, params: "nonsense"
    assert chain.send_raw(b"\x02") is SendResult.UNKNOWN


# --------------------------------------------------------------------------------------------------------- events


def test_events_are_decoded_by_name(chain: JsonRpcChain) -> None:
    """Static fields by offset, dynamic ones by the ABI; addresses checksummed, integers as int, lists as tuples."""
    events = chain.events(_all_blocks(chain))
    granted = [event for event in events if event.name == "RoleGranted"]
    assert granted[0].args["account"] == ADDRESSES["deployer"]
    assert (granted[0].contract, granted[0].args["newMember"]) == ("AccessManager", True)
    (signers,) = (event for event in events if event.name == "SignersChanged" and event.contract == "NarrowBank")
    assert set(signers.args["signers"]) == {ADDRESSES[name] for name in ("bank 1", "bank 2", "bank 3")}
    assert signers.args["threshold"] == 2
    assert events == sorted(events, key=lambda event: (event.block.number, event.log_index))


def test_events_by_hash_and_by_range_are_the_same(chain: JsonRpcChain) -> None:
    """Near the head and in a backfill the same comes out."""
    blocks = _all_blocks(chain)
    assert len(blocks) > 8
    together = chain.events(blocks)
    assert [event for block in blocks for event in chain.events([block])] == together


@pytest.mark.parametrize("receipts", [True, False])
def test_logs_that_are_empty_by_mistake_are_found_elsewhere(
    endpoint: InProcess, chain: JsonRpcChain, receipts: bool
) -> None:
    """The header's bloom knows better: the receipts are asked, or else the logs once more."""
    blocks = _all_blocks(chain)
    honest = chain.events(blocks)
    failures = [1]

    def forgetful(method: str, params: Sequence[Any]) -> Any:
        if method == "eth_getLogs" and failures:
            failures.pop()
            return []
        if method == "eth_getBlockReceipts" and not receipts:
            raise RpcError(-32601, "the method does not exist")
        return None

    endpoint.before = forgetful
    assert chain.events(blocks) == honest


def test_logs_of_another_chain_than_the_blocks_are_not_taken(endpoint: InProcess, chain: JsonRpcChain) -> None:
    """A range that moved while it was read is read again, by the caller."""
    blocks = list(_all_blocks(chain))
    blocks[1] = Block(1, "0x" + "ab" * 32, blocks[1].parent, blocks[1].timestamp)
    with pytest.raises(ChainUnreachable):
        chain.events(blocks)


# ---------------------------------------------------------------------------------------------------------- views


def test_views_are_read_at_a_block(chain: JsonRpcChain) -> None:
    """A block from before knows nothing of what came later."""
    head = chain.head()
    assert chain.read("Token", "issuer") == chain.read("Token", "issuer", at=head)
    assert chain.read("Token", "symbol") == "NRW"
    assert chain.read("NarrowBank", "limit")[1] == 50_000_000 * 10**6
    before = chain.blocks(2, 2)[0]
    assert chain.read("Token", "issuer", at=before) == "0x" + "00" * 20


def test_the_reserve_view_of_a_fresh_bank_says_halted(chain: JsonRpcChain) -> None:
    """Before the first attestation there is no cover and no freshness."""
    for view in (chain.reserve_view(), chain.reserve_view(at=chain.head())):
        assert view.halted == ("stale", "not_covered")
        assert (view.supply, view.headroom, view.head) == (0, 0, bytes(32))
        assert (view.signer_set, view.auditor_set) == (1, 1)
        assert view.instant_cap == 10_000_000 * 10**6
        assert view.block == chain.head()


@pytest.mark.parametrize(("rule", "behind"), [("instant", 0), ("depth:3", 3), ("depth:99999", None), ("finalized", 2)])
def test_finality_follows_its_rule(opened: tuple[InProcess, JsonRpcChain], rule: str, behind: int | None) -> None:
    """At once, so many blocks below the head but not below zero, or as the chain says."""
    endpoint, chain = opened
    other = JsonRpcChain(endpoint, chain.deployment, finality=Finality.of(rule))
    head = chain.head().number
    assert other.final_number() == (-1 if behind is None else head - behind)


def test_a_chain_without_a_final_block_has_none(opened: tuple[InProcess, JsonRpcChain], endpoint: InProcess) -> None:
    """Some endpoints say so by an error."""

    def young(method: str, params: Sequence[Any]) -> Any:
        raise RpcError(-39001, "finalized block not found")

    endpoint.before = young
    assert JsonRpcChain(endpoint, opened[1].deployment, finality=Finality.of("finalized")).final_number() == -1


def test_a_transaction_made_of_names_goes_through(chain: JsonRpcChain) -> None:
    """Encode, estimate, sign, send, receipt."""
    keys = node_keys()
    call = Call("Token", "approve", (ADDRESSES["payer"], 5))
    to, data = chain.encode(call)
    gas = chain.preflight(call, keys.address("relay"))
    fees = chain.fees()
    nonce = chain.nonce(keys.address("relay"))
    fields = TxFields(chain.chain_id, nonce, to, data, 0, gas, 2 * fees.base + fees.tip, fees.tip)
    raw, hash_ = keys.sign("relay", fields)
    assert chain.send_raw(raw) is SendResult.ACCEPTED
    receipt = chain.receipt(hash_)
    assert receipt is not None
    assert receipt.succeeded
    (event,) = chain.events([receipt.block])
    assert (event.name, event.args["value"], event.tx_hash) == ("Approval", 5, hash_)
