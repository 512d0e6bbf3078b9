"""Who may call what, and how long before it must be announced: the access manager, as far as the contracts feel it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from tradecoin.twin import errors
from tradecoin.twin.world import DAY, Contract, World, external

P = ParamSpec("P")
T = TypeVar("T")
Operation = tuple[str, str, str, tuple[object, ...]]
EXPIRES_AFTER = 7 * DAY


class Role(Enum):
    """A power, and the seconds between scheduling its use and using it."""

    GOVERNOR = "governor", 2 * DAY
    GUARDIAN = "guardian", 0
    COMPLIANCE = "compliance", 0
    SEIZER = "seizer", DAY

    @property
    def delay(self) -> int:
        """Seconds between scheduling and doing."""
        return self.value[1]


class Manager(Contract):
    """Roles with members, and the operations that were scheduled."""

    def __init__(self, world: World, address: str, members: Mapping[Role, frozenset[str]]) -> None:
        super().__init__(world, address)
        self.members = dict(members)
        self.scheduled: dict[Operation, int] = {}

    @external
    def schedule(self, target: Contract, function: str, args: tuple[object, ...], *, sender: str) -> None:
        """Announce a call that is possible after the role's delay and for a week from then on."""
        role: Role = getattr(type(target), function).role
        if sender not in self.members[role] or role.delay == 0:
            raise errors.AccessManagerUnauthorizedCall(sender, target.address, None)
        operation = (sender, target.address, function, args)
        if operation in self.scheduled and self.world.now < self.scheduled[operation] + EXPIRES_AFTER:
            raise errors.AccessManagerAlreadyScheduled(None)
        self.scheduled[operation] = self.world.now + role.delay

    def check(self, target: Contract, function: str, args: tuple[object, ...], sender: str, role: Role) -> None:
        """Raise unless the sender may make this call now; uses up what was scheduled."""
        if sender not in self.members[role]:
            raise errors.AccessManagedUnauthorized(sender)
        if role.delay == 0:
            return
        ready = self.scheduled.get((sender, target.address, function, args))
        if ready is None:
            raise errors.AccessManagerNotScheduled(None)
        if self.world.now < ready:
            raise errors.AccessManagerNotReady(None)
        if self.world.now >= ready + EXPIRES_AFTER:
            raise errors.AccessManagerExpired(None)
        del self.scheduled[sender, target.address, function, args]


class Managed(Protocol):
    """A contract under a manager."""

    world: World
    manager: Manager
    address: str


M = TypeVar("M", bound=Managed)


def restricted(role: Role) -> Callable[[Callable[Concatenate[M, P], T]], Callable[Concatenate[M, P], T]]:
    """Mark a function that only members of the role call, announced where it has a delay. Arguments by place."""

    def mark(function: Callable[Concatenate[M, P], T]) -> Callable[Concatenate[M, P], T]:
        @wraps(function)
        def call(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
            with self.world.all_or_nothing():
                self.manager.check(self, function.__name__, args, kwargs["sender"], role)
                return function(self, *args, **kwargs)

        call.role = role  # type: ignore[attr-defined]
        return call

    return mark
