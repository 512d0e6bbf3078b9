"""The verbs of the API, through the real API: what they refuse, and what they print."""

import json
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.api.kit import HOLDER, PAYEE, Ground, camt054, key
from tests.cli.kit import Shell
from tradecoin.flow.audit import Audit, Check
from tradecoin.wiring.holder import sign_redemption

VERBS = (
    ("mint", "new", "10.00", "--to", HOLDER.address),
    ("mint", "show", "mo_x"),
    ("mint", "list"),
    ("mint", "cancel", "mo_x"),
    ("mint", "approve", "mo_x", "--reason", "r"),
    ("redeem", "new", "10.00", "--holder", HOLDER.address, "--account", "ba_x"),
    ("redeem", "sign", "rd_x", "--signature", "0x" + "5c" * 65),
    ("redeem", "show", "rd_x"),
    ("redeem", "list"),
    ("redeem", "cancel", "rd_x"),
    ("redeem", "approve", "rd_x", "--reason", "r"),
    ("bank", "unmatched"),
    ("bank", "deposits"),
    ("bank", "assign", "dp_x", "--to", HOLDER.address),
    ("bank", "return", "dp_x", "--reason", "r"),
    ("bank", "payouts"),
    ("bank", "confirm-missing", "po_x"),
    ("attest", "run"),
    ("ledger", "balances"),
    ("ledger", "journal"),
    ("audit",),
    ("events", "tail"),
    ("tx", "list"),
    ("tx", "show", "tx_x"),
    ("tx", "withdraw", "tx_x", "--reason", "r"),
    ("apikey", "new", "shop", "--scope", "client"),
    ("apikey", "list"),
    ("apikey", "revoke", "ak_x"),
)
PUBLIC = (("reserves",), ("attest", "show"), ("attest", "list"), ("chain", "status"))


def test_without_a_key_every_verb_is_refused(api: Shell) -> None:
    """The API decides who may do what; the command tells it with exit code 4 and prints nothing else."""
    for verb in VERBS:
        told = api(*verb, "--url", api.url, "-o", "json")
        assert (verb, told.code, told.out) == (verb, 4, "")
        assert "unauthorized" in told.err


@pytest.mark.parametrize("verb", [*VERBS, *PUBLIC], ids=" ".join)
def test_an_api_that_is_not_there_is_not_reachable(shell: Shell, verb: tuple[str, ...]) -> None:
    """Exit code 3 is for whoever may ask again later."""
    told = shell(*verb, "--url", "http://127.0.0.1:9")
    assert (told.code, told.out) == (3, "")


@pytest.mark.parametrize("verb", [*VERBS, *PUBLIC], ids=" ".join)
def test_without_an_address_it_is_a_wrong_use(shell: Shell, verb: tuple[str, ...]) -> None:
    """The message names the three ways to say where the API is."""
    told = shell(*verb)
    assert (told.code, told.out) == (2, "")
    assert "TRADECOIN_URL" in told.err
    assert shell(*verb, "--url", "file:///etc/hosts").code == 2


