"""A node that runs: the API on its port, the worker beside it, both until SIGTERM."""

import gc
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Final

import uvicorn

from tradecoin import logs
from tradecoin.adapters.chain.rpc import HttpEndpoint
from tradecoin.adapters.devnet_controls import HttpDevnetControls
from tradecoin.api import Services, create_app
from tradecoin.config import Profile, Settings
from tradecoin.domain.errors import Unavailable
from tradecoin.flow.forks import stopped_facts
from tradecoin.wiring.node import Node, open_node
from tradecoin.wiring.work import worker_of

_STOP_SECONDS: Final = 20
_GARBAGE: Final = (50_000, 20, 20)
"""Python looks for cycles after so many new objects, 700 unless told. A file of 10,000 credits makes a million objects
that live long and hold none: looking for them took a third of the time."""


class PortBusy(Unavailable):
    """Something else listens on the port."""

    code = "port_busy"


def serve(settings: Settings, *, ready: Callable[[str], None] = lambda url: None) -> bool:
    """Run API and worker until SIGTERM or SIGINT; return whether every invariant held.

    Raises PortBusy, and what `open_node` raises. `ready` gets the address once requests are taken.
    """
    logs.configure()
    listener = _listener(settings)
    try:
        node = open_node(settings)
        gc.freeze()
        gc.set_threshold(*_GARBAGE)
        try:
            return _run(node, listener, ready)
        finally:
            node.close()
    finally:
        listener.close()


def _listener(settings: Settings) -> socket.socket:
    """Take the port before anything is opened; nobody is answered yet. Raises PortBusy."""
    told = settings.api
    kind = socket.AF_INET6 if ":" in told.host else socket.AF_INET
    listener = socket.socket(kind)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((told.host, told.port))
        listener.listen()
    except OSError as error:
        listener.close()
        problem = f"the API cannot listen on {told.host} port {told.port}: {error.strerror}"
        raise PortBusy(problem) from error
    return listener


def _run(node: Node, listener: socket.socket, ready: Callable[[str], None]) -> bool:
    """Serve requests and work until told to stop."""
    stop, broken = threading.Event(), threading.Event()
    worker = threading.Thread(target=worker_of(node, stop=stop, broken=broken).run, name="worker")
    app = create_app(services_for(node, origin=_url(listener), worker_lives=worker.is_alive, broken=broken))
    config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=_STOP_SECONDS)
    server = _Server(config, lambda: ready(_url(listener)))
    _outlive_signals(stop)
    worker.start()
    try:
        server.run(sockets=[listener])
    finally:
        stop.set()
        worker.join(_STOP_SECONDS)
    return not broken.is_set()


class _Server(uvicorn.Server):
    """A server that tells when it takes requests."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if self.started:
            self._started()


def _outlive_signals(stop: threading.Event) -> None:
    """Let the end of the server not be the end of the process.

    When it has stopped, uvicorn sends itself the signal once more; without handlers of our own that would kill us
    before the worker has ended its steps.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def _url(listener: socket.socket) -> str:
    """Write where the API listens."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def services_for(node: Node, *, origin: str, worker_lives: Callable[[], bool], broken: threading.Event) -> Services:
    """Return what the API works with, told as `origin`; the checks are those that /readyz lists."""
    settings = node.settings
    controls = None
    if settings.profile is Profile.DEVNET and settings.clock_file is not None and settings.bank.url:
        chain = HttpEndpoint(settings.chain.rpc)
        controls = HttpDevnetControls(settings.clock_file, chain, settings.bank.url)
    return Services(
        store=node.store,
        chain=node.chain,
        format=node.format,
        terms=node.terms,
        token_name=node.token_name,
        token_symbol=node.chain.read("Token", "symbol"),
        origin=origin,
        key_addresses={name: node.keys.address(name) for name in ("relay", "payer")},
        deployment=asdict(node.deployment),
        devnet=controls,
        checks={
            "worker": worker_lives,
            "invariants": lambda: not broken.is_set(),
            "database": lambda: node.store.read(lambda tx: tx.now) is not None,
            "chain": lambda: node.chain.head().number >= 0,
            "chain_is_one": lambda: node.store.read(stopped_facts) is None,
        },
    )
