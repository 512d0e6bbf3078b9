"""`init`, `config`, `migrate`, `keys`: a node before it is served."""

import os
import stat
from pathlib import Path

import pytest

from tests.cli.kit import ISSUER, Shell, edited, new_node
from tradecoin.adapters.clock import SystemClock
from tradecoin.adapters.store import open_store
from tradecoin.flow.api_key import check_key


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--account", "NL91ABNA0417164301"), "iban_invalid"),
        (("--currency", "XXQ"), "currency"),
        (("--finality", "soon"), "chain.finality"),
        (("--database", "mysql://x/y"), "database"),
        (("--profile", "production"), "PostgreSQL"),
        (("--profile", "production", "--database", "postgresql://h/d", "--rpc", "http://chain.example"), "https"),
    ],
)
def test_init_refuses_what_a_node_cannot_be(shell: Shell, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """A wrong wish costs a sentence and leaves no file behind."""
    told = shell("init", "--folder", tmp_path / "node", *ISSUER, *words)
    assert (told.code, told.out) == (4, "")
    assert said in told.err
    assert not [path for path in (tmp_path / "node").rglob("*") if path.is_file()]


def test_init_without_an_account_is_a_wrong_use(shell: Shell) -> None:
    """Nothing is guessed about whose money it is."""
    told = shell("init")
    assert told.code == 2
    assert "--account" in told.err


@pytest.mark.parametrize("name", ["node.toml", "keys/relay.key", "keys/payer.key"])
def test_init_overwrites_nothing(shell: Shell, tmp_path: Path, name: str) -> None:
    """One file of an earlier node is enough to refuse the new one, and every file stays as it was."""
    new_node(shell, tmp_path)
    for other in {"node.toml", "keys/relay.key", "keys/payer.key"} - {name}:
        (tmp_path / other).unlink()
    before = (tmp_path / name).read_bytes()
    told = shell("init", "--folder", tmp_path, *ISSUER)
    assert told.code == 4
    assert name in told.err
    assert (tmp_path / name).read_bytes() == before
    assert not (tmp_path / "node.toml").exists() or name == "node.toml"


def test_init_makes_no_second_administrator_in_a_database(shell: Shell, tmp_path: Path) -> None:
    """A database with books in it is somebody's."""
    new_node(shell, tmp_path / "one")
    database = f"sqlite:///{tmp_path / 'one' / 'node.db'}"
    told = shell("init", "--folder", tmp_path / "two", *ISSUER, "--database", database)
    assert told.code == 4
    assert not (tmp_path / "two" / "node.toml").exists()


def test_a_new_node_has_private_keys_a_schema_and_one_working_key(shell: Shell, tmp_path: Path) -> None:
    """What `init` prints is all there is, and the token is nowhere on the disk."""
    told = shell("init", "--folder", tmp_path, *ISSUER, "-o", "json").json
    token = told["api_key"]["token"]
    store = open_store(f"sqlite:///{tmp_path / 'node.db'}", clock=SystemClock())
    row = store.read(lambda tx: check_key(tx, token))
    store.close()
    assert row.scopes == ("admin",)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes()
    for name in ("relay", "payer"):
        assert stat.S_IMODE((tmp_path / "keys" / f"{name}.key").stat().st_mode) == 0o600
    shown = shell("keys", "show", "--config", told["config"], "-o", "json").json["keys"]
    assert {each["name"]: each["address"] for each in shown} == told["keys"]


def test_outside_a_devnet_keys_are_keystores_with_a_password_file(shell: Shell, tmp_path: Path) -> None:
    """Plain keys are for play money."""
    config = new_node(shell, tmp_path, "--profile", "staging")
    assert (tmp_path / "keys" / "relay.key").read_text().startswith("{")
    assert stat.S_IMODE((tmp_path / "keys" / "password").stat().st_mode) == 0o600
    assert shell("keys", "show", "--config", config).code == 0


def test_a_setting_that_nobody_knows_is_refused_by_name(shell: Shell, tmp_path: Path) -> None:
    """A typing error must not pass for a setting."""
    config = edited(new_node(shell, tmp_path), "[api]", "wrokers = 3\n[api]")
    for words in (("config", "show"), ("config", "check"), ("serve",), ("migrate", "current"), ("doctor",)):
        told = shell(*words, "--config", config)
        assert (told.code, told.out) == (4, "")
        assert "wrokers" in told.err


def test_settings_that_are_not_there_are_refused(shell: Shell) -> None:
    """The message names the file and how to get one."""
    told = shell("config", "show")
    assert told.code == 4
    assert "node.toml" in told.err
    assert "tradecoin init" in told.err


def test_config_check_says_what_is_missing(shell: Shell, tmp_path: Path) -> None:
    """Contracts that were not deployed, and a bank account with wrong check digits, are found before serving."""
    config = edited(new_node(shell, tmp_path), "NL91ABNA0417164300", "NL91ABNA0417164301")
    told = shell("config", "check", "--config", config, "-o", "json")
    wrong = {check["name"] for check in told.json["checks"] if not check["ok"]}
    assert told.code == 1
    assert wrong == {"bank.account", "chain.deployment"}


def test_config_show_hides_a_password(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings may be shown to somebody who helps; a variable stands above the file."""
    config = new_node(shell, tmp_path)
    monkeypatch.setenv("TRADECOIN_DATABASE", "postgresql://node:hush@db.example/books")
    monkeypatch.setenv("TRADECOIN_URL", "http://elsewhere.example")
    told = shell("config", "show", "--config", config, "-o", "json")
    assert told.json["database"] == "postgresql://node:***@db.example/books"
    assert "hush" not in told.out


def test_the_schema_goes_up_and_down(shell: Shell, tmp_path: Path) -> None:
    """Down is asked for; current tells with its exit code."""
    config = new_node(shell, tmp_path)
    assert shell("migrate", "current", "--config", config, "-o", "json").json["ok"]
    assert shell("migrate", "down", "7777", "--yes", "--config", config).code == 4
    assert shell("migrate", "down", "base", "--yes", "--config", config).code == 0
    assert shell("migrate", "current", "--config", config).code == 1
    assert shell("migrate", "--config", config).code == 0
    assert shell("migrate", "current", "--config", config).code == 0


def test_a_key_file_is_never_overwritten_and_never_shows_its_secret(shell: Shell, tmp_path: Path) -> None:
    """The address is all that is told."""
    path, password = tmp_path / "k.json", tmp_path / "password"
    password.write_text("open sesame\n")
    made = shell("keys", "new", path, "--password-file", password, "-o", "json")
    assert shell("keys", "new", path, "--password-file", password).code == 4
    assert shell("keys", "new", tmp_path / "none" / "k", "--plain").code == 4
    shown = shell("keys", "show", path, "--password-file", password, "-o", "json")
    assert shown.json["keys"][0]["address"] == made.json["address"]
    password.write_text("wrong\n")
    assert shell("keys", "show", path, "--password-file", password).code == 4
    plain = tmp_path / "plain.key"
    told = shell("keys", "new", plain, "--plain")
    assert plain.read_text().strip() not in told.out
    assert stat.S_IMODE(os.stat(plain).st_mode) == 0o600
