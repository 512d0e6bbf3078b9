"""Other processes that use the same database, for tests of what survives and of who gets what."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

_SETUP = """
import sys
from tests.stores import HandClock, row
from tradecoin.adapters.store import open_store
from tradecoin.domain.party import Customer
store = open_store(sys.argv[1], clock=HandClock())
def say(text): print(text, flush=True)
"""


def child(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process that runs `program` with an open `store`; `say` prints a line at once."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _SETUP + program, *arguments],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "node"), str(ROOT / "devnet")])},
    )


def said(program: str, *arguments: str) -> list[str]:
    """Run a child to its end and return its lines."""
    with child(program, *arguments) as running:
        out, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    return out.splitlines()
