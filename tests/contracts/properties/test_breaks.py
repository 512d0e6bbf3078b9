"""The list of breaks stays true: each still fits its source, each names a property, and no invariant is without one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contracts.properties.break_it import BREAKS, ROOT, broken

INVARIANTS = {*(f"T{n}" for n in range(1, 7)), *(f"V{n}" for n in range(1, 5)), *(f"N{n}" for n in range(1, 9))}


@pytest.mark.parametrize("change", BREAKS, ids=[f"{one['invariant']} {one['file']}" for one in BREAKS])
def test_every_break_still_fits_its_source(change: dict[str, str]) -> None:
    """The text that it replaces stands there, once."""
    text = (ROOT / "contracts" / change["file"]).read_text(encoding="utf-8")
    assert broken(text, change) != text


def test_every_invariant_has_a_property_and_a_break() -> None:
    """The property's name begins with the invariant's."""
    texts = (path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    properties = {name for text in texts for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}
    assert {change["invariant"] for change in BREAKS} == INVARIANTS | {"identity", "twin"}
    for change in BREAKS:
        assert change["test"] in properties
        assert change["invariant"] == "twin" or change["test"].startswith(f"test_{change['invariant'].lower()}_")
