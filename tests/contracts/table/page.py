"""The table as data, and the page that is made from it: `python -m tests.contracts.table.page` writes the page."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from tests.contracts.table.states import STATES

TABLE = Path(__file__).with_name("function_by_state.csv")
PAGE = Path(__file__).resolve().parents[3] / "docs/function-by-state.md"
Table = Mapping[tuple[str, str], Mapping[str, str]]

HEAD = """# What works in which state

Made from `tests/contracts/table/function_by_state.csv`; a test walks every cell on the real contracts, another holds
this page to the table. Each cell is one good call by one who may make it, powers with a delay announced in time: `ok`,
or the error.

- **normal**: a fresh report covers the coins, nothing is paused or overdue; another issuer was announced 21 days ago
- **issue paused**, **token paused**: by the guardian, for a day
- **stale**: the last report is older than `maxAge`, and no covering one was accepted for 30 days
- **short**: a fresh report that does not cover the coins; no covering one was accepted for 30 days
- **overdue**: a request was shown to be overdue, and the notice of a day is over
- **wound down**: after `windDown`; a fresh report covers the coins

`protest` names a request past its time, `cancel`, `accept` and `reclaim` an open one (the one that is overdue in that
state), `settle` and `giveBack` an accepted one; an attestation brings the true figures of its state.
"""


def read_table(path: Path) -> Table:
    """Read the cells by contract and function, then state."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["contract"], row["function"]): {state: row[state] for state in STATES} for row in rows}


def short(function: str) -> str:
    """A function's name, with how many arguments when that tells two forms apart."""
    name, _, rest = function.partition("(")
    if name.endswith("Authorization") and name != "requestWithAuthorization":
        return f"{name}, {'bytes' if rest.endswith(',bytes)') else 'v r s'}"
    forms = {"permit": {"bytes)": "bytes", "bytes32)": "v r s"}, "setFrozenTokens": {"uint256)": "without order"}}
    forms["forcedTransfer"] = forms["setFrozenTokens"]
    said = forms.get(name, {}).get(rest.rsplit(",", 1)[-1], "")
    return f"{name}, {said}" if said else name


def page(table: Table) -> str:
    """Write the table as a page."""
    lines = [HEAD]
    for contract in dict.fromkeys(owner for owner, _ in table):
        lines += [f"## {contract}", "", f"| function | {' | '.join(STATES)} |", "| --- " * (len(STATES) + 1) + "|"]
        for (owner, function), cells in table.items():
            if owner == contract:
                lines.append(f"| `{short(function)}` | {' | '.join(cells[state] for state in STATES)} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(read_table(TABLE)), encoding="utf-8")
