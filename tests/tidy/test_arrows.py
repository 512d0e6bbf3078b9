"""Which way the imports point: the layer contracts, and import by import who may know whom and what from outside."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.tidy.house import ROOT, Source, python_sources

# Each room, and the rooms of the node that it may import beside itself. `tradecoin_devnet` stands for the whole devnet.
INSIDE: Mapping[str, frozenset[str]] = {
    "domain": frozenset(),
    "twin": frozenset(),
    "faults": frozenset(),
    "logs": frozenset(),
    "config": frozenset({"domain"}),
    "ports": frozenset({"domain"}),
    "signing": frozenset({"domain"}),
    "artefacts": frozenset({"domain"}),
    "flow": frozenset({"ports", "domain", "signing", "faults"}),
    "adapters": frozenset({"ports", "domain", "signing", "artefacts", "faults", "logs"}),
    "api": frozenset({"flow", "ports", "domain", "faults", "logs"}),
    "worker": frozenset({"flow", "ports", "domain", "faults", "logs"}),
    "parties": frozenset({"domain", "signing", "twin", "artefacts", "faults", "logs"}),
    "client": frozenset({"domain"}),
    "wiring": frozenset(
        {"api", "worker", "parties", "adapters", "client", "flow", "ports", "signing", "artefacts", "config", "logs"}
        | {"faults", "twin", "domain", "tradecoin_devnet"}
    ),
    "cli": frozenset({"wiring", "client", "domain", "tradecoin_devnet"}),
    "__main__": frozenset({"cli", "wiring", "domain"}),
}

# What a room may import from outside the standard library; a room that is not named here may import nothing.
KEYS = frozenset({"coincurve", "sha3"})
CHAIN = KEYS | {"web3", "eth_abi", "eth_account", "eth_keyfile", "eth_typing", "eth_utils", "hexbytes"}
BANK = frozenset({"lxml", "sepaxml", "mt940", "schwifty", "stdnum"})
STORE = frozenset({"sqlalchemy", "alembic", "psycopg"})
HTTP = frozenset({"httpx"})
API = frozenset({"fastapi", "starlette", "pydantic", "pydantic_core", "prometheus_client", "fastapi_offline"})
OUTSIDE: Mapping[str, frozenset[str]] = {
    "signing": KEYS,
    "config": frozenset({"pydantic", "pydantic_settings"}),
    "logs": frozenset({"structlog"}),
    "artefacts": frozenset(),
    "adapters": CHAIN | BANK | STORE | HTTP | {"msgspec"},
    "api": API,
    "worker": frozenset({"prometheus_client"}),
    "parties": frozenset({"httpx", "lxml", "msgspec"}),
    "client": HTTP,
    "wiring": API | STORE | HTTP | {"web3", "uvicorn"},
    "cli": frozenset({"typer", "rich", "click"}),
    "__main__": frozenset(),
}
FAMILIES = (CHAIN, BANK, STORE, HTTP)


def room(source: Source) -> str:
    """The room of a file of the node: the folder or module right below `tradecoin`; empty for the package itself."""
    first = source.path.removeprefix("node/tradecoin/").split("/")[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """Each module that a file imports, wherever in the file, with its line; relative ones made absolute."""
    package = source.path.removeprefix("node/").removesuffix(".py").split("/")[:-1]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*package[: len(package) - node.level + 1], node.module or ""]).rstrip(".")
            name = base if node.level else node.module or ""
            # `from tradecoin import flow` imports the room, not the package
            yield from ((node.lineno, f"{name}.{a.name}" if name == "tradecoin" else name) for a in node.names)


def wrong_arrows(found: Iterable[Source]) -> list[str]:
    """Complaints about imports that the two tables above do not allow."""
    complaints = []
    for source in found:
        here = room(source)
        for line, name in imported(source):
            top, _, rest = name.partition(".")
            if top in sys.stdlib_module_names:
                continue
            target = rest.split(".")[0] if top == "tradecoin" else top
            ours = top in ("tradecoin", "tradecoin_devnet")
            allowed = INSIDE.get(here, frozenset()) | {here} if ours else OUTSIDE.get(here, frozenset())
            if target not in allowed:
                complaints.append(f"{source.path}:{line}: {here or 'the package'} imports {name}")
    return complaints


def mixed_families(found: Iterable[Source]) -> list[str]:
    """Complaints about adapters that know two outside worlds, such as the chain and the store."""
    complaints = []
    for source in found:
        tops = {name.split(".")[0] for _, name in imported(source)}
        known = [sorted(family & tops) for family in FAMILIES if family & tops]
        if len(known) > 1:
            complaints.append(f"{source.path}: {known}")
    return complaints


def _linted(folder: Path, *roots: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter as a process: it changes the logging of the one that it runs in."""
    run = [sys.executable, "-c", "from importlinter.cli import lint_imports as run; exit(run(no_cache=True))"]
    search = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))}
    return subprocess.run(run, cwd=folder, env=search, capture_output=True, text=True, check=False)


