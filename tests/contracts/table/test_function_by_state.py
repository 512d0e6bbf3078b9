"""Every function in every state does what the table says, and the table's page is made from the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts.kit import System, deploy
from tests.contracts.properties.pair import Kept
from tests.contracts.table.calls import ROWS, Scene, outcome
from tests.contracts.table.page import PAGE, TABLE, page, read_table
from tests.contracts.table.states import STATES, prepare
from tradecoin.artefacts import load

DEFAULTS = {"address": "0x" + "11" * 20, "bytes32": b"\1" * 32, "bytes4": b"\1" * 4, "bytes": b"", "bool": True}


@pytest.fixture(scope="module")
def large() -> System:
    """Three of four sign on both sides, so that a set can shrink and a threshold move both ways."""
    return deploy(bank_n=4, audit_n=4, bank_m=3, audit_m=3)


@pytest.fixture
def scene(large: System, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """The system in the state that the test is about."""
    kept = Kept.of(large)
    yield prepare(large, request.param)
    kept.restore()


@pytest.mark.parametrize("scene", STATES, indirect=True, ids=STATES)
def test_every_cell_of_the_table_is_true(scene: Scene, request: pytest.FixtureRequest) -> None:
    """What works and what is refused, with which error, function by function."""
    state = request.node.callspec.params["scene"]
    found = {(contract, name): outcome(scene, contract, name) for contract, rows in ROWS.items() for name in rows}
    assert found == {key: cells[state] for key, cells in read_table(TABLE).items()}


@pytest.mark.parametrize("scene", STATES, indirect=True, ids=STATES)
def test_every_view_answers_in_every_state(scene: Scene) -> None:
    """Readers are never refused, whatever is halted."""
    for name in ROWS:
        for entry in load(name).abi:
            if entry["type"] == "function" and entry["stateMutability"] in ("view", "pure"):
                contract = scene.system.contracts[name]
                if entry["name"] not in ("setFrozenTokens", "forcedTransfer"):
                    contract.call(entry["name"], *(standard(part) for part in entry["inputs"]))


def standard(part: dict[str, Any]) -> Any:
    """Some value of an ABI type."""
    if part["type"].endswith("[]"):
        return [standard(part | {"type": part["type"][:-2]})]
    if part["type"] == "tuple":
        return tuple(standard(inner) for inner in part["components"])
    return DEFAULTS.get(part["type"], 1)


@pytest.mark.parametrize("contract", ROWS)
def test_the_table_has_every_function_that_is_not_a_view(contract: str) -> None:
    """A new function appears in the table or this fails; the forms that only refuse stand there too."""
    entries = [entry for entry in load(contract).abi if entry["type"] == "function"]
    changing = {entry["name"] for entry in entries if entry["stateMutability"] == "nonpayable"}
    wanted = {name for name in load(contract).methods if name.split("(")[0] in changing}
    assert set(ROWS[contract]) == wanted
    assert {name for owner, name in read_table(TABLE) if owner == contract} == wanted


def test_the_page_is_made_from_the_table() -> None:
    """`python -m tests.contracts.table.page` writes it again."""
    assert PAGE.read_text(encoding="utf-8") == page(read_table(TABLE))
