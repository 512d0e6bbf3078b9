"""Commands of whoever runs a node: serve it, migrate its database, look at its settings."""

import os
import socket
import threading
from pathlib import Path
from typing import Final

import click

from tradecoin.config import Settings, load_settings
from tradecoin.domain.errors import Unavailable

_STOP_SECONDS: Final = 20

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="TRADECOIN_CONFIG",
    default=Path("node.toml"),
    show_default=True,
    help="TOML file with the node's settings",
)


class PortBusy(Unavailable):
    """Something else listens on the port."""

    code = "port_busy"


@click.command("serve")
@config_option
def _serve(config: Path) -> int:
    """Run the node, API and worker, until SIGTERM."""
    from tradecoin import logs, wiring

    settings = load_settings(config, os.environ)
    logs.configure()
    _require_free(settings)
    node = wiring.open_node(settings)
    try:
        return _run(node)
    finally:
        node.close()


def _require_free(settings: Settings) -> None:
    """Raise PortBusy, naming the port, before anything is opened."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.api.host, settings.api.port))
        except OSError as error:
            place = f"{settings.api.host}:{settings.api.port}"
            raise PortBusy(f"the API cannot listen on {place}: {error.strerror}") from error


def _run(node: "wiring.Node") -> int:  # type: ignore[name-defined]  # noqa: F821
    """Serve requests and work until told to stop; return 1 after a broken invariant."""
    import uvicorn

    from tradecoin import wiring
    from tradecoin.api import create_app

    stop, broken = threading.Event(), threading.Event()
    worker = wiring.worker_of(node, stop=stop, broken=broken)
    thread = threading.Thread(target=worker.run, name="worker")
    app = create_app(wiring.services_for(node, worker_lives=thread.is_alive, broken=broken))
    told = node.settings.api
    server = uvicorn.Server(
        uvicorn.Config(app, host=told.host, port=told.port, log_config=None, timeout_graceful_shutdown=_STOP_SECONDS)
    )
    thread.start()
    try:
        server.run()
    finally:
        stop.set()
        thread.join(_STOP_SECONDS)
    return 1 if broken.is_set() else 0


@click.command("migrate")
@config_option
def _migrate(config: Path) -> None:
    """Bring the database to the schema of this version."""
    from tradecoin.adapters.store import current_revision, migrate

    settings = load_settings(config, os.environ)
    migrate(settings.database)
    click.echo(f"schema {current_revision(settings.database)}")


COMMANDS: dict[str, click.Command] = {"serve": _serve, "migrate": _migrate}
