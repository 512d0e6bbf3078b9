"""The Chain port over JSON-RPC: every question is one call or one batch, and nothing is ever sent twice."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from eth_abi.exceptions import DecodingError

from tradecoin.adapters.chain.abi import Abi
from tradecoin.adapters.chain.deployment import Deployment, check_deployment
from tradecoin.adapters.chain.hexes import from_hex, to_hex
from tradecoin.adapters.chain.logs import LogReader
from tradecoin.adapters.chain.outcomes import meaning_of
from tradecoin.adapters.chain.recent import Recent
from tradecoin.adapters.chain.rpc import Endpoint, RpcError
from tradecoin.adapters.chain.views import ReserveReader
from tradecoin.artefacts import load
from tradecoin.domain.chain import Block, Call, ChainEvent, ReserveView
from tradecoin.domain.errors import Refused
from tradecoin.ports.chain import ChainUnreachable, ContractRefused, Fees, Receipt, SendResult

_BLOCKS_KEPT: Final = 1_024
_FAILED_RUN = re.compile(
    r"revert|out of gas|gas required|opcode|stack (under|over)flow|invalid jump|(evm|vm) (error|exc)"
)
_FINALITY = re.compile(r"instant|finalized|depth:(\d{1,6})")


class BadFinality(Refused):
    """A finality rule that is none of instant, depth:n and finalized."""

    code = "bad_finality"


@dataclass(frozen=True, slots=True)
class Finality:
    """When a block is final: at once, `depth` blocks below the head, or (`depth` is None) when the chain says so."""

    depth: int | None

    @classmethod
    def of(cls, rule: str) -> Self:
        """Read "instant", "depth:12" or "finalized"; raises BadFinality."""
        match = _FINALITY.fullmatch(rule)
        if match is None:
            raise BadFinality(got=rule)
        return cls(None if rule == "finalized" else int(match.group(1) or 0))


class JsonRpcChain:
    """One chain through one endpoint."""

    def __init__(self, endpoint: Endpoint, deployment: Deployment, *, finality: Finality) -> None:
        """Prepare; nothing is asked yet. Use `open_chain` to check the endpoint first."""
        self.chain_id = deployment.chain_id
        self._endpoint = endpoint
        self.deployment = deployment
        self._finality = finality
        addresses = {name: contract.address for name, contract in deployment.contracts.items()}
        self._abi = Abi(load(name) for name in addresses)
        self._logs = LogReader(endpoint, self._abi, addresses)
        self._reserves = ReserveReader(endpoint, self._abi, deployment)
        self._blocks: Recent[Block] = Recent(_BLOCKS_KEPT)

    # ------------------------------------------------------------------------------------------------- blocks

    def head(self) -> Block:
        """See Chain."""
        return self._block_at("latest")

    def final_number(self) -> int:
        """See Chain."""
        if self._finality.depth is None:
            return self._finalized_number()
        return max(-1, self.head().number - self._finality.depth)

    def _finalized_number(self) -> int:
        """A young chain has no final block yet, which some tell by an error and some by null."""
        try:
            answer = self._endpoint.call("eth_getBlockByNumber", "finalized", False)
        except RpcError:
            return -1
        return -1 if answer is None else self._block(answer).number

    def blocks(self, first: int, last: int) -> Sequence[Block]:
        """See Chain; raises ChainUnreachable when the endpoint does not have them all."""
        wanted = [("eth_getBlockByNumber", [hex(number), False]) for number in range(first, last + 1)]
        return [self._block(answer) for answer in self._endpoint.batch(wanted)] if wanted else []

    def events(self, blocks: Sequence[Block]) -> Sequence[ChainEvent]:
        """See Chain."""
        return self._logs.events(blocks)

    def _block_at(self, tag: str) -> Block:
        return self._block(self._ask("eth_getBlockByNumber", tag, False))

    def _block(self, answer: Any) -> Block:
        """Return a header and remember its bloom."""
        if not isinstance(answer, dict):
            problem = answer.said if isinstance(answer, RpcError) else "there is none"
            raise ChainUnreachable("the endpoint does not have a block", problem=problem)
        number, timestamp = int(answer["number"], 16), int(answer["timestamp"], 16)
        block = Block(number, answer["hash"], answer["parentHash"], timestamp)
        self._logs.remember(block.hash, answer["logsBloom"])
        self._blocks.put(block.hash, block)
        return block

    # --------------------------------------------------------------------------------------------------- views

    def read(self, contract: str, function: str, *args: Any, at: Block | None = None) -> Any:
        """See Chain; raises ContractRefused, ChainUnreachable, UnknownFunction."""
        found = self._abi.function(contract, function, len(args))
        call = {"to": self.deployment.address(contract), "data": to_hex(found.encode(args))}
        answer = self._called("eth_call", call, {"blockHash": at.hash} if at else "latest")
        try:
            return found.decode(from_hex(answer))
        except (DecodingError, ValueError) as problem:
            raise ChainUnreachable("a view was answered with nonsense", function=function) from problem

    def reserve_view(self, at: Block | None = None) -> ReserveView:
        """See Chain."""
        return self._reserves.view(at or self.head(), live=at is None)

    def encode(self, call: Call) -> tuple[str, bytes]:
        """See Chain; a Call without a function carries an address and ready calldata."""
        if not call.function:
            return call.contract, call.args[0]
        function = self._abi.function(call.contract, call.function, len(call.args))
        return self.deployment.address(call.contract), function.encode(call.args)

    def preflight(self, call: Call, sender: str) -> int:
        """See Chain; estimated on the pending block, whose time is the one that counts."""
        to, data = self.encode(call)
        gas: str = self._called("eth_estimateGas", {"from": sender, "to": to, "data": to_hex(data)})
        return int(gas, 16)

    def _called(self, method: str, *params: Any) -> str:
        """Return the result of a call that may revert."""
        try:
            answer: str = self._endpoint.call(method, *params)
        except RpcError as problem:
            raise self._refusal(problem) from problem
        return answer

    def _refusal(self, problem: RpcError) -> ContractRefused | ChainUnreachable:
        """Tell a revert from an endpoint that is out of order."""
        data = problem.data if isinstance(problem.data, str) else (problem.data or {}).get("data", "")
        if isinstance(data, str) and data.startswith("0x") and len(data) > 2:
            revert = self._abi.revert(from_hex(data))
            if revert is None:
                return ContractRefused("the call would revert", error="", arguments={}, data=data)
            return ContractRefused(f"the call would revert: {revert.name}", error=revert.name, arguments=revert.args)
        if _FAILED_RUN.search(problem.said.lower()):
            return ContractRefused("the call would revert", error="", arguments={}, data="0x", said=problem.said)
        return ChainUnreachable("the endpoint could not run a call", problem=problem.said)

    # ------------------------------------------------------------------------------------------------- accounts

    def nonce(self, address: str, *, pending: bool = False) -> int:
        """See Chain."""
        return int(self._ask("eth_getTransactionCount", address, "pending" if pending else "latest"), 16)

    def balance(self, address: str) -> int:
        """See Chain."""
        return int(self._ask("eth_getBalance", address, "latest"), 16)

    def fees(self) -> Fees:
        """See Chain; the base fee is that of the next block, the last one in the history."""
        history, tip = self._endpoint.batch(
            [("eth_feeHistory", ["0x1", "latest", []]), ("eth_maxPriorityFeePerGas", [])]
        )
        if isinstance(history, RpcError) or isinstance(tip, RpcError):
            raise ChainUnreachable("the endpoint does not tell its fees")
        return Fees(base=int(history["baseFeePerGas"][-1], 16), tip=int(tip, 16))

    # --------------------------------------------------------------------------------------------- transactions

    def send_raw(self, raw: bytes) -> SendResult:
        """See Chain. A broken connection and a text that nobody knows are UNKNOWN."""
        try:
            answer = self._endpoint.call("eth_sendRawTransaction", to_hex(raw))
        except RpcError as problem:
            return meaning_of(problem.said)
        except ChainUnreachable:
            return SendResult.UNKNOWN
        return SendResult.ACCEPTED if isinstance(answer, str) and len(answer) == 66 else SendResult.UNKNOWN

    def receipt(self, tx_hash: str) -> Receipt | None:
        """See Chain."""
        answer = self._ask("eth_getTransactionReceipt", tx_hash)
        if answer is None:
            return None
        hash_ = answer["blockHash"]
        block = self._blocks.get(hash_) or self._block(self._ask("eth_getBlockByHash", hash_, False))
        return Receipt(tx_hash, block, succeeded=int(answer["status"], 16) == 1)

    def _ask(self, method: str, *params: Any) -> Any:
        """Return the result of a call that has no reason to fail."""
        try:
            return self._endpoint.call(method, *params)
        except RpcError as problem:
            raise ChainUnreachable(f"{method} failed", problem=problem.said) from problem


def open_chain(endpoint: Endpoint, deployment: Deployment, *, finality: str) -> JsonRpcChain:
    """Return the chain once its id and our code are checked; raises WrongChain, BadFinality, ChainUnreachable."""
    rule = Finality.of(finality)
    check_deployment(endpoint, deployment)
    return JsonRpcChain(endpoint, deployment, finality=rule)
