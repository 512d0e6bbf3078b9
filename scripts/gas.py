"""Print what each call of the contracts costs, all in, measured on the embedded chain.

    python scripts/gas.py [-o json] [--write]

Without `-o` a table with the gate and the stretch figure of each row; exit 1 when a gate is not reached. `--write`
renews the snapshot that the tests compare with.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOT = ROOT / "tests" / "contracts" / "snapshots" / "gas.json"


def main(argv: list[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")
    parser.add_argument("--write", action="store_true", help="renew the snapshot")
    options = parser.parse_args(argv)
    os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
    sys.path[:0] = [str(ROOT / part) for part in ("", "node", "devnet")]
    from tests.contracts.gas import TABLE, measure

    figures = measure()
    if options.write:
        SNAPSHOT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.output == "json":
        print(json.dumps(figures))
        return 0
    for name, gas in figures.items():
        bar = TABLE[name]
        verdict = "stretch" if gas <= bar.stretch else "gate" if gas <= bar.gate else "ABOVE THE GATE"
        print(f"{name:52}{gas:>11,}{bar.gate:>11,}{bar.stretch:>11,}  {verdict}")
    return 1 if any(gas > TABLE[name].gate for name, gas in figures.items()) else 0


if __name__ == "__main__":
    sys.exit(main())
