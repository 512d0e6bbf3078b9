"""The two commands set up what they need on a bare machine, and say plainly what they miss."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.tidy.house import ROOT

SH = shutil.which("sh") or "sh"
BARE = ("cat", "dirname", "rm", "sh")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the set-up script alone, and a PATH folder with the few tools that every machine has."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "setup_env.sh", tmp_path / "scripts")
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in BARE:
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    return tmp_path


def set_up(checkout: Path, what: str, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the set-up script there with the bare PATH and nothing else in the environment."""
    environment = {"PATH": str(checkout / "tools"), **(more or {})}
    command = [SH, str(checkout / "scripts" / "setup_env.sh"), what]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def fake(checkout: Path, name: str, body: str) -> None:
    """Put an executable of that name on the bare PATH."""
    path = checkout / "tools" / name
    path.write_text(f"#!{SH}\n{body}\n")
    path.chmod(0o755)


def make(*arguments: str) -> str:
    """What make prints for these arguments, without running what it prints."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "-C", str(ROOT), "--no-print-directory", *arguments]
    return subprocess.run(command, env=clean, capture_output=True, text=True, check=True).stdout


def test_without_a_python_the_set_up_says_what_to_install(checkout: Path) -> None:
    """The first thing that a newcomer may lack is named, and nothing is left half made."""
    told = set_up(checkout, "run")
    assert told.returncode == 1
    assert "No Python 3.11 or later" in told.stderr
    assert not (checkout / ".venv").exists()


def test_an_old_python_or_a_broken_shim_is_passed_over(checkout: Path) -> None:
    """A first python3 that cannot serve does not stop the search."""
    fake(checkout, "python3", "exit 1")
    fake(checkout, "python3.11", 'case "$*" in *ensurepip*) exit 0 ;; esac\necho "python3.11 was chosen" >&2\nexit 9')
    told = set_up(checkout, "run")
    assert told.returncode == 9
    assert "python3.11 was chosen" in told.stderr


def test_a_python_asked_for_by_name_must_serve(checkout: Path) -> None:
    """PYTHON is obeyed or refused, never replaced by another."""
    told = set_up(checkout, "test", {"PYTHON": "/nowhere/python3"})
    assert told.returncode == 1
    assert "PYTHON=/nowhere/python3 is not" in told.stderr


def test_without_npm_one_line_says_what_is_left_out(checkout: Path) -> None:
    """A contributor without npm still runs all the rest; a machine that decides does not."""
    told = set_up(checkout, "node")
    assert told.returncode == 0
    assert told.stdout.count("SKIPPED") == len(told.stdout.splitlines()) == 1
    assert set_up(checkout, "node", {"CI": "true"}).returncode == 1


def test_the_set_up_refuses_a_word_it_does_not_know(checkout: Path) -> None:
    """A slip of the finger installs nothing."""
    assert set_up(checkout, "tset").returncode == 2


def test_make_help_lists_every_command() -> None:
    """A newcomer who types make learns what there is."""
    listed = {line.split()[1] for line in make("help").splitlines()}
    assert {"help", "demo", "test", "lint", "clean"} <= listed


def test_make_demo_hands_its_settings_on() -> None:
    """Each documented variable becomes the flag of the same name, and only when it is given."""
    told = make("-n", "demo", "STATEMENT=my file.xml", "ENGINE=anvil", "JSON=out.json", "KEEP=1")
    assert "tradecoin demo --statement 'my file.xml' --engine 'anvil'" in told
    assert "--json 'out.json' --keep" in told
    assert "--" not in make("-n", "demo").partition("tradecoin demo")[2]
