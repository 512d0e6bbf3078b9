"""`tradecoin apikey …`: who may call the API."""

import click

from tradecoin.cli.options import emit, emit_one, output_option
from tradecoin.cli.rest import Door, limit_option, rest, segment

_PATH = "/v1/api-keys"
_SCOPES = ("client", "operator", "approver", "attestor", "auditor", "admin")


@click.group("apikey")
def _apikey() -> None:
    """Make, list and end API keys, as an administrator."""


@_apikey.command("new")
@click.argument("client")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(_SCOPES), help="may come again")
@rest("admin")
@output_option
def _new(door: Door, client: str, scopes: tuple[str, ...], output: str) -> None:
    """Make a key for CLIENT; its token is shown this once."""
    emit_one(output, door.post(_PATH, {"client": client, "scopes": list(scopes)}))


@_apikey.command("list")
@click.option("--client", default="", help="only those of this client")
@limit_option
@rest("admin")
@output_option
def _list(door: Door, client: str, limit: int, output: str) -> None:
    """List keys, oldest first; never a secret."""
    page = door.rows(_PATH, limit, client=client)
    emit(output, page, page["data"], ("id", "client", "scopes", "created_at", "revoked_at"))


@_apikey.command("revoke")
@click.argument("key_id")
@rest("admin")
@output_option
def _revoke(door: Door, key_id: str, output: str) -> None:
    """End a key at once."""
    emit_one(output, door.post(f"{_PATH}/{segment(key_id)}/revoke"))


COMMANDS: dict[str, click.Command] = {"apikey": _apikey}
