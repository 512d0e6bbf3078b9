"""Commands of whoever runs a node: serve it, move its database, look at its settings."""

import os
from dataclasses import asdict
from pathlib import Path

import click

from tradecoin.cli.options import config_option, emit, emit_one, output_option


@click.command("serve")
@config_option
def _serve(config: Path) -> int:
    """Run the node, API and worker, until SIGTERM."""
    from tradecoin.wiring.serving import serve
    from tradecoin.wiring.settings import read_settings

    held = serve(read_settings(config, os.environ), ready=lambda url: click.echo(f"listening on {url}"))
    return 0 if held else 1


@click.group("migrate", invoke_without_command=True)
@config_option
@click.pass_context
def _migrate(context: click.Context, config: Path) -> None:
    """Bring the database to this version's schema; `up` when nothing else is said."""
    context.obj = config
    if context.invoked_subcommand is None:
        context.invoke(_up, config=config, output="table")


@_migrate.command("up")
@config_option
@output_option
def _up(config: Path, output: str) -> None:
    """Bring the database to the schema of this version, all or nothing."""
    from tradecoin.wiring.database import upgrade
    from tradecoin.wiring.settings import read_settings

    emit_one(output, {"schema": upgrade(read_settings(config, os.environ))})


@_migrate.command("current")
@config_option
@output_option
def _current(config: Path, output: str) -> int:
    """Tell which schema the database has; exit code 1 when it is not the one that this version works with."""
    from tradecoin.wiring.database import revisions
    from tradecoin.wiring.settings import read_settings

    present, wanted = revisions(read_settings(config, os.environ))
    emit_one(output, {"schema": present or "none", "wanted": wanted, "ok": present == wanted})
    return 0 if present == wanted else 1


@_migrate.command("down")
@click.argument("revision")
@click.option("--yes", is_flag=True, help="do not ask")
@config_option
@output_option
def _down(config: Path, revision: str, yes: bool, output: str) -> None:
    """Take the database back to REVISION ("base": nothing at all); what only later schemas hold is lost."""
    from tradecoin.wiring.database import take_back
    from tradecoin.wiring.settings import read_settings

    settings = read_settings(config, os.environ)
    if not yes:
        click.confirm(f"Take the database back to {revision} and lose what does not fit?", abort=True, err=True)
    emit_one(output, {"schema": take_back(settings, revision) or "none"})


@click.group("config")
@config_option
@click.pass_context
def _config(context: click.Context, config: Path) -> None:
    """Look at the settings: the file with the TRADECOIN_ variables on top."""
    context.obj = config


@_config.command("show")
@config_option
@output_option
def _show(config: Path, output: str) -> None:
    """Show every setting, defaults included, without passwords."""
    from tradecoin.wiring.settings import read_settings, shown

    emit_one(output, shown(read_settings(config, os.environ)))


@_config.command("check")
@config_option
@output_option
def _check(config: Path, output: str) -> int:
    """Check what the settings name on this machine; exit code 1 when something is not there or wrong."""
    from tradecoin.wiring.settings import check_settings, read_settings

    found = check_settings(read_settings(config, os.environ))
    rows = [asdict(finding) for finding in found]
    ok = all(finding.ok for finding in found)
    emit(output, {"ok": ok, "checks": rows}, rows)
    return 0 if ok else 1


COMMANDS: dict[str, click.Command] = {"serve": _serve, "migrate": _migrate, "config": _config}