def test_the_layer_contracts_hold() -> None:
    """The contracts in pyproject.toml are kept, indirect imports included; a package that nobody placed breaks them."""
    told = _linted(ROOT, ROOT / "node", ROOT / "devnet")
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize(
    ("path", "text", "broken"),
    [
        ("tradecoin/flow/planted.py", "from tradecoin.adapters import planted", "Layers of the node"),
        ("tradecoin/unplaced.py", "", "Layers of the node"),
        ("tradecoin/domain/planted.py", "import sqlalchemy", "Flows are the verbs only"),
        ("tradecoin/parties/planted.py", "def later():\n    import web3", "Parties start fast"),
        ("tradecoin_devnet/bank/planted.py", "import tradecoin.domain", "The devnet's bank"),
        ("tradecoin_devnet/evm/planted.py", "import tradecoin.domain", "The devnet's chain"),
    ],
)
def test_the_layer_contracts_see_a_planted_import(tmp_path: Path, path: str, text: str, broken: str) -> None:
    """The contracts as they stand go red on an import against an arrow and on a module that nobody placed."""
    devnet = ("anvil", "bank", "clock", "evm")
    for name in [f"tradecoin/{each}" for each in INSIDE] + [f"tradecoin_devnet/{each}" for each in devnet]:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
    for name in ("tradecoin/__init__.py", "tradecoin_devnet/__init__.py", "tradecoin/adapters/planted.py"):
        (tmp_path / name).touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert _linted(tmp_path).returncode == 0
    (tmp_path / path).write_text(text + "\n")
    told = _linted(tmp_path)
    assert told.returncode == 1
    assert [line for line in told.stdout.splitlines() if line.startswith(broken) and line.endswith("BROKEN")]


def test_every_import_is_one_that_its_room_may_make() -> None:
    """Domain, ports and flow stay plain Python; only wiring knows adapters; each outside package has its room."""
    assert wrong_arrows(python_sources("node/tradecoin")) == []


def test_an_adapter_knows_one_outside_world() -> None:
    """A file that talks to the bank does not talk to the chain."""
    assert mixed_families(python_sources("node/tradecoin/adapters")) == []


def test_every_room_is_on_the_plan() -> None:
    """A new package gets its arrows before it gets code."""
    assert {room(source) for source in python_sources("node/tradecoin")} - {""} <= set(INSIDE)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("domain/x.py", "import tradecoin.flow.deposit"),
        ("domain/x.py", "import sqlalchemy"),
        ("domain/sub/x.py", "from ...ports import bank"),
        ("flow/x.py", "from tradecoin import adapters"),
        ("flow/x.py", "def f():\n    import httpx"),
        ("api/x.py", "from tradecoin.adapters.store import Store"),
        ("parties/x.py", "import web3"),
        ("cli.py", "from tradecoin.config import Settings"),
        ("adapters/x.py", "import tradecoin_devnet"),
        ("nowhere/x.py", "import tradecoin.domain.money"),
        ("__init__.py", "from tradecoin.domain import money"),
    ],
)
def test_the_check_of_arrows_sees_a_wrong_one(path: str, line: str) -> None:
    """It goes red on each kind of forbidden import, hidden in a function or written relatively."""
    assert len(wrong_arrows([Source(f"node/tradecoin/{path}", line + "\n")])) == 1


def test_the_check_of_arrows_lets_right_ones_pass() -> None:
    """The standard library, the own room and the rooms further in are nobody's business."""
    right = "import json\nfrom . import deposit\nfrom tradecoin.ports.chain import Chain\n"
    assert wrong_arrows([Source("node/tradecoin/flow/mint.py", right)]) == []
    mixed = Source("node/tradecoin/adapters/x.py", "import web3\nimport sqlalchemy\nimport eth_abi\n")
    assert mixed_families([mixed]) == ["node/tradecoin/adapters/x.py: [['eth_abi', 'web3'], ['sqlalchemy']]"]
