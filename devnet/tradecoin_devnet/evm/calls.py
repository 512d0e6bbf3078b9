"""Execution without a transaction: eth_call and eth_estimateGas."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from eth._utils.address import generate_contract_address
from eth.exceptions import OutOfGas, Revert, VMError
from eth.vm.message import Message
from eth_typing import Address

from tradecoin_devnet.evm.errors import EXECUTION_REVERTED, RpcError, refused
from tradecoin_devnet.evm.hexes import data, to_address, to_bytes, to_hash, to_int
from tradecoin_devnet.evm.rules import floor_gas, gas_used, intrinsic_gas
from tradecoin_devnet.evm.shapes import State
from tradecoin_devnet.evm.submit import insufficient_funds

OpenState = Callable[[], State]
# An estimate may be this much too high in return for fewer trial runs, as in go-ethereum.
_TOLERANCE = 0.015
# Beyond this a run takes Python about a second, and a second one to prove an estimate is not worth its while.
_LONG_RUN_GAS = 2_000_000
_ERROR_SELECTOR = bytes.fromhex("08c379a0")
_PANIC_SELECTOR = bytes.fromhex("4e487b71")
_PANICS = {
    0x01: "assert(false)",
    0x11: "arithmetic underflow or overflow",
    0x12: "division or modulo by zero",
    0x21: "enum overflow",
    0x32: "out-of-bounds array access; popping on an empty array",
    0x41: "out of memory",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A message to run; it has the members of a transaction that the executor of py-evm looks at."""

    sender: bytes
    to: bytes
    gas: int
    value: int
    data: bytes
    access_list: tuple[tuple[bytes, tuple[int, ...]], ...]
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    type_id: int = 2


def read_call(body: Any, gas_limit: int) -> Call:
    """Read the object of eth_call and eth_estimateGas; raise RpcError when a member cannot be read."""
    if not isinstance(body, dict):
        raise refused("a call must be an object")
    price = to_int(body.get("gasPrice") or body.get("maxFeePerGas") or 0)
    return Call(
        sender=to_address(body.get("from") or "0x" + "00" * 20),
        to=to_address(body["to"]) if body.get("to") else b"",
        gas=min(to_int(body.get("gas") or gas_limit), gas_limit),
        value=to_int(body.get("value") or 0),
        data=to_bytes(body.get("input") or body.get("data") or "0x"),
        access_list=tuple(_listed(one) for one in body.get("accessList") or ()),
        max_fee_per_gas=price,
        max_priority_fee_per_gas=min(price, to_int(body.get("maxPriorityFeePerGas") or 0)),
    )


def _listed(entry: dict[str, Any]) -> tuple[bytes, tuple[int, ...]]:
    slots = (int.from_bytes(to_hash(key), "big") for key in entry.get("storageKeys") or ())
    return to_address(entry["address"]), tuple(slots)


def run(state: State, call: Call) -> Any:
    """Run a call on a state of its own; return py-evm's computation, raise RpcError when it cannot even begin."""
    message_gas = call.gas - intrinsic_gas(call)
    if message_gas < 0:
        raise refused(f"intrinsic gas too low: gas {call.gas}, minimum needed {intrinsic_gas(call)}")
    cost = call.value + call.gas * call.max_fee_per_gas
    if state.get_balance(call.sender) < cost:
        raise insufficient_funds(state.get_balance(call.sender), cost)
    executor: Any = state.get_transaction_executor()
    state.lock_changes()
    state.increment_nonce(call.sender)
    computation = executor.build_computation(_message(state, executor, call, message_gas), call)
    computation.data_floor_gas = 0
    return computation


def _message(state: State, executor: Any, call: Call, gas: int) -> Message:
    sender, to = Address(call.sender), Address(call.to)
    if not to:
        created = generate_contract_address(sender, state.get_nonce(sender) - 1)
        return Message(gas, to, sender, call.value, b"", call.data, create_address=created)
    code, delegate = executor.get_code_at_address(call.to)
    delegated = delegate is not None
    return Message(gas, to, sender, call.value, call.data, code, is_delegation=delegated)


def result_of(computation: Any) -> bytes:
    """Return what a run returned; raise RpcError with the revert data, or with the machine's reason."""
    if computation.is_success:
        return bytes(computation.output)
    error = computation.error
    if isinstance(error, Revert):
        output = bytes(computation.output)
        raise RpcError(EXECUTION_REVERTED, f"execution reverted{_reason(output)}", data(output))
    raise refused(_machine_error(error))


def estimate(open_state: OpenState, call: Call) -> int:
    """Return gas that is enough for a call; raise RpcError when its limit is not.

    It is at most 1.5 % too much, or for a long run a 63rd for each level of calls.
    """
    first = run(open_state(), call)
    if first.is_error and isinstance(first.error, OutOfGas):
        raise refused(f"gas required exceeds allowance ({call.gas})")
    result_of(first)
    spent = call.gas - first.get_gas_remaining()
    enough = max(spent, gas_used(call.gas, first), floor_gas(call.data))
    if spent > _LONG_RUN_GAS:
        return min(_with_kept_back(enough, _depth(first)), call.gas)
    # Mostly what was spent is also enough; a sub-call, which keeps back a 64th (EIP-150), may need more.
    return enough if _succeeds(open_state, call, enough) else _search(open_state, call, enough, call.gas)


def _with_kept_back(gas: int, depth: int) -> int:
    """Return gas that is enough however it is spread over so many levels of calls, each keeping back a 64th."""
    for _ in range(depth):
        gas = -(-gas * 64 // 63)
    return gas


def _depth(computation: Any) -> int:
    """Return how many levels of calls lie below a run."""
    return max((1 + _depth(child) for child in computation.children), default=0)


def _search(open_state: OpenState, call: Call, too_little: int, enough: int) -> int:
    while enough - too_little > enough * _TOLERANCE:
        middle = min((too_little + enough) // 2, too_little * 2)
        if _succeeds(open_state, call, middle):
            enough = middle
        else:
            too_little = middle
    return enough


def _succeeds(open_state: OpenState, call: Call, gas: int) -> bool:
    return bool(run(open_state(), replace(call, gas=gas)).is_success)


def _reason(output: bytes) -> str:
    """Read the text of Error(string) or the meaning of Panic(uint256); custom errors stay in the data."""
    if output[:4] == _ERROR_SELECTOR and len(output) >= 68:
        length = int.from_bytes(output[36:68], "big")
        return ": " + output[68 : 68 + length].decode(errors="replace")
    if output[:4] == _PANIC_SELECTOR and len(output) >= 36:
        code = int.from_bytes(output[4:36], "big")
        return f": panic: {_PANICS.get(code, 'unknown')} (0x{code:02x})"
    return ""


def _machine_error(error: VMError) -> str:
    return "out of gas" if isinstance(error, OutOfGas) else f"{type(error).__name__}: {error}"
