"""The committed artefacts are what the sources compile to, and carry nothing of the machine they were built on."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tradecoin.artefacts import NAMES, load

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "node" / "tradecoin" / "artefacts"
PACKAGES = Path(os.environ.get("TRADECOIN_NODE_MODULES", ROOT / "node_modules"))


@pytest.mark.npm
@pytest.mark.slow
def test_the_artefacts_are_what_the_sources_compile_to() -> None:
    """Byte by byte, with the pinned compiler."""
    assert shutil.which("node"), "node is missing"
    command = [sys.executable, str(ROOT / "scripts" / "build_contracts.py"), "--check", "--node-modules", str(PACKAGES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_missing_compiler_is_said_plainly(tmp_path: Path) -> None:
    """Not with a traceback."""
    command = [sys.executable, str(ROOT / "scripts" / "build_contracts.py"), "--check", "--node-modules", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the compiler could not run" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_an_artefact_says_how_it_was_made(name: str) -> None:
    """Compiler, settings and the hash of every source, by names that are the same on every machine."""
    artefact = load(name)
    assert artefact.compiler["version"].startswith("0.8.37")
    assert artefact.compiler["settings"]["evmVersion"] == "prague"
    assert artefact.compiler["settings"]["optimizer"] == {"enabled": True, "runs": 200}
    assert all(path.startswith(("contracts/", "@openzeppelin/contracts/")) for path in artefact.sources)
    assert len(artefact.deployed_bytecode) <= 24_576


def test_the_npm_lock_names_no_registry() -> None:
    """It must work behind any mirror."""
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    pinned = json.loads((ROOT / "package.json").read_text())
    versions = [*pinned["devDependencies"].values(), *pinned["optionalDependencies"].values()]
    assert all(version[0].isdigit() for version in versions)
