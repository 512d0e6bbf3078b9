"""The twin has the functions, roles and errors of the contracts, and no others."""

from __future__ import annotations

import inspect

import pytest

from tradecoin.artefacts import load
from tradecoin.artefacts.plan import DELAYS, POWERS
from tradecoin.artefacts.plan import Role as PlanRole
from tradecoin.twin import errors
from tradecoin.twin.manager import Role
from tradecoin.twin.narrow_bank import NarrowBank
from tradecoin.twin.reserves import Reserves
from tradecoin.twin.token import Token

CONTRACTS = {"Token": Token, "Reserves": Reserves, "NarrowBank": NarrowBank}
OURS = ("NarrowBank", "Reserves", "Token")
# What libraries may say for reasons that the twin does not have: code that lies as data, bytes, and hashes.
ONLY_ON_CHAIN = {
    *("BadSignatureLength", "CheckpointUnorderedInsertion", "InvalidAccountNonce", "InvalidShortString"),
    *("StringTooLong", "SafeERC20FailedOperation", "ECDSAInvalidSignature", "ECDSAInvalidSignatureLength"),
    *("ECDSAInvalidSignatureS", "Create2EmptyBytecode", "FailedDeployment", "InsufficientBalance"),
    *("AccessManagedInvalidAuthority", "AccessManagedRequiredDelay", "ERC20InvalidApprover", "ERC20InvalidSender"),
    "ERC7943CannotTransfer",  # of the standard's interface; our token always knows a better reason
}


def abi_errors(*names: str) -> dict[str, int]:
    """Every error of some artefacts, with the number of its facts."""
    entries = [entry for name in names for entry in load(name).abi if entry["type"] == "error"]
    return {entry["name"]: len(entry["inputs"]) for entry in entries}


def twin_errors() -> dict[str, int]:
    """Every error of the twin, with the number of facts in its docstring."""
    found = [one for _, one in inspect.getmembers(errors, inspect.isclass) if one is not errors.Refused]
    texts = {one.__name__: inspect.getdoc(one) or "" for one in found}
    return {name: 0 if text == "Nothing." else text.count(",") + 1 for name, text in texts.items()}


def test_every_error_of_the_twin_is_one_of_the_contracts() -> None:
    """By name and by number of facts."""
    known = abi_errors(*OURS, "AccessManager")
    assert {name: known.get(name) for name in twin_errors()} == twin_errors() | {"OutOfBounds": 2}


def test_every_error_of_the_contracts_is_in_the_twin() -> None:
    """Except those that speak of bytes and hashes."""
    assert set(abi_errors(*OURS)) - set(twin_errors()) <= ONLY_ON_CHAIN


@pytest.mark.parametrize("name", OURS)
def test_the_twin_has_every_function_that_changes_something(name: str) -> None:
    """A new function of a contract appears in the twin, or the twin is no judge of it."""
    entries = [entry for entry in load(name).abi if entry["type"] == "function"]
    changing = {entry["name"] for entry in entries if entry["stateMutability"] == "nonpayable"}
    assert {one for one in changing if not hasattr(CONTRACTS[name], one)} == {"setAuthority"}


@pytest.mark.parametrize("name", OURS)
def test_the_twin_gives_every_power_to_the_role_of_the_plan(name: str) -> None:
    """Who may do what is the same, and with the same delay."""
    of_plan = {function: role.name for role, functions in POWERS[name].items() for function in functions}
    of_twin = {n: one.role.name for n, one in inspect.getmembers(CONTRACTS[name]) if hasattr(one, "role")}
    assert of_twin | dict.fromkeys(of_plan.keys() & {"veto", "void"}, "GUARDIAN") == of_plan
    assert {role.name: role.delay for role in Role} == {
        role.name: delay for role, delay in DELAYS.items() if role is not PlanRole.ADMIN
    }
