"""Break the contracts once for each invariant, in a copy, and see its property go red.

    python -m tests.contracts.properties.break_it [--node-modules DIR] [INVARIANT ...]

Prints a line for each break; exit 1 when one was not noticed. It compiles every time and takes minutes, so it is
no part of the tests: run it when a contract or a property changed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NEEDED = ("contracts", "node", "devnet", "scripts", "tests", "pyproject.toml")
# The first failure is enough; it need not be shrunk.
UNSHRUNK = """

from hypothesis import Phase

settings.register_profile("unshrunk", settings.get_profile("fast"), phases=[Phase.generate])
settings.load_profile("unshrunk")
"""
# Only what a file changes is compiled, by the older pipeline, which is many times faster.
AFFECTED = {"Token.sol": "Token", "Reserves.sol": "Reserves", "MerkleSum.sol": "Reserves", "Quorum.sol": "Reserves"}
BUILD = """
import sys
from pathlib import Path

sys.path.insert(0, "scripts")
import build_contracts as b

name = sys.argv[2]
b.SETTINGS["viaIR"] = False
b.BUILT = {name: b.BUILT[name]}
whole = b.standard_input()
whole["settings"]["outputSelection"] = {b.BUILT[name]: {name: b.OUTPUTS}}
b.standard_input = lambda: whole
for path, text in b.files(b.compile_all(Path(sys.argv[1]))).items():
    path.write_text(text)
"""
BREAKS: list[dict[str, str]] = tomllib.loads(Path(__file__).with_name("breaks.toml").read_text(encoding="utf-8"))[
    "break"
]


class NotOnce(ValueError):
    """The text to break does not stand exactly once in its file."""


def broken(text: str, change: dict[str, str]) -> str:
    """Return a source with the change made; raise NotOnce."""
    if text.count(change["old"]) != 1:
        raise NotOnce(f"{change['invariant']}: {change['file']} has it {text.count(change['old'])} times")
    return text.replace(change["old"], change["new"])


def noticed(change: dict[str, str], node_modules: Path) -> str:
    """Break a copy, build it, run the property; return how it failed, or nothing when it did not."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in NEEDED:
            copy_into(ROOT / name, copy / name)
        source = copy / "contracts" / change["file"]
        source.write_text(broken(source.read_text(encoding="utf-8"), change), encoding="utf-8")
        with (copy / "tests" / "conftest.py").open("a", encoding="utf-8") as conftest:
            conftest.write(UNSHRUNK)
        affected = AFFECTED.get(change["file"], "NarrowBank")
        build = [sys.executable, "-c", BUILD, str(node_modules), affected]
        subprocess.run(build, cwd=copy, check=True, stdout=subprocess.DEVNULL)
        test = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", change["test"]]
        path = os.environ | {"PYTHONPATH": "node:devnet"}
        done = subprocess.run(
            [*test, "tests/contracts/properties"], cwd=copy, check=False, capture_output=True, text=True, env=path
        )
    failures = re.findall(r"^E   +(.+)$", done.stdout, re.MULTILINE)
    return (failures or [f"exit {done.returncode}"])[0] if done.returncode == 1 else ""


def copy_into(source: Path, target: Path) -> None:
    """Copy a file or a folder, without what Python compiled."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)


def main() -> int:
    """Try the breaks of some invariants, all by default."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--node-modules", type=Path, default=ROOT / "node_modules", help="default: ./node_modules")
    parser.add_argument("invariants", nargs="*", help="T1, V3, identity, ...; default: all")
    options = parser.parse_args()
    missed = 0
    for change in BREAKS:
        if options.invariants and change["invariant"] not in options.invariants:
            continue
        how = noticed(change, options.node_modules)
        missed += not how
        print(f"{change['invariant']}\t{change['test']}\t{how or 'NOT NOTICED'}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
