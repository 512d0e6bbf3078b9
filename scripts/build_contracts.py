"""Compile the contracts with the npm compiler and write the artefacts that the package carries.

    python scripts/build_contracts.py [--node-modules DIR] [--check]

`--check` writes nothing and exits 1 when a committed artefact is not what the sources compile to. Needs node and the
packages of `package.json`; a user of the node needs neither, because the artefacts are committed.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
TARGET = ROOT / "node" / "tradecoin" / "artefacts"
MANAGER = "@openzeppelin/contracts/access/manager/AccessManager.sol"
# An import of the manager, so that the compiler asks the packages for it.
STUB = "contracts/manager"
# Where each artefact's contract stands. The access manager is deployed as OpenZeppelin wrote it.
BUILT = {
    "AccessManager": MANAGER,
    "NarrowBank": "contracts/NarrowBank.sol",
    "Reserves": "contracts/Reserves.sol",
    "Token": "contracts/Token.sol",
}
SETTINGS: dict[str, Any] = {
    "evmVersion": "prague",
    "optimizer": {"enabled": True, "runs": 200},
    # A fifth less code than the legacy pipeline and less gas in nearly every call (not in a plain transfer).
    "viaIR": True,
    # Without the metadata hash the bytecode changes only when the code does, not when a comment does.
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
}
OUTPUTS = ["abi", "metadata", "storageLayout", "evm.bytecode.object", "evm.deployedBytecode", "evm.methodIdentifiers"]


def standard_input() -> dict[str, Any]:
    """Gather every contract of ours and the entry point into OpenZeppelin, as Solidity standard JSON."""
    sources: dict[str, Any] = {
        path.relative_to(ROOT).as_posix(): {"content": path.read_text(encoding="utf-8")}
        for path in sorted(CONTRACTS.rglob("*.sol"))
    }
    sources[STUB] = {"content": f'import "{MANAGER}";'}
    selection = {"*": {"*": OUTPUTS}}
    return {"language": "Solidity", "sources": sources, "settings": {**SETTINGS, "outputSelection": selection}}


def compile_all(node_modules: Path) -> dict[str, Any]:
    """Run the compiler; exit with its messages when it has any, warnings too."""
    node = shutil.which("node")
    if node is None:
        sys.exit("the compiler could not run: node is not on PATH")
    done = subprocess.run(
        [node, str(CONTRACTS / "compile.cjs"), str(node_modules)],
        input=json.dumps(standard_input()),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"the compiler could not run:\n{done.stderr}")
    output: dict[str, Any] = json.loads(done.stdout)
    messages = [m["formattedMessage"] for m in output.get("errors", []) if _concerns_us(m)]
    if messages:
        sys.exit("\n".join(messages))
    return output


def _concerns_us(message: dict[str, Any]) -> bool:
    place = str((message.get("sourceLocation") or {}).get("file", ""))
    return message["severity"] == "error" or (place.startswith("contracts/") and place != STUB)


def _storage(layout: dict[str, Any]) -> list[dict[str, Any]]:
    """Storage as name, slot, offset and type; the compiler's node numbers, which move with every edit, are left out."""
    return [
        {"name": v["label"], "slot": int(v["slot"]), "offset": v["offset"], "type": re.sub(r"\)\d+", ")", v["type"])}
        for v in layout["storage"]
    ]


def artefact(output: dict[str, Any], name: str) -> dict[str, Any]:
    """One artefact: what is deployed, how it is called, and what it was made from."""
    built = output["contracts"][BUILT[name]][name]
    metadata = json.loads(built["metadata"])
    deployed = built["evm"]["deployedBytecode"]
    places = [place for group in deployed.get("immutableReferences", {}).values() for place in group]
    return {
        "name": name,
        "source": BUILT[name],
        "compiler": {"version": metadata["compiler"]["version"], "settings": SETTINGS},
        "abi": built["abi"],
        "bytecode": "0x" + built["evm"]["bytecode"]["object"],
        "deployed_bytecode": "0x" + deployed["object"],
        "immutables": sorted([p["start"], p["length"]] for p in places),
        "methods": {name: "0x" + code for name, code in sorted(built["evm"]["methodIdentifiers"].items())},
        "storage": _storage(built["storageLayout"]),
        "sources": {path: source["keccak256"] for path, source in sorted(metadata["sources"].items())},
    }


def files(output: dict[str, Any]) -> dict[Path, str]:
    """The text of every artefact file."""
    return {TARGET / f"{name}.json": json.dumps(artefact(output, name), indent=1) + "\n" for name in BUILT}


def main(argv: list[str] | None = None) -> int:
    """Build or check; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--node-modules", type=Path, default=ROOT / "node_modules", help="default: ./node_modules")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on any difference")
    options = parser.parse_args(argv)
    built = files(compile_all(options.node_modules))
    if options.check:
        stale = [path.name for path, text in built.items() if not path.exists() or path.read_text() != text]
        print("\n".join(f"{name} is not what the sources compile to" for name in stale) or "artefacts match")
        return 1 if stale else 0
    for path, text in built.items():
        path.write_text(text, encoding="utf-8")
        size = len(json.loads(text)["deployed_bytecode"]) // 2 - 1
        print(f"{path.relative_to(ROOT)}: {size:,} bytes of code")
    return 0


if __name__ == "__main__":
    sys.exit(main())
