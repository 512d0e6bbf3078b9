"""The shape of the command line: what it says about itself, and how it ends."""

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from tests.cli.kit import Shell
from tradecoin.cli import app
from tradecoin.domain.errors import BrokenInvariant, Refused, Unavailable

ROOT = Path(__file__).parents[2]


def _leaves(command: click.Command, name: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    """Return every command that does something."""
    if not isinstance(command, click.Group):
        return [(name, command)]
    context = click.Context(command)
    below = [(each, command.get_command(context, each)) for each in command.list_commands(context)]
    return [leaf for each, found in below if found is not None for leaf in _leaves(found, (*name, each))]


LEAVES = _leaves(app)


def test_an_unknown_command_or_option_is_a_wrong_use(shell: Shell) -> None:
    """Exit code 2, nothing on standard output."""
    for words in (("mnt",), ("mint", "nwe"), ("mint", "list", "--sate", "x"), ("mint", "list", "-o", "yaml")):
        told = shell(*words)
        assert (words, told.code, told.out) == (words, 2, "")


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (Refused("no", limit="3"), 4),
        (Unavailable("later"), 3),
        (BrokenInvariant("never"), 1),
        (click.Abort(), 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, problem: Exception, code: int
) -> None:
    """Scripts can tell a refusal from what is not there now."""

    def fail(*args: Any, **told: Any) -> None:
        raise problem

    monkeypatch.setattr(app.get_command(click.Context(app), "openapi"), "callback", fail)
    told = shell("openapi")
    assert (told.code, told.out) == (code, "")
    assert str(problem) in told.err


def test_every_command_explains_itself_and_those_that_answer_do_so_in_json_too() -> None:
    """A sentence for each; only what serves, or asks before it deletes, has no `-o`."""
    silent = {("serve",), ("attestor", "serve"), ("bank-signer", "serve"), ("demo",), ("devnet", "down")}
    silent.add(("devnet", "reset"))
    for name, command in LEAVES:
        assert command.help, name
        options = {option for parameter in command.params for option in parameter.opts}
        assert ("-o" in options) == (name not in silent), name


def test_the_page_about_the_commands_is_current() -> None:
    """`python scripts/cli_reference.py` renews it."""
    made = runpy.run_path(str(ROOT / "scripts" / "cli_reference.py"))["page"]()
    assert (ROOT / "docs/cli.md").read_text(encoding="utf-8") == made


def test_help_starts_without_the_nodes_libraries() -> None:
    """Whoever only looks does not wait."""
    code = (
        "import sys; from tradecoin.cli import main; main(['--help']); main(['mint', 'list', '--help']);"
        "sys.exit(bool({'web3', 'fastapi', 'sqlalchemy', 'pydantic', 'httpx'} & set(sys.modules)))"
    )
    environment = {"PYTHONPATH": f"{ROOT / 'node'}:{ROOT / 'devnet'}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=environment)
    assert done.returncode == 0


def test_the_script_verifies_as_the_command_does(tmp_path: Path) -> None:
    """Usage errors and refusals have the same exit codes."""
    script = str(ROOT / "scripts" / "verify_attestation")
    environment = {"PYTHONPATH": f"{ROOT / 'node'}:{ROOT / 'devnet'}"}
    bad = tmp_path / "bad.json"
    bad.write_text("[]")
    for words, code in (([], 2), ([str(bad), "--deployment", str(bad)], 4)):
        done = subprocess.run([sys.executable, script, *words], capture_output=True, check=False, env=environment)
        assert (done.returncode, done.stdout) == (code, b"")
