"""How the contracts are deployed and who may do what, as data: the same plan for tests, devnet and a real chain.

`steps` lists deployments and calls in order. A step says by a view call whether it was done already, so that a plan
that was cut off can be run again. Whoever runs it turns `Ref` into the address of an earlier deployment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from tradecoin.artefacts import load

ZERO_ADDRESS = "0x" + "00" * 20
HOUR, DAY = 3_600, 86_400


class Role(IntEnum):
    """Role ids in the AccessManager; 0 is its own administrator. 5 is kept for the sponsors of a Tradecoin."""

    ADMIN = 0
    GOVERNOR = 1
    GUARDIAN = 2
    COMPLIANCE = 3
    SEIZER = 4


# Seconds between scheduling and doing. Taking power away is immediate, giving it takes a delay.
DELAYS = {
    Role.ADMIN: 2 * DAY,
    Role.GOVERNOR: 2 * DAY,
    Role.GUARDIAN: 0,
    Role.COMPLIANCE: 0,
    Role.SEIZER: DAY,
}
# Who may cancel what a role has scheduled. Nobody stands over the administrator: a stolen guardian must not be able to
# block its own removal.
CANCELS = {Role.GOVERNOR: Role.GUARDIAN}
_SIGNER_SETS = {
    Role.GOVERNOR: ("addSigner", "raiseThreshold", "lowerThreshold"),
    Role.GUARDIAN: ("removeSigner",),
}
# Every restricted function of every contract. What stands nowhere belongs to role 0.
POWERS: dict[str, dict[Role, tuple[str, ...]]] = {
    "Token": {
        Role.GOVERNOR: ("announceIssuer", "unpause"),
        Role.GUARDIAN: ("cancelIssuer", "pause"),
        Role.COMPLIANCE: ("setBlocked", "setFrozenTokens"),
        Role.SEIZER: ("forcedTransfer",),
    },
    "Reserves": _SIGNER_SETS,
    "NarrowBank": {
        Role.GOVERNOR: (*_SIGNER_SETS[Role.GOVERNOR], "raiseInstantCap", "raiseLimit", "setPayer", "unpauseIssue"),
        Role.GUARDIAN: (
            *_SIGNER_SETS[Role.GUARDIAN],
            "lowerInstantCap",
            "lowerLimit",
            "pauseIssue",
            "veto",
            "void",
        ),
    },
}


@dataclass(frozen=True)
class Ref:
    """The address of the contract that an earlier step deployed under this name."""

    name: str


@dataclass(frozen=True)
class Probe:
    """A view call on the step's target whose result is `expected` (a tuple of several) once the step was done."""

    function: str
    args: tuple[Any, ...]
    expected: Any


@dataclass(frozen=True)
class Deploy:
    """Create a contract from the artefact of this name."""

    name: str
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Call:
    """Call a function, given by name, of a deployed contract as the deployer; every probe holds afterwards."""

    target: Ref
    function: str
    args: tuple[Any, ...]
    probes: tuple[Probe, ...]


Step = Deploy | Call


@dataclass(frozen=True)
class Parties:
    """Who holds which power, as addresses. Signers ascending as numbers; the two sets are disjoint.

    `bank_threshold` and `auditor_threshold` are the m of m of n, at least 2.
    """

    deployer: str
    admin: str
    governor: str
    guardians: tuple[str, ...]
    compliance: str
    seizer: str
    payer: str
    bank_signers: tuple[str, ...]
    auditors: tuple[str, ...]
    bank_threshold: int = 2
    auditor_threshold: int = 2


@dataclass(frozen=True)
class Terms:
    """What the contracts are deployed with. Amounts in the token's smallest unit, times in seconds."""

    name: str = "Narrow Coin"
    symbol: str = "NRW"
    decimals: int = 6
    minor_unit: int = 10_000
    min_request: int = 1_000_000
    sla: int = 2 * DAY
    max_age: int = 2 * DAY
    announce_delay: int = 6 * HOUR
    instant_cap: int = 10_000_000 * 10**6
    capacity: int = 50_000_000 * 10**6


def steps(parties: Parties, terms: Terms, predecessor: str = ZERO_ADDRESS) -> tuple[Step, ...]:
    """The whole plan: four contracts, the first issuer, the roles, and the deployer's farewell."""
    return (*_contracts(parties, terms, predecessor), *_powers(), *_members(parties), *_farewell(parties))


def _contracts(parties: Parties, terms: Terms, predecessor: str) -> Iterator[Step]:
    manager, token, reserves, bank = Ref("AccessManager"), Ref("Token"), Ref("Reserves"), Ref("NarrowBank")
    yield Deploy("AccessManager", (parties.deployer,))
    yield Deploy("Token", (terms.name, terms.symbol, terms.decimals, manager))
    yield Deploy("Reserves", (manager, token, terms.max_age, parties.auditors, parties.auditor_threshold))
    bank_terms = (
        parties.payer,
        terms.minor_unit,
        terms.min_request,
        terms.sla,
        terms.announce_delay,
        terms.instant_cap,
        terms.capacity,
    )
    signers = (parties.bank_signers, parties.bank_threshold)
    yield Deploy("NarrowBank", (manager, reserves, predecessor, *signers, bank_terms))
    yield Call(token, "setFirstIssuer", (bank,), (Probe("issuer", (), bank),))


def _powers() -> Iterator[Step]:
    manager = Ref("AccessManager")
    for target, powers in POWERS.items():
        for role, functions in powers.items():
            codes = tuple(code for function in functions for code in _restricted(target, function))
            probes = tuple(Probe("getTargetFunctionRole", (Ref(target), code), int(role)) for code in codes)
            yield Call(manager, "setTargetFunctionRole", (Ref(target), codes, int(role)), probes)
    for role, guardian in CANCELS.items():
        probe = Probe("getRoleGuardian", (int(role),), int(guardian))
        yield Call(manager, "setRoleGuardian", (int(role), int(guardian)), (probe,))


def _restricted(target: str, function: str) -> tuple[bytes, ...]:
    return load(target).selectors(function)


def _members(parties: Parties) -> Iterator[Step]:
    for role, account in members(parties):
        if role is Role.ADMIN and account == parties.deployer:
            continue
        yield _grant(role, account)


def members(parties: Parties) -> tuple[tuple[Role, str], ...]:
    """Who holds which role in the end; with `DELAYS` this is the role manifest that the node checks at start."""
    return (
        (Role.GOVERNOR, parties.governor),
        *((Role.GUARDIAN, guardian) for guardian in parties.guardians),
        (Role.COMPLIANCE, parties.compliance),
        (Role.SEIZER, parties.seizer),
        (Role.ADMIN, parties.admin),
    )


def _grant(role: Role, account: str) -> Call:
    delay = DELAYS[role]
    probe = Probe("hasRole", (int(role), account), (True, delay))
    return Call(Ref("AccessManager"), "grantRole", (int(role), account, delay), (probe,))


def _farewell(parties: Parties) -> Iterator[Step]:
    """Leave the deployer without power, or, when it is the administrator itself, under the delay like any other."""
    if parties.deployer == parties.admin:
        yield _grant(Role.ADMIN, parties.admin)
        return
    probe = Probe("hasRole", (int(Role.ADMIN), parties.deployer), (False, 0))
    args = (int(Role.ADMIN), parties.deployer)
    yield Call(Ref("AccessManager"), "renounceRole", args, (probe,))
