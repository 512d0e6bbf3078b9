"""Deploying by the plan that lies beside the artefacts, on any JSON-RPC endpoint; it may be killed and run again.

Before the first transaction is sent, the addresses that the contracts will have are written to a journal. From then on
every step asks the chain whether it was done; what was not is signed with consecutive nonces and sent without waiting,
so that the whole takes a few blocks. When every step is done the deployment file is written and the journal removed.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import coincurve

from tradecoin.adapters.chain.abi import Abi
from tradecoin.adapters.chain.deployment import Contract, Deployment, RoleHolder, check_deployment, write_whole
from tradecoin.adapters.chain.hexes import from_hex, to_hex
from tradecoin.adapters.chain.outcomes import meaning_of
from tradecoin.adapters.chain.rpc import Endpoint, RpcError
from tradecoin.adapters.chain.tx import address_of, create_address, sign_fields
from tradecoin.artefacts import load, plan
from tradecoin.domain.errors import Refused, Unavailable, WrongChain
from tradecoin.ports.chain import ChainUnreachable, SendResult, TxFields
from tradecoin.signing.hashing import keccak

_CALL_GAS: Final = 150_000
_GAS_A_SELECTOR: Final = 60_000
_DEPLOY_GAS: Final = 1_500_000
_GAS_A_BYTE: Final = 260
"""200 gas to store a byte of code, and what the transaction pays to carry it."""

_SENT: Final = (SendResult.ACCEPTED, SendResult.ALREADY_KNOWN, SendResult.UNKNOWN)


class DeploymentStuck(Unavailable):
    """A step was not done in time; run the same deployment again when the cause is gone."""

    code = "deployment_stuck"


class DeploymentRefused(Refused):
    """The endpoint refuses a transaction of the plan, or the contract did; the facts say which step."""

    code = "deployment_refused"


@dataclass(slots=True)
class _Site:
    """A deployment under way: where, by whom, and which addresses the contracts have or will have."""

    endpoint: Endpoint
    key: coincurve.PrivateKey
    chain_id: int
    journal: Path
    abi: Abi
    wait_seconds: float
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def deployer(self) -> str:
        return address_of(self.key)

    def resolved(self, value: Any) -> Any:
        """Turn every Ref into an address, and bytes and lists into what the ABI takes."""
        if isinstance(value, plan.Ref):
            return self.addresses[value.name]
        if isinstance(value, tuple):
            return tuple(map(self.resolved, value))
        return value


def deploy(
    *,
    endpoint: Endpoint,
    key: bytes,
    parties: plan.Parties,
    terms: plan.Terms,
    folder: Path,
    wait_seconds: float = 120.0,
) -> Deployment:
    """Carry the plan out and return what stands in `folder`/<chainId>.json; a second run only checks.

    Raises WrongChain (the file or the journal names other code), DeploymentRefused, DeploymentStuck, ChainUnreachable.
    """
    chain_id = int(_asked(endpoint, "eth_chainId"), 16)
    path = folder / f"{chain_id}.json"
    if path.exists():
        return _checked(endpoint, Deployment.load(path))
    abi = Abi(load(name) for name in _names(parties, terms))
    site = _Site(endpoint, coincurve.PrivateKey(key), chain_id, path.with_suffix(".journal"), abi, wait_seconds)
    if site.deployer != parties.deployer:
        raise DeploymentRefused("the key is not the deployer's", key=site.deployer, deployer=parties.deployer)
    _carry_out(site, plan.steps(parties, terms))
    deployment = _described(site, parties)
    deployment.save(path)
    site.journal.unlink()
    return deployment


def _names(parties: plan.Parties, terms: plan.Terms) -> list[str]:
    return [step.name for step in plan.steps(parties, terms) if isinstance(step, plan.Deploy)]


def _checked(endpoint: Endpoint, deployment: Deployment) -> Deployment:
    check_deployment(endpoint, deployment)
    return deployment


# -------------------------------------------------------------------------------------------------------- the steps


def _carry_out(site: _Site, steps: Sequence[plan.Step]) -> None:
    """Do what is not done yet, in order, and wait until all of it is."""
    _wait(site, "transactions of an earlier run", lambda: _pending(site) == _nonce(site))
    todo = _not_done(site, steps)
    for step, raw in list(_signed(site, todo)):
        _send(site, step, raw)
    _wait(site, "the last step", lambda: not _not_done(site, todo[-1:]))
    undone = _not_done(site, todo)
    if undone:
        raise DeploymentRefused("a step was sent and not done", step=_label(undone[0]))


def _not_done(site: _Site, steps: Sequence[plan.Step]) -> list[plan.Step]:
    """Return the steps that the chain does not show; the first run knows no address, so nothing is done.

    A contract that follows one that is missing is made anew: its constructor may have been given the missing one.
    """
    known = _read_journal(site)
    site.addresses.update(known)
    undone: list[plan.Step] = []
    for step in steps:
        if isinstance(step, plan.Deploy):
            done = not undone and step.name in known and _is_deployed(site, step.name)
        else:
            done = step.target.name in known and all(_holds(site, step, probe) for probe in step.probes)
        if not done:
            undone.append(step)
    return undone


def _is_deployed(site: _Site, name: str) -> bool:
    """Return whether the contract stands at its address; raises WrongChain when something else does."""
    code = _code(site.endpoint, site.addresses[name])
    if code and not load(name).matches(code):
        raise WrongChain("other code than the artefact's", contract=name, address=site.addresses[name])
    return bool(code)


def _holds(site: _Site, step: plan.Call, probe: plan.Probe) -> bool:
    """Return whether a view says what it should; a contract that is not there yet says nothing."""
    address = site.addresses[step.target.name]
    args = site.resolved(probe.args)
    function = site.abi.function(step.target.name, probe.function, len(args))
    try:
        answer = site.endpoint.call("eth_call", {"to": address, "data": to_hex(function.encode(args))}, "latest")
    except RpcError:
        return False
    wanted = site.resolved(probe.expected)
    return answer not in ("0x", None) and bool(function.decode(from_hex(answer)) == wanted)


def _signed(site: _Site, steps: Sequence[plan.Step]) -> Iterator[tuple[plan.Step, bytes]]:
    """Fix the addresses of what is to be deployed, write them down, then sign everything."""
    nonce, (max_fee, priority) = _nonce(site), _fees(site)
    for place, step in enumerate(steps):
        if isinstance(step, plan.Deploy):
            site.addresses[step.name] = create_address(site.deployer, nonce + place)
    write_whole(site.journal, json.dumps({"chain_id": site.chain_id, "addresses": site.addresses}) + "\n")
    for place, step in enumerate(steps):
        to, data, gas = _transaction(site, step)
        fields = TxFields(site.chain_id, nonce + place, to, data, 0, gas, max_fee, priority)
        yield step, sign_fields(fields, site.key)[0]


def _transaction(site: _Site, step: plan.Step) -> tuple[str, bytes, int]:
    """Return address ("" to create), data and a gas limit: later steps cannot be estimated before the earlier ones."""
    args = site.resolved(step.args)
    if isinstance(step, plan.Deploy):
        data = load(step.name).bytecode + site.abi.constructor(step.name, args)
        return "", data, _DEPLOY_GAS + _GAS_A_BYTE * len(data)
    data = site.abi.function(step.target.name, step.function, len(args)).encode(args)
    return site.addresses[step.target.name], data, _CALL_GAS + _GAS_A_SELECTOR * len(step.probes)


def _send(site: _Site, step: plan.Step, raw: bytes) -> None:
    try:
        site.endpoint.call("eth_sendRawTransaction", to_hex(raw))
    except RpcError as problem:
        if meaning_of(problem.said) not in _SENT:
            raise DeploymentRefused("the endpoint refuses it", step=_label(step), said=problem.said) from problem


def _label(step: plan.Step) -> str:
    return f"deploy {step.name}" if isinstance(step, plan.Deploy) else f"{step.target.name}.{step.function}"


def _wait(site: _Site, what: str, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + site.wait_seconds
    pause = 0.02
    while not done():
        if time.monotonic() > deadline:
            raise DeploymentStuck(waited_for=what, seconds=str(site.wait_seconds))
        time.sleep(pause)
        pause = min(1.0, pause * 1.5)


# -------------------------------------------------------------------------------------------------- what is written


def _read_journal(site: _Site) -> Mapping[str, str]:
    if not site.journal.exists():
        return {}
    kept = json.loads(site.journal.read_text())
    if kept["chain_id"] != site.chain_id:
        raise WrongChain("the journal is of another chain", journal=kept["chain_id"], found=site.chain_id)
    addresses: dict[str, str] = kept["addresses"]
    return addresses


def _described(site: _Site, parties: plan.Parties) -> Deployment:
    contracts = {name: _contract(site.endpoint, address) for name, address in site.addresses.items()}
    roles = tuple(RoleHolder(role.name.lower(), account, plan.DELAYS[role]) for role, account in plan.members(parties))
    return Deployment(
        chain_id=site.chain_id,
        block=min(contract.block for contract in contracts.values()),
        contracts=contracts,
        roles=roles,
        signers={"bank": parties.bank_signers, "auditors": parties.auditors},
    )


def _contract(endpoint: Endpoint, address: str) -> Contract:
    """Describe what stands at an address; its block is the first that has its code, found by halving."""
    low, high = 0, int(_asked(endpoint, "eth_blockNumber"), 16)
    while low < high:
        middle = (low + high) // 2
        if _code(endpoint, address, hex(middle)):
            high = middle
        else:
            low = middle + 1
    return Contract(address, to_hex(keccak(_code(endpoint, address))), low)


def _code(endpoint: Endpoint, address: str, at: str = "latest") -> bytes:
    return from_hex(_asked(endpoint, "eth_getCode", address, at))


def _nonce(site: _Site) -> int:
    return int(_asked(site.endpoint, "eth_getTransactionCount", site.deployer, "latest"), 16)


def _pending(site: _Site) -> int:
    return int(_asked(site.endpoint, "eth_getTransactionCount", site.deployer, "pending"), 16)


def _fees(site: _Site) -> tuple[int, int]:
    """Return max fee and tip: twice the base fee leaves room for several full blocks."""
    base = int(_asked(site.endpoint, "eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
    tip = int(_asked(site.endpoint, "eth_maxPriorityFeePerGas"), 16)
    return 2 * base + tip, tip


def _asked(endpoint: Endpoint, method: str, *params: Any) -> Any:
    try:
        return endpoint.call(method, *params)
    except RpcError as problem:
        raise ChainUnreachable(f"{method} failed", problem=problem.said) from problem
