"""`tradecoin deploy`: the contracts on any JSON-RPC endpoint, by a plan file."""

from pathlib import Path
from typing import Any

import click

from tradecoin.cli.options import emit, output_option, password_of, password_option


@click.command("deploy")
@click.option("--rpc", required=True, help="URL of the endpoint")
@click.option("--key", required=True, type=click.Path(path_type=Path), help="the deployer's key file")
@click.option("--plan", required=True, type=click.Path(path_type=Path), help="TOML: who holds which power, the terms")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("deployments"),
    show_default=True,
    help="where <chainId>.json is written",
)
@password_option
@click.option("--devnet", is_flag=True, help="allow a plain key: play money only")
@output_option
def _deploy(
    rpc: str, key: Path, plan: Path, folder: Path, password_file: Path | None, devnet: bool, output: str
) -> int:
    """Deploy the contracts, or check that they are there.

    A run that was cut off is continued by the next one; a chain whose code does not match is refused. Prints the role
    manifest; exit code 1 when the chain holds a role otherwise.
    """
    from tradecoin.wiring.deploying import deploy

    password = "" if devnet else password_of(password_file)
    done = deploy(rpc=rpc, key=key, password=password, plan=plan, folder=folder, devnet=devnet)
    differences = list(done.differences)
    document = {"path": str(done.path), **done.content, "role_differences": differences}
    emit(output, document, _rows(document), ["what", "name", "account", "delay_seconds"])
    return 1 if differences else 0


def _rows(told: dict[str, Any]) -> list[dict[str, Any]]:
    """List contracts, roles, signers, and what differs."""
    rows = [
        {"what": "contract", "name": name, "account": contract["address"]}
        for name, contract in told["contracts"].items()
    ]
    rows += [
        {"what": "role", "name": one["role"], "account": one["account"], "delay_seconds": one["delay"]}
        for one in told["roles"]
    ]
    for side, accounts in told["signers"].items():
        rows += [{"what": "signer", "name": side, "account": account} for account in accounts]
    for one in told["role_differences"]:
        rows.append(
            {
                "what": "DIFFERS",
                "name": one["role"],
                "account": one["account"],
                "delay_seconds": f"{_delay(one['found'])}, not {_delay(one['wanted'])}",
            }
        )
    return [*rows, {"what": "file", "name": told["path"]}]


def _delay(seconds: int | None) -> str:
    """Write a delay; None is no membership."""
    return "not held" if seconds is None else str(seconds)


COMMANDS: dict[str, click.Command] = {"deploy": _deploy}
