"""The deployment plan leaves exactly the powers of the roles table."""

from dataclasses import replace

import pytest

from tests.contracts.kit import (
    ADMIN,
    ALICE,
    COMPLIANCE,
    DAY,
    DEPLOYER,
    GOVERNOR,
    GUARDIAN,
    HOUR,
    SEIZER,
    System,
    code_matches,
    parties,
    resolve,
)
from tests.contracts.refusals import refuses
from tradecoin.artefacts import NAMES, UnknownContract, load
from tradecoin.artefacts.plan import POWERS, Call, Deploy, Ref, Role, Terms, members, steps


def test_an_unknown_contract_has_no_artefact() -> None:
    """Names come from a fixed list, never from a path."""
    with pytest.raises(UnknownContract):
        load("../Token")
    with pytest.raises(UnknownContract):
        load("Token").selectors("drain")


@pytest.mark.parametrize("name", NAMES)
def test_deployed_code_is_recognised_and_other_code_is_not(system: System, name: str) -> None:
    """Whatever the immutables hold; one changed byte is another contract."""
    assert code_matches(system, name)
    artefact = load(name)
    code = bytearray(artefact.deployed_bytecode)
    code[100] ^= 1
    assert not artefact.matches(bytes(code))
    assert not artefact.matches(b"")


def test_the_deployer_keeps_no_power(system: System) -> None:
    """Neither as administrator nor through any function."""
    assert system.manager.call("hasRole", int(Role.ADMIN), DEPLOYER) == (False, 0)
    with refuses("AccessManagerUnauthorizedAccount", DEPLOYER):
        system.manager.send("grantRole", int(Role.GUARDIAN), DEPLOYER, 0, sender=DEPLOYER)


def test_the_administrator_acts_after_two_days(system: System) -> None:
    """And a guardian cannot stop it: a stolen guardian must not block its own removal."""
    data = system.manager.data("revokeRole", int(Role.GUARDIAN), GUARDIAN)
    with refuses("AccessManagerNotScheduled"):
        system.manager.send("revokeRole", int(Role.GUARDIAN), GUARDIAN, sender=ADMIN)
    system.manager.send("schedule", system.manager.address, data, 0, sender=ADMIN)
    with refuses("AccessManagerUnauthorizedCancel", GUARDIAN):
        system.manager.send("cancel", ADMIN, system.manager.address, data, sender=GUARDIAN)
    system.evm.advance(2 * DAY)
    system.manager.send("revokeRole", int(Role.GUARDIAN), GUARDIAN, sender=ADMIN)
    assert system.manager.call("hasRole", int(Role.GUARDIAN), GUARDIAN) == (False, 0)


def test_a_guardian_cancels_what_the_governor_scheduled(system: System) -> None:
    """Seen coming, and stopped."""
    data = system.bank.data("setPayer", ALICE)
    system.manager.send("schedule", system.bank.address, data, 0, sender=GOVERNOR)
    system.manager.send("cancel", GOVERNOR, system.bank.address, data, sender=GUARDIAN)
    system.evm.advance(2 * DAY)
    with refuses("AccessManagerNotScheduled"):
        system.bank.send("setPayer", ALICE, sender=GOVERNOR)


@pytest.mark.parametrize("name", ["NarrowBank", "Reserves", "Token"])
def test_every_restricted_function_has_its_role(system: System, name: str) -> None:
    """One role per power; no power without a role beside the administrator's own."""
    expected = {
        code: int(role)
        for role, functions in POWERS[name].items()
        for function in functions
        for code in load(name).selectors(function)
    }
    address = system.contracts[name].address
    found = {code: system.manager.call("getTargetFunctionRole", address, code) for code in load(name).methods.values()}
    assert {code: role for code, role in found.items() if role} == expected


def test_the_manifest_names_every_member_once() -> None:
    """It is what the node checks against the chain at start."""
    system_parties = parties((), (), 2, 2)
    manifest = members(system_parties)
    assert manifest == (
        (Role.GOVERNOR, GOVERNOR),
        (Role.GUARDIAN, GUARDIAN),
        (Role.COMPLIANCE, COMPLIANCE),
        (Role.SEIZER, SEIZER),
        (Role.ADMIN, ADMIN),
    )


def test_a_plan_that_was_run_is_done_by_its_probes(system: System) -> None:
    """So a deployment that was cut off can be run again without doing anything twice."""
    plan = steps(parties(system.bank_keys, system.auditor_keys, 2, 2), Terms())
    for step in plan:
        if isinstance(step, Deploy):
            assert step.name in system.contracts
            continue
        for probe in step.probes:
            args = [resolve(system, arg) for arg in probe.args]
            found = system.contracts[step.target.name].call(probe.function, *args)
            assert found == resolve(system, probe.expected), step.function


def test_a_deployer_that_stays_administrator_is_put_under_the_delay() -> None:
    """On a devnet one key may be both; the power still waits two days."""
    both = replace(parties((), (), 2, 2), admin=DEPLOYER)
    last = steps(both, Terms())[-1]
    assert isinstance(last, Call)
    assert (last.function, last.args) == ("grantRole", (0, DEPLOYER, 2 * DAY))
    assert last.target == Ref("AccessManager")


def test_the_terms_keep_the_order_of_times() -> None:
    """A promise to pay, then a notice, both inside the notice of an issuer change."""
    terms = Terms()
    assert HOUR <= terms.sla < terms.sla + 10 * DAY < 21 * DAY
    assert terms.minor_unit <= terms.min_request <= 1_000 * 10**terms.decimals