def test_a_devnets_summary_names_address_and_keys(api: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a devnet nothing has to be told; its keys go to its own address only."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "devnet.json").write_text(json.dumps({"api": api.url, "api_keys": api.tokens}))
    assert api("mint", "list").code == 0
    assert api("apikey", "list").code == 0
    assert api("apikey", "list", "--as", "client").code == 4
    assert api("mint", "list", "--url", api.url.replace("127.0.0.1", "localhost")).code == 4
    monkeypatch.setenv("TRADECOIN_URL", "http://127.0.0.1:9")
    assert api("mint", "list").code == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("0", "--to", HOLDER.address), "/amount"),
        (("-1", "--to", HOLDER.address), ""),
        (("1.001", "--to", HOLDER.address), "amount_too_many_decimals"),
        (("1", "--to", "0x" + "00" * 20), "/recipient"),
        (("1", "--to", "0x" + HOLDER.address[2:].swapcase()), "/recipient"),
        (("1", "--to", HOLDER.address, "--currency", "XXQ"), "/currency"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_by_member(api: Shell, words: tuple[str, ...], said: str) -> None:
    """What the API says about the body reaches whoever typed it."""
    told = api("mint", "new", *words, role="operator")
    assert told.code in (2, 4)
    assert told.out == ""
    assert said in told.err
    assert api("mint", "list", "-o", "json", role="operator").json["data"] == []


def test_halted_minting_is_told_with_its_facts(api: Shell, ground: Ground) -> None:
    """Later it may work, so the exit code is that of what is not there now."""
    ground.chain.facts = {"halted": ("paused",)}
    told = api("mint", "new", "1.00", "--to", HOLDER.address, role="operator")
    assert told.code == 3
    assert "minting_halted" in told.err
    assert "paused" in told.err


def test_an_order_is_made_once_shown_and_cancelled(api: Shell) -> None:
    """The same `--once` gets the same order; a table names it too."""
    words = ("mint", "new", "100.00", "--to", HOLDER.address, "--once", "k1", "-o", "json")
    first = api(*words, role="operator").json
    assert api(*words, role="operator").json == first
    assert api("mint", "new", "7.00", *words[3:], role="operator").code == 4
    listed = api("mint", "list", "--state", "awaiting_funds", "-o", "json", role="operator").json
    assert [row["id"] for row in listed["data"]] == [first["id"]]
    assert first["id"] in api("mint", "list", role="operator").out
    assert api("mint", "cancel", first["id"], role="operator").code == 0
    shown = api("mint", "show", first["id"], "-o", "json", role="operator").json
    assert shown["state"] == "cancelled"
    assert shown["timeline"][-1]["to_state"] == "cancelled"
    assert api("mint", "approve", first["id"], "--reason", "r", role="approver").code == 4


def test_a_list_goes_over_its_pages_up_to_the_limit(api: Shell) -> None:
    """Nobody has to turn pages by hand; `next` says that there is more."""
    made = [
        api("mint", "new", f"{n}.00", "--to", HOLDER.address, "-o", "json", role="operator").json["id"]
        for n in (1, 2, 3)
    ]
    page = api("mint", "list", "--limit", "2", "-o", "json", role="operator").json
    assert [row["id"] for row in page["data"]] == made[:2]
    assert page["next"]
    assert api("mint", "list", "-o", "json", role="operator").json["next"] is None


def test_a_bad_bank_file_is_refused_with_its_line(api: Shell, tmp_path: Path) -> None:
    """Line, path and reason; the good file before it stays booked, and again it changes nothing."""
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(camt054(("10.00", "E1", "no reference")))
    bad.write_bytes(camt054(("10.0001", "E2", "x"), message="M2"))
    told = api("bank", "import", good, bad, role="operator")
    assert (told.code, told.out) == (4, "")
    assert "line" in told.err
    again = api("bank", "import", good, "-o", "json", role="operator").json
    assert again["data"][0]["duplicate"]
    assert api("bank", "import", tmp_path / "none.xml", role="operator").code == 2


def test_an_unmatched_credit_is_assigned_or_returned(api: Shell, tmp_path: Path) -> None:
    """An operator sees to what matched nothing."""
    file = tmp_path / "credits.xml"
    file.write_bytes(camt054(("10.00", "E1", "one"), ("11.00", "E2", "two")))
    assert len(api("bank", "import", file, "-o", "json", role="operator").json["data"][0]["entries"]) == 2
    rows = api("bank", "unmatched", "-o", "json", role="operator").json["data"]
    order = api("bank", "assign", rows[0]["id"], "--to", HOLDER.address, "-o", "json", role="operator").json
    assert order["amount"] == "10.00"
    assert api("bank", "return", rows[0]["id"], "--reason", "late", role="operator").code == 4
    words = ("bank", "return", rows[1]["id"], "--reason", "unknown payer", "--iban")
    assert api(*words, "DE89370400440532013001", role="operator").code == 4
    assert api(*words, PAYEE, role="operator").code == 0
    assert api("bank", "unmatched", "-o", "json", role="operator").json["data"] == []
    payouts = api("bank", "payouts", "-o", "json", role="operator").json["data"]
    assert [row["subject"] for row in payouts] == [rows[1]["id"]]
    assert api("bank", "confirm-missing", payouts[0]["id"], role="operator").code == 4
    assert payouts[0]["id"] in api("bank", "payouts", role="operator").out


def test_a_key_is_shown_once_listed_without_its_secret_and_ended(api: Shell) -> None:
    """An ended key opens nothing."""
    made = api("apikey", "new", "shop", "--scope", "client", "--scope", "auditor", "-o", "json", role="admin").json
    assert made["scopes"] == ["client", "auditor"]
    assert api("mint", "list", "--url", api.url, "--key", made["token"]).code == 0
    secret = made["token"].rpartition("_")[2]
    assert secret not in api("apikey", "list", "-o", "json", role="admin").out
    assert api("apikey", "revoke", made["id"], role="admin").code == 0
    assert api("apikey", "revoke", made["id"], role="admin").code == 4
    assert api("mint", "list", "--url", api.url, "--key", made["token"]).code == 4
    assert api("apikey", "list", role="operator").code == 4


def test_the_books_are_shown_and_audited(api: Shell, tmp_path: Path) -> None:
    """Balances, journal and audit agree after a credit."""
    file = tmp_path / "credit.xml"
    file.write_bytes(camt054(("10.00", "E1", "one")))
    api("bank", "import", file, role="operator")
    balances = api("ledger", "balances", "-o", "json", role="auditor").json
    assert balances["trial_balance"]["difference"] == "0.00"
    assert {row["account"]: row["balance"] for row in balances["accounts"]}["bank_reserve"] == "10.00"
    assert "bank_reserve" in api("ledger", "journal", role="auditor").out
    audit = api("audit", "-o", "json", role="auditor")
    assert (audit.code, audit.json["ok"]) == (0, True)
    assert {"name", "ok", "expected", "actual"} == set(audit.json["checks"][0])


def test_an_audit_that_finds_a_difference_fails(api: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1, with every line still printed."""
    found = Audit(7, "st_1", (Check("one", "1.00", "1.00"), Check("two", "1.00", "0.99")))
    monkeypatch.setattr("tradecoin.api.routes.ledger.run_audit", lambda **told: found)
    told = api("audit", "-o", "json", role="auditor")
    assert (told.code, told.json) == (1, found.as_dict())
    assert api("audit", role="auditor").code == 1


def test_events_are_tailed_from_a_number_on(api: Shell) -> None:
    """`next` is where to go on."""
    api("mint", "new", "1.00", "--to", HOLDER.address, role="operator")
    page = api("events", "tail", "-o", "json", role="operator").json
    assert page["data"]
    rest = api("events", "tail", "--after", page["next"], "-o", "json", role="operator").json
    assert rest["data"] == []


def test_a_redemption_is_announced_signed_by_its_holder_only_and_cancelled(
    api: Shell, ground: Ground, tmp_path: Path
) -> None:
    """The key file must be the holder's, and the typed data that of this redemption."""
    client = ground.client("operator", "client", "auditor", name="operator")
    customer = client.post("/v1/customers", json={"name": "Ann"}, headers=key("c")).json()["id"]
    body = {"customer_id": customer, "iban": PAYEE, "country": "DE", "town": "Berlin"}
    account = client.post("/v1/bank-accounts", json=body, headers=key("b")).json()["id"]
    words = ("redeem", "new", "10.00", "--holder", HOLDER.address, "--account", account, "--gasless", "-o", "json")
    told = api(*words, role="operator")
    assert told.code == 0, told.err
    prepared = tmp_path / "prepared.json"
    prepared.write_text(told.out)
    identity = told.json["id"]
    holder, stranger = tmp_path / "holder.key", tmp_path / "stranger.key"
    for path, byte in ((holder, "11"), (stranger, "22")):
        path.write_text(byte * 32)
        path.chmod(0o600)
    sign = ("redeem", "sign", identity, "--typed-data", prepared, "--plain", "--key-file")
    assert api("redeem", "sign", identity, role="operator").code == 2
    refused = api(*sign, stranger, role="operator")
    assert refused.code == 4
    assert "typed_data_invalid" in refused.err
    made = sign_redemption(prepared, identity, holder, password="")
    signable = encode_typed_data(full_message=told.json["typed_data"])
    assert Account.recover_message(signable, signature=made.signature) == HOLDER.address
    assert api(*("redeem", "sign", "rd_other", *sign[3:]), holder, role="operator").code == 4
    typed = told.json["typed_data"]
    others: tuple[dict[str, object], ...] = (
        {"primaryType": "Permit"},
        {"domain": {**typed["domain"], "salt": "0x00"}},
        {"message": {}},
    )
    for other in others:
        prepared.write_text(json.dumps({**told.json, "typed_data": {**typed, **other}}))
        refused = api(*sign, holder, role="operator")
        assert (other, refused.code) == (other, 4)
        assert "typed_data_invalid" in refused.err
    assert api("redeem", "cancel", identity, role="operator").code == 0
    shown = api("redeem", "show", identity, "-o", "json", role="operator").json
    assert shown["state"] == "expired"
    assert identity in api("redeem", "list", role="operator").out


def test_what_anybody_may_know_needs_no_key(api: Shell) -> None:
    """Reserves and status are public; status says with its exit code whether money moves."""
    assert api("reserves", "--url", api.url, "-o", "json").json["covered"] is False
    told = api("chain", "status", "--url", api.url, "-o", "json")
    assert told.code == (0 if told.json["ok"] else 1)
    assert api("attest", "show", "--url", api.url).code == 4


def test_an_attestation_is_started_once(api: Shell) -> None:
    """A second wish joins the one under way; waiting for an end that does not come fails."""
    first = api("attest", "run", "-o", "json", role="operator").json
    assert api("attest", "run", "-o", "json", role="operator").json["id"] == first["id"]
    assert api("attest", "run", "--wait", "1", role="operator").code == 1
    assert first["id"] in api("attest", "list", "--url", api.url).out


def test_openapi_is_printed_without_a_node(shell: Shell) -> None:
    """One JSON document."""
    told = shell("openapi")
    assert told.code == 0
    assert told.json["openapi"].startswith("3.1")
    assert "/v1/mint-orders" in told.json["paths"]
