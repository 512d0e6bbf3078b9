"""`tradecoin keys …`: make a key file, and see whose it is."""

import os
from pathlib import Path

import click

from tradecoin.cli.options import config_option, emit, emit_one, output_option, password_of, password_option


@click.group("keys")
def _keys() -> None:
    """Make key files and show their addresses; a secret is never printed."""


@_keys.command("new")
@click.argument("path", type=click.Path(path_type=Path))
@password_option
@click.option("--plain", is_flag=True, help="plain hexadecimal: for a devnet only")
@output_option
def _new(path: Path, password_file: Path | None, plain: bool, output: str) -> None:
    """Make a key at PATH: a keystore V3 file that its owner alone can read; an existing file is refused."""
    from tradecoin.wiring.keyfiles import address_of, make_key_file

    password = "" if plain else password_of(password_file, confirm=True)
    make_key_file(path, password=password)
    emit_one(output, {"path": str(path), "address": address_of(path, password=password)})


@_keys.command("show")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@config_option
@password_option
@click.option("--plain", is_flag=True, help="the files are plain hexadecimal")
@output_option
def _show(paths: tuple[Path, ...], config: Path, password_file: Path | None, plain: bool, output: str) -> None:
    """Show the address of each key file; those of the node's settings when none is named."""
    from tradecoin.wiring.keyfiles import address_of, addresses_of_node
    from tradecoin.wiring.settings import read_settings

    if paths:
        password = "" if plain else password_of(password_file)
        rows = [
            {"name": path.stem, "address": address_of(path, password=password), "path": str(path)} for path in paths
        ]
    else:
        rows = addresses_of_node(read_settings(config, os.environ))
    emit(output, {"keys": rows}, rows)


COMMANDS: dict[str, click.Command] = {"keys": _keys}
