"""What the command line's tests share: a run in this process, the real API on a real port, a node's settings."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
import uvicorn
from fastapi import FastAPI

from tradecoin.cli import main
from tradecoin.flow.api_key import make_key
from tradecoin.ports.store import Store

ISSUER = ("--account", "NL91ABNA0417164300", "--account-name", "Narrow Coin Issuer", "--town", "Amsterdam")


@dataclass(frozen=True)
class Told:
    """What a command ended with and wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)


class Shell:
    """Runs commands in this process."""

    def __init__(
        self, capture: pytest.CaptureFixture[str], url: str = "", tokens: dict[str, str] | None = None
    ) -> None:
        self._capture = capture
        self.url = url
        self.tokens = tokens or {}

    def __call__(self, *words: object, role: str = "") -> Told:
        """Run one; with a role its key is shown to the API."""
        self._capture.readouterr()
        door = ["--url", self.url, "--key", self.tokens[role]] if role else []
        code = main([*map(str, words), *door])
        wrote = self._capture.readouterr()
        return Told(code, wrote.out, wrote.err)


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Serve an app on a free port of this machine; its log, which is another process's in real life, is dropped."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.002)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
    structlog.reset_defaults()


def tokens(store: Store) -> dict[str, str]:
    """Make a key for each role; the operator's and the approver's are of different clients."""
    wanted = {
        "admin": ("admin",),
        "operator": ("client", "operator", "auditor"),
        "approver": ("approver",),
        "auditor": ("auditor",),
        "client": ("client",),
    }
    return {
        role: store.write(lambda tx, role=role, scopes=scopes: make_key(tx, role, scopes)[1])  # type: ignore[misc]
        for role, scopes in wanted.items()
    }


def new_node(shell: Shell, folder: Path, *more: object) -> Path:
    """Make a node's settings, keys and database in `folder`; return its node.toml."""
    told = shell("init", "--folder", folder, *ISSUER, *more, "-o", "json")
    assert told.code == 0, told.err
    return Path(told.json["config"])


def edited(config: Path, old: str, new: str) -> Path:
    """Change the settings; the text must be there."""
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))
    return config
