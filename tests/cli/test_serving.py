"""`serve` and the parties as processes of their own: what stops them at the start, and how they end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.kit import Shell, edited
from tests.cli.onchain import Chained
from tradecoin.signing.keys import make_key

ROOT = Path(__file__).parents[2]
_SECONDS = 60


def _command(*words: object) -> list[str]:
    return [sys.executable, "-m", "tradecoin", *map(str, words)]


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": f"{ROOT / 'node'}:{ROOT / 'devnet'}", "PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}


@contextmanager
def _running(*words: object) -> Iterator[subprocess.Popen[str]]:
    """Run a process that serves, and see to it that it does not stay."""
    process = subprocess.Popen(
        _command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment()
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield held.getsockname()[1]


@pytest.fixture
def config(shell: Shell, tmp_path: Path, chained: Chained) -> Path:
    """Settings of a node that could be served, on a free port."""
    return edited(chained.node(shell, tmp_path / "n"), "port = 8400", "port = 0")


def test_a_busy_port_is_named(shell: Shell, config: Path, busy: int) -> None:
    """Exit code 3, before the database or the chain is touched."""
    told = shell("serve", "--config", edited(config, "port = 0", f"port = {busy}"))
    assert (told.code, told.out) == (3, "")
    assert "port_busy" in told.err
    assert str(busy) in told.err


def test_another_chain_than_the_databases_is_refused(shell: Shell, config: Path, chained: Chained) -> None:
    """A database belongs to one deployment; so does a deployment to one chain."""
    from tradecoin.adapters.clock import SystemClock
    from tradecoin.adapters.store import open_store

    store = open_store(f"sqlite:///{config.parent / 'node.db'}", clock=SystemClock())
    store.write(lambda tx: tx.set_value("chain.binding", "1:0x00"))
    store.close()
    told = shell("serve", "--config", config)
    assert told.code == 4
    assert "wrong_chain" in told.err


def test_an_unmigrated_database_is_refused(shell: Shell, config: Path) -> None:
    """The sentence says what to do."""
    shell("migrate", "down", "base", "--yes", "--config", config)
    told = shell("serve", "--config", config)
    assert told.code == 4
    assert "unmigrated_database" in told.err


def test_a_silent_chain_is_not_reachable(shell: Shell, config: Path, chained: Chained) -> None:
    """Exit code 3: it may work later."""
    told = shell("serve", "--config", edited(config, chained.url, "http://127.0.0.1:9"))
    assert told.code == 3
    assert "chain_unreachable" in told.err


def test_a_served_node_ends_gracefully(config: Path) -> None:
    """SIGTERM lets it finish; the port is free and the exit code is that of success."""
    with _running("serve", "--config", config) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:"), process.communicate(timeout=_SECONDS)[1]
        port = int(line.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS):
            pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(_SECONDS) == 0
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def _party(tmp_path: Path, chained: Chained, **changes: object) -> Path:
    """Write the settings of a bank signer or an attestor."""
    key = tmp_path / "party.key"
    if not key.exists():
        make_key(key)
    values = {
        "name": "party",
        "port": 0,
        "key_file": str(key),
        "data": str(tmp_path / "party"),
        "bank_url": "http://127.0.0.1:9",
        "bank_id": "BANK",
        "account": "NL91ABNA0417164300",
        "currency": "EUR",
        "decimals": 6,
        "rpc_url": chained.url,
        "chain_id": 31337,
        "token": chained.deployment.address("Token"),
        "narrow_bank": chained.deployment.address("NarrowBank"),
        "reserves": chained.deployment.address("Reserves"),
        **changes,
    }
    path = tmp_path / "party.toml"
    lines = [f"{name} = {value!r}" for name, value in values.items() if value is not None]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"prot": 1}, "prot"),
        ({"account": None}, "account"),
        ({"port": "8411"}, "port"),
        ({"name": 7}, "name"),
    ],
)
@pytest.mark.parametrize("verb", ["attestor", "bank-signer"])
def test_a_partys_bad_settings_are_refused_by_name(
    shell: Shell, tmp_path: Path, chained: Chained, verb: str, change: dict[str, object], said: str
) -> None:
    """Unknown, missing or of another type."""
    told = shell(verb, "serve", "--config", _party(tmp_path, chained, **change))
    assert (told.code, told.out) == (4, "")
    assert said in told.err


@pytest.mark.parametrize("verb", ["attestor", "bank-signer"])
def test_a_partys_busy_port_is_named(shell: Shell, tmp_path: Path, chained: Chained, busy: int, verb: str) -> None:
    """Exit code 3, as for the node."""
    told = shell(verb, "serve", "--config", _party(tmp_path, chained, port=busy))
    assert told.code == 3
    assert str(busy) in told.err


def test_an_attestor_that_sees_no_bank_explains_nothing(shell: Shell, tmp_path: Path, chained: Chained) -> None:
    """It does not guess."""
    told = shell("attestor", "explain", "--config", _party(tmp_path, chained), "-o", "json")
    assert (told.code, told.out) == (3, "")


def test_a_party_starts_without_the_nodes_libraries_and_ends_gracefully(tmp_path: Path, chained: Chained) -> None:
    """Web framework, database layer and chain library stay out of a process that holds a signing key."""
    code = (
        "import sys; from tradecoin.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'web3', 'fastapi', 'sqlalchemy', 'pydantic', 'eth_account'} & set(sys.modules);"
        "print(sorted(heavy)); sys.exit(code)"
    )
    words = ["attestor", "serve", "--config", str(_party(tmp_path, chained))]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, text=True, env=_environment()
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening on http://127.0.0.1:")
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=_SECONDS)
    finally:
        process.kill()
    assert (process.returncode, rest.strip()) == (0, "[]")
