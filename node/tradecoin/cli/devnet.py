"""`tradecoin devnet …`: a whole devnet up, down, looked at, or thrown away."""

import json
import os
import shutil
from pathlib import Path

import click

from tradecoin.cli.homes import home_option, port_base
from tradecoin.domain.errors import Conflict, Unavailable

_output = click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)


class DevnetFailed(Unavailable):
    """A process of the devnet did not start, or a port is taken; the message says which."""

    code = "devnet_failed"


class DevnetIsOther(Conflict):
    """The folder holds a devnet of another engine or database."""

    code = "devnet_is_other"


@click.group("devnet")
def _devnet() -> None:
    """Chain, bank, signing parties and node on this machine."""


@_devnet.command("up")
@home_option
@click.option("--engine", type=click.Choice(["embedded", "anvil"]), help="embedded when it is made  [default: as made]")
@click.option("--database", help="PostgreSQL URL of the node; SQLite in the home folder when it is made without")
@_output
def _up(home: Path, engine: str | None, database: str | None, output: str) -> None:
    """Start everything that does not run, and print where it is."""
    from tradecoin_devnet.anvil import AnvilMissing
    from tradecoin_devnet.stack.devnet import Devnet
    from tradecoin_devnet.stack.interrupts import stoppable
    from tradecoin_devnet.stack.layout import PortBusy
    from tradecoin_devnet.stack.processes import ProcessFailed
    from tradecoin_devnet.stack.wish import DevnetDiffers

    def say(text: str) -> None:
        click.echo(text, err=True)

    try:
        with stoppable():
            devnet = Devnet.again(home, port_base(os.environ), engine, database, say)
            summary = devnet.up(before_node=Devnet.open_reserve_account)
    except (PortBusy, ProcessFailed, AnvilMissing) as problem:
        raise DevnetFailed(str(problem)) from problem
    except DevnetDiffers as problem:
        raise DevnetIsOther(str(problem)) from problem
    if output == "json":
        click.echo(json.dumps(summary, indent=2))
        return
    for name in ("api", "rpc", "bank"):
        click.echo(f"{name:5} {summary[name]}")
    click.echo(f"keys  {devnet.layout.summary}")


@_devnet.command("down")
@home_option
def _down(home: Path) -> None:
    """Stop every process of the devnet; its state stays."""
    from tradecoin_devnet.stack.layout import Layout
    from tradecoin_devnet.stack.processes import Processes

    Processes(Layout(home.resolve())).stop()


@_devnet.command("status")
@home_option
@_output
def _status(home: Path, output: str) -> int:
    """Tell which processes run; exit code 1 when one that was started does not, or none was."""
    from tradecoin_devnet.stack.layout import Layout
    from tradecoin_devnet.stack.processes import Processes

    processes = Processes(Layout(home.resolve()))
    running = {name: processes.is_running(name) for name in processes.names()}
    if output == "json":
        click.echo(json.dumps(running))
    else:
        for name, lives in running.items():
            click.echo(f"{name:15} {'running' if lives else 'not running'}")
    return 0 if running and all(running.values()) else 1


@_devnet.command("reset")
@home_option
@click.confirmation_option(prompt="Delete the devnet with all its books?")
def _reset(home: Path) -> None:
    """Stop everything and delete the devnet's folder; refused for a folder that holds none."""
    from tradecoin_devnet.stack.layout import Layout
    from tradecoin_devnet.stack.processes import Processes

    layout = Layout(home.resolve())
    if layout.home.exists() and not layout.ports.exists():
        raise DevnetIsOther(f"{layout.home} holds no devnet; nothing is deleted")
    Processes(layout).stop()
    shutil.rmtree(layout.home, ignore_errors=True)


COMMANDS: dict[str, click.Command] = {"devnet": _devnet}
