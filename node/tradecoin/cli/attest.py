"""`tradecoin attest …`: start an attestation, look at one, and check one without trusting anybody who shows it."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tradecoin.cli.homes import home_option
from tradecoin.cli.options import emit, emit_one, output_option
from tradecoin.cli.rest import Door, limit_option, rest, segment, summary_of

_PATH = "/v1/attestations"
_ENDS = ("final", "superseded")
_LOOK_SECONDS = 0.5


@click.group("attest")
def _attest() -> None:
    """State to the world what backs the coins, and check such statements."""


@_attest.command("run")
@click.option("--wait", type=click.IntRange(0), default=0, help="seconds to wait until it is final")
@rest("operator")
@output_option
def _run(door: Door, wait: int, output: str) -> int:
    """Start an attestation, or join the one under way; with --wait, exit code 1 when it is not final in time."""
    row = door.post(_PATH)
    deadline = time.monotonic() + wait
    state = ""
    while wait and row["state"] not in _ENDS and time.monotonic() < deadline:
        if row["state"] != state:
            state = row["state"]
            click.echo(state, err=True)
        time.sleep(_LOOK_SECONDS)
        row = door.get(f"{_PATH}/{segment(row['id'])}")
    emit_one(output, row)
    return 0 if not wait or row["state"] == "final" else 1


@_attest.command("show")
@click.argument("attestation_id", default="latest")
@rest("operator")
@output_option
def _show(door: Door, attestation_id: str, output: str) -> None:
    """Show an attestation, the one in the contract when none is named."""
    emit_one(output, door.get(f"{_PATH}/{segment(attestation_id)}"))


@_attest.command("list")
@click.option("--state", default="", help="only those in this state")
@limit_option
@rest("operator")
@output_option
def _list(door: Door, state: str, limit: int, output: str) -> None:
    """List attestations, oldest first."""
    page = door.rows(_PATH, limit, state=state)
    emit(output, page, page["data"], ("id", "state", "cause", "cut", "block", "claims_count", "tx", "differences"))


_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@_attest.command("verify")
@click.argument("file", type=_file)
@click.option("--deployment", type=_file, help="the deployment file that you trust; a devnet's when left out")
@click.option("--rpc", default="", help="your endpoint of the chain; a devnet's when left out")
@click.option("--offline", is_flag=True, help="ask no chain: signers by the deployment file")
@click.option("--claims", type=_file, help="JSON list of every {account, salt, amount}, in the order of the tree")
@click.option("--proof", type=_file, help="JSON proof of one claim")
@click.option("--decimals", type=click.IntRange(0, 38), default=6, show_default=True, help="the token's, when offline")
@home_option
@output_option
def _verify(
    file: Path,
    deployment: Path | None,
    rpc: str,
    offline: bool,
    claims: Path | None,
    proof: Path | None,
    decimals: int,
    home: Path,
    output: str,
) -> int:
    """Check the attestation in FILE, as `attest show -o json` prints it; exit code 1 when anything does not hold.

    The digest is computed anew, signers are recovered and compared with the contract's set, figures and digest with the
    contract's head; the claims root is recomputed when the claims are given. The node is asked nothing.
    """
    from tradecoin.wiring.verifying import read_attestation, verify

    trusted, endpoint = _trusted(deployment, rpc, home)
    checks = verify(
        read_attestation(file),
        deployment=trusted,
        rpc="" if offline else endpoint,
        claims=claims,
        proof=proof,
        decimals=decimals,
    )
    rows: list[dict[str, Any]] = [asdict(check) for check in checks]
    ok = all(check.ok for check in checks)
    emit(output, {"ok": ok, "offline": offline, "checks": rows}, rows)
    return 0 if ok else 1


def _trusted(deployment: Path | None, rpc: str, home: Path) -> tuple[Path, str]:
    """Return deployment file and endpoint: as told, else the devnet's."""
    summary = {} if deployment else summary_of(home)
    if deployment is None and "deployment" not in summary:
        raise click.UsageError("which contracts? --deployment names the file that you trust")
    trusted = deployment or Path(summary["deployment"])
    endpoint = rpc or str(summary.get("rpc", ""))
    if not endpoint and deployment is not None:
        click.echo("no --rpc: the chain is not asked", err=True)
    return trusted, endpoint


COMMANDS: dict[str, click.Command] = {"attest": _attest}
