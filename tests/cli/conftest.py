"""A shell by itself, a shell in front of the real API, and a chain with our contracts behind HTTP."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.chain.kit import deployed, fresh_endpoint
from tests.api.kit import Ground, ground_over
from tests.cli.kit import Shell, listening, tokens
from tests.cli.onchain import Chained
from tests.stores import HandClock, fresh_file
from tradecoin.adapters.store import open_store
from tradecoin_devnet.evm.server import RpcServer


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of this machine, and no devnet in the folder, reaches a command."""
    for name in ("URL", "KEY", "CONFIG", "PORT_BASE"):
        monkeypatch.delenv(f"TRADECOIN_{name}", raising=False)
    monkeypatch.setenv("TRADECOIN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell that knows no API."""
    return Shell(capsys)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """The API over a fresh database."""
    clock = HandClock()
    store = open_store(fresh_file(tmp_path), clock=clock)
    with ground_over(store, clock) as made:
        yield made
    store.close()


@pytest.fixture
def api(capsys: pytest.CaptureFixture[str], ground: Ground) -> Iterator[Shell]:
    """A shell in front of the API, with a key for each role."""
    with listening(ground.app) as url:
        yield Shell(capsys, url, tokens(ground.store))


@pytest.fixture(scope="session")
def chained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chained]:
    """The embedded chain with our contracts behind HTTP."""
    folder = tmp_path_factory.mktemp("deployments")
    endpoint = fresh_endpoint()
    deployment = deployed(endpoint, folder)
    server = RpcServer(0)
    server.rpc = endpoint.chain.rpc
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Chained(f"http://127.0.0.1:{server.port}", endpoint, deployment, folder / "31337.json")
    server.shutdown()
    server.server_close()
    thread.join()
