"""`tradecoin chain …`: how chain and index stand, and whether the index is what the chain says."""

import os
from pathlib import Path

import click

from tradecoin.cli.options import config_option, emit_one, output_option
from tradecoin.cli.rest import Door, rest


@click.group("chain")
def _chain() -> None:
    """Look at the chain and at what the node made of it."""


@_chain.command("status")
@rest("operator")
@output_option
def _status(door: Door, output: str) -> int:
    """Show how node and chain are; exit code 1 when something keeps money from moving."""
    status = door.get("/v1/status")
    emit_one(output, status)
    return 0 if status["ok"] else 1


@_chain.command("verify")
@config_option
@output_option
def _verify(config: Path, output: str) -> int:
    """Read the chain once more into a scratch database and compare; exit code 1 when the index differs."""
    from tradecoin.wiring.chain import verify
    from tradecoin.wiring.settings import read_settings

    report = verify(read_settings(config, os.environ))
    emit_one(output, report)
    return 0 if report["ok"] else 1


@_chain.command("resume")
@config_option
@click.option("--actor", required=True, help="who decides this; it stays in the record")
@output_option
def _resume(config: Path, actor: str, output: str) -> None:
    """Let money move again after it was stopped for a fork that was the endpoint's fault.

    Refused while the endpoint has another block at our final height.
    """
    from tradecoin.wiring.chain import resume
    from tradecoin.wiring.settings import read_settings

    emit_one(output, resume(read_settings(config, os.environ), actor))


COMMANDS: dict[str, click.Command] = {"chain": _chain}
