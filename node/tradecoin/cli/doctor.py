"""`tradecoin doctor` and `tradecoin openapi`: is all there that a node needs; what does its API offer."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import click

from tradecoin.cli.options import config_option, emit, output_option


@click.command("doctor")
@config_option
@output_option
def _doctor(config: Path, output: str) -> int:
    """Ask settings, database, bank, chain, keys and signing parties how they are; exit code 1 when one is not well."""
    from tradecoin.wiring.doctor import examine
    from tradecoin.wiring.settings import read_settings

    found = examine(read_settings(config, os.environ))
    rows = [asdict(finding) for finding in found]
    ok = all(finding.ok for finding in found)
    emit(output, {"ok": ok, "checks": rows}, rows)
    return 0 if ok else 1


@click.command("openapi")
@click.option("-o", "--output", type=click.Choice(["json"]), default="json", help="it is JSON in any case")
def _openapi(output: str) -> None:
    """Print the OpenAPI 3.1 document of the REST API; no node is needed."""
    from tradecoin.wiring.description import openapi_document

    click.echo(json.dumps(openapi_document(), indent=2, ensure_ascii=False))


COMMANDS: dict[str, click.Command] = {"doctor": _doctor, "openapi": _openapi}
