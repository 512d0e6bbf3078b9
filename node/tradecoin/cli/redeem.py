"""`tradecoin redeem …`: coins back for money."""

from pathlib import Path

import click

from tradecoin.cli.options import emit, emit_one, output_option, password_of, password_option
from tradecoin.cli.rest import Door, limit_option, once_option, rest, segment

_PATH = "/v1/redemptions"
_COLUMNS = ("id", "state", "mode", "amount", "holder", "request_id", "payout_id", "pays", "reason")


@click.group("redeem")
def _redeem() -> None:
    """Announce redemptions, sign them, and follow them."""


@_redeem.command("new")
@click.argument("amount")
@click.option("--holder", required=True, help="address that gives the coins, with its checksum")
@click.option("--account", "bank_account", required=True, help="id of the bank account to be paid to (ba_…)")
@click.option("--gasless", is_flag=True, help="the holder only signs; else the holder sends two transactions")
@once_option
@rest("operator")
@output_option
def _new(door: Door, amount: str, holder: str, bank_account: str, gasless: bool, once: str, output: str) -> None:
    """Announce that AMOUNT comes back; shows what the holder has to send or to sign."""
    mode = "gasless" if gasless else "direct"
    body = {"amount": amount, "holder": holder, "bank_account": bank_account, "mode": mode}
    emit_one(output, door.post(_PATH, body, once=once))


@_redeem.command("sign")
@click.argument("redemption_id")
@click.option("--signature", default="", help="the holder's signature over the typed data, 0x…")
@click.option(
    "--typed-data",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="in place of a signature: what `redeem new --gasless -o json` printed",
)
@click.option("--key-file", type=click.Path(path_type=Path), help="the holder's key, to sign it with here")
@click.option("--plain", is_flag=True, help="the key file is plain hexadecimal")
@password_option
@rest("operator")
@output_option
def _sign(
    door: Door,
    redemption_id: str,
    signature: str,
    typed_data: Path | None,
    key_file: Path | None,
    plain: bool,
    password_file: Path | None,
    output: str,
) -> None:
    """Hand in the holder's signature: as it is, or made here with the holder's key file."""
    if bool(signature) == bool(typed_data and key_file):
        raise click.UsageError("either --signature, or both --typed-data and --key-file")
    if typed_data and key_file:
        from tradecoin.wiring.holder import sign_redemption

        password = "" if plain else password_of(password_file)
        signed = sign_redemption(typed_data, redemption_id, key_file, password=password)
        click.echo(f"signed: {signed.sentence}", err=True)
        signature = signed.signature
    emit_one(output, door.post(f"{_PATH}/{segment(redemption_id)}/signature", {"signature": signature}))


@_redeem.command("show")
@click.argument("redemption_id")
@rest("operator")
@output_option
def _show(door: Door, redemption_id: str, output: str) -> None:
    """Show a redemption and how it came to its state."""
    place = f"{_PATH}/{segment(redemption_id)}"
    emit_one(output, {**door.get(place), "timeline": door.get(f"{place}/timeline")["data"]})


@_redeem.command("list")
@click.option("--state", default="", help="only those in this state")
@click.option("--holder", default="", help="only those of this address")
@limit_option
@rest("operator")
@output_option
def _list(door: Door, state: str, holder: str, limit: int, output: str) -> None:
    """List redemptions, oldest first."""
    page = door.rows(_PATH, limit, state=state, holder=holder)
    emit(output, page, page["data"], _COLUMNS)


@_redeem.command("cancel")
@click.argument("redemption_id")
@rest("operator")
@output_option
def _cancel(door: Door, redemption_id: str, output: str) -> None:
    """Close an announcement that the holder did not act on."""
    emit_one(output, door.post(f"{_PATH}/{segment(redemption_id)}/cancel"))


@_redeem.command("approve")
@click.argument("redemption_id")
@click.option("--reason", required=True, help="why; it stays in the record")
@click.option("--reject", is_flag=True, help="give the coins back instead")
@rest("approver")
@output_option
def _approve(door: Door, redemption_id: str, reason: str, reject: bool, output: str) -> None:
    """Decide on a redemption in review, as somebody else than who made it."""
    body = {"approve": not reject, "reason": reason}
    emit_one(output, door.post(f"{_PATH}/{segment(redemption_id)}/approvals", body))


COMMANDS: dict[str, click.Command] = {"redeem": _redeem}
