"""Gas, interface and storage as they were when somebody last looked at the difference."""

import json
from pathlib import Path

import pytest

from tests.contracts.abi import kind, signature
from tests.contracts.gas import TABLE, measure
from tradecoin.artefacts import NAMES, load

SNAPSHOTS = Path(__file__).parent.parent / "snapshots"


def test_gas_is_what_it_was() -> None:
    """Exactly. If a change is meant, run `scripts/gas.py --write` and look at the difference."""
    assert measure() == json.loads((SNAPSHOTS / "gas.json").read_text())


def test_the_gates_that_were_reached_stay_reached() -> None:
    """The rows above their gate are named here and in contracts/README.md, so that none joins them unseen."""
    figures = json.loads((SNAPSHOTS / "gas.json").read_text())
    above = {name for name, gas in figures.items() if gas > TABLE[name].gate}
    assert above == {
        "attest, m = 3",
        "attest, m = 5",
        "deploy Token",
        "deploy NarrowBank and Reserves",
    }


def interface(name: str) -> list[str]:
    """Every function, event and error of a contract, one a line."""
    lines = []
    for entry in load(name).abi:
        if entry["type"] in ("function", "event", "error"):
            outputs = ",".join(kind(part) for part in entry.get("outputs", []))
            indexed = "".join("i" if part.get("indexed") else "-" for part in entry["inputs"])
            tail = {"function": f" {entry.get('stateMutability')} -> ({outputs})", "event": f" {indexed}", "error": ""}
            lines.append(f"{entry['type']} {signature(entry)}{tail[entry['type']]}")
    return sorted(lines)


@pytest.mark.parametrize("name", NAMES)
def test_the_interface_is_what_it_was(name: str) -> None:
    """A change here is a breaking change for somebody."""
    assert interface(name) == json.loads((SNAPSHOTS / "abi.json").read_text())[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_storage_is_what_it_was(name: str) -> None:
    """Slot by slot."""
    found = [f"{v['slot']}+{v['offset']} {v['name']} {v['type']}" for v in load(name).storage]
    assert found == json.loads((SNAPSHOTS / "storage.json").read_text())[name]
