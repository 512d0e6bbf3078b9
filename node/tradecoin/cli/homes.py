"""Where a devnet lives, and which ports it takes: options that several commands share."""

from collections.abc import Mapping
from pathlib import Path

import click

from tradecoin.domain.errors import BadConfig

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar="TRADECOIN_HOME",
    default=Path(".tradecoin"),
    show_default=True,
    help="folder of the devnet's state",
)


def port_base(environment: Mapping[str, str]) -> int:
    """Return TRADECOIN_PORT_BASE, else PORT_BASE, else 8400; 0 means free ports. Raises BadConfig."""
    told = environment.get("TRADECOIN_PORT_BASE") or environment.get("PORT_BASE") or "8400"
    if not told.isdigit() or not (told == "0" or 1024 <= int(told) <= 65_000):
        raise BadConfig(f"a port base is 0, or a number from 1024 to 65000, not {told!r}")
    return int(told)
