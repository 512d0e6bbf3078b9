"""Whether the powers on the chain are those of the role manifest: nobody more, nobody less, no shorter delay."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from tradecoin.adapters.chain.abi import Abi
from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.adapters.chain.hexes import from_hex, to_hex
from tradecoin.adapters.chain.rpc import Endpoint, RpcError
from tradecoin.artefacts import load
from tradecoin.artefacts.plan import Role
from tradecoin.ports.chain import ChainUnreachable

_MANAGER: Final = "AccessManager"


@dataclass(frozen=True, slots=True)
class RoleDifference:
    """A role that an account holds otherwise than written; a delay of None means not at all, else seconds."""

    role: str
    account: str
    wanted: int | None
    found: int | None


def check_roles(endpoint: Endpoint, deployment: Deployment) -> tuple[RoleDifference, ...]:
    """Compare everybody who was ever granted a role, and everybody in the manifest, with what the manager says now.

    An empty result means that the manifest holds. Raises ChainUnreachable.
    """
    abi = Abi([load(_MANAGER)])
    written = {(_role_id(holder.role), holder.account): holder.delay for holder in deployment.roles}
    accounts = sorted({*written, *_ever_granted(endpoint, abi, deployment)})
    found = _held(endpoint, abi, deployment, accounts)
    return tuple(
        RoleDifference(_role_name(role), account, written.get((role, account)), found[role, account])
        for role, account in accounts
        if written.get((role, account)) != found[role, account]
    )


def _ever_granted(endpoint: Endpoint, abi: Abi, deployment: Deployment) -> Iterable[tuple[int, str]]:
    shape = next(shape for shape in abi.events.values() if shape.name == "RoleGranted")
    wanted = {
        "address": deployment.address(_MANAGER),
        "topics": [shape.topic],
        "fromBlock": hex(deployment.block),
        "toBlock": "latest",
    }
    try:
        logs = endpoint.call("eth_getLogs", wanted)
    except RpcError as problem:
        raise ChainUnreachable("the endpoint gives no logs", problem=problem.said) from problem
    decoded = (shape.decode(log["topics"], log["data"]) for log in logs)
    return {(args["roleId"], args["account"]) for args in decoded}


def _held(
    endpoint: Endpoint, abi: Abi, deployment: Deployment, accounts: list[tuple[int, str]]
) -> dict[tuple[int, str], int | None]:
    """Return the execution delay by role and account, None for who is no member."""
    function = abi.function(_MANAGER, "hasRole", 2)
    manager = deployment.address(_MANAGER)
    calls = [("eth_call", [{"to": manager, "data": to_hex(function.encode(pair))}, "latest"]) for pair in accounts]
    return {
        pair: _delay(function.decode(from_hex(_answered(answer))))
        for pair, answer in zip(accounts, endpoint.batch(calls), strict=True)
    }


def _answered(answer: Any) -> str:
    if not isinstance(answer, str):
        raise ChainUnreachable("the endpoint could not run a view", problem=str(answer))
    return answer


def _delay(membership: tuple[bool, int]) -> int | None:
    is_member, delay = membership
    return delay if is_member else None


def _role_id(name: str) -> int:
    return int(Role[name.upper()]) if name.upper() in Role.__members__ else int(name)


def _role_name(number: int) -> str:
    return Role(number).name.lower() if number in set(Role) else str(number)
