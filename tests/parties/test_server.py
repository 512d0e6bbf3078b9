"""The HTTP side of a party: what is not of the agreed form is refused before anybody looks at it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.parties.fakes import BANK_ID
from tests.parties.world import REFERENCE, World, exchange, voucher
from tradecoin.domain.money import CoinScale
from tradecoin.parties.bank_signer import BankSigner, BankSignerConfig
from tradecoin.parties.rpc import Rpc
from tradecoin.parties.server import MAX_BODY
from tradecoin.parties.web import Web
from tradecoin.signing.keys import BadKeyFile
from tradecoin.signing.wire import to_json


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json_invalid"),
        (b"{", "json_invalid"),
        (b"\xff", "json_invalid"),
        (b"[]", "message_malformed"),
        (b"{}", "message_malformed"),
        (b'{"kind": "vouchers"}', "message_malformed"),
        (b'{"kind": "vouchers", "message": {}, "more": 1}', "message_malformed"),
        (b'{"kind": "vouchers", "message": {}}', "message_malformed"),
        (b'{"kind": "vouchers", "message": null}', "message_malformed"),
        (b'{"kind": "attestation", "message": {}}', "kind_unknown"),
        (b'{"kind": ["vouchers"], "message": {}}', "kind_unknown"),
    ],
)
def test_a_body_of_another_form_is_refused(signer: World, body: bytes, code: str) -> None:
    """With its code, and nothing is asked of bank or chain."""
    status, answer = exchange(signer.url, "POST", "/sign", body)
    assert (status, answer["code"]) == (400, code)
    assert signer.chain.asked == []


def test_a_body_that_is_nested_without_end_is_refused(signer: World) -> None:
    """A party's process keeps Python's own bound on nesting, which other tests of this process may have raised."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    try:
        status, answer = exchange(signer.url, "POST", "/sign", b"[" * 200_000)
    finally:
        sys.setrecursionlimit(before)
    assert (status, answer["code"]) == (400, "json_invalid")


def test_a_field_of_another_form_is_refused_with_its_place(signer: World) -> None:
    """Deep inside the message too."""
    message = to_json(signer.vouchers(voucher("TB", 1)))
    message["vouchers"][0]["amount"] = 5
    status, answer = signer.sign("vouchers", message)
    assert status == 400
    assert "message.vouchers[0].amount" in answer["message"]


def test_an_amount_beyond_the_type_is_refused(signer: World) -> None:
    """uint128 and no more."""
    message = to_json(signer.vouchers(voucher("TB", 1)))
    message["vouchers"][0]["amount"] = str(2**128)
    status, answer = signer.sign("vouchers", message)
    assert (status, answer["code"]) == (400, "amount_out_of_range")


def test_an_oversized_body_is_refused_unread(signer: World) -> None:
    """By its stated length; one without a length too."""
    parts = urlsplit(signer.url)
    for length, status in ((str(MAX_BODY + 1), 413), ("-1", 411), ("x", 411)):
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        connection.putrequest("POST", "/sign")
        connection.putheader("Content-Length", length)
        connection.endheaders()
        response = connection.getresponse()
        assert response.status == status
        assert "code" in json.loads(response.read())
        connection.close()


def test_other_paths_are_not_there(signer: World) -> None:
    """Two routes, no more."""
    assert exchange(signer.url, "GET", "/")[0] == 404
    assert exchange(signer.url, "POST", "/status", b"{}")[0] == 404


def test_a_connection_is_kept_for_the_next_question(signer: World) -> None:
    """The node asks often."""
    parts = urlsplit(signer.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    for _ in range(3):
        connection.request("GET", "/status")
        response = connection.getresponse()
        assert json.loads(response.read())["party"] == "bank-signer"
        assert not response.will_close
    connection.close()


def test_a_signature_that_cannot_be_remembered_is_not_given(signer: World) -> None:
    """A full disk must not make the signer forgetful."""
    reference = signer.bank.credit(1, REFERENCE)
    database = next(signer.folder.glob("party.sqlite3"))
    assert exchange(signer.url, "GET", "/status")[1]["signed"] == 0
    blocker = sqlite3.connect(database)
    blocker.execute("DROP TABLE vouchers")
    blocker.close()
    status, answer = signer.sign("vouchers", signer.vouchers(voucher(reference, 1)))
    assert (status, answer["code"]) == (503, "memory_unavailable")


def _settings(folder: Path, **changes: Any) -> dict[str, Any]:
    return World(folder).common("http://127.0.0.1:1", "http://127.0.0.1:1") | changes


def test_a_party_without_its_key_does_not_start(tmp_path: Path) -> None:
    """Nor with one that others may read."""
    settings = _settings(tmp_path)
    settings["key_file"].chmod(0o644)
    with pytest.raises(BadKeyFile):
        BankSigner(BankSignerConfig(**settings))


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:8400", "", "http://"])
def test_an_address_that_is_none_is_refused_at_the_start(url: str) -> None:
    """Not at the first question."""
    with pytest.raises(ValueError, match="no http or https address"):
        Web(url, 1)


@pytest.mark.parametrize("rule", ["", "soon", "depth", "depth:", "depth:-1", "depth:x"])
def test_an_unknown_finality_rule_is_refused_at_the_start(rule: str) -> None:
    """A rule that nobody wrote down is no rule."""
    with pytest.raises(ValueError, match="finality is"):
        Rpc(Web("http://127.0.0.1:1", 1), chain_id=1, finality=rule)


def test_settings_have_their_types(tmp_path: Path) -> None:
    """Currency and decimals come as the domain's own."""
    config = BankSignerConfig(**_settings(tmp_path))
    assert (str(config.money), config.scale, config.bank_id) == ("EUR", CoinScale(6), BANK_ID)


_SERVE = """
import sys, time
begun = time.monotonic()
from pathlib import Path
from tradecoin.parties.{module} import {config}, serve
folder = Path(sys.argv[1])
heavy = {{"web3", "eth_account", "fastapi", "sqlalchemy", "httpx", "lxml", "pydantic"}} & sys.modules.keys()
config = {config}(name="one", port=0, key_file=folder / "key", data=folder, bank_url="http://127.0.0.1:1",
    bank_id="B", account="A", currency="EUR", decimals=6, rpc_url="http://127.0.0.1:1", chain_id=1,
    token="0x" + "a1" * 20, narrow_bank="0x" + "b2" * 20, reserves="0x" + "c3" * 20)
def ready(url):
    print(url, sorted(heavy), round(1000 * (time.monotonic() - begun)), flush=True)
serve(config, ready)
print("stopped", flush=True)
"""


@pytest.mark.parametrize(("module", "config"), [("bank_signer", "BankSignerConfig"), ("attestor", "AttestorConfig")])
def test_a_party_starts_light_and_stops_clean(tmp_path: Path, module: str, config: str) -> None:
    """As a process: nothing heavy is loaded, it is there within a second, and SIGTERM ends it with status 0."""
    _settings(tmp_path)
    program = _SERVE.format(module=module, config=config)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE, env=environment)
    with process:
        assert process.stdout is not None
        url, heavy, milliseconds = process.stdout.readline().decode().split(" ", 2)
        assert heavy == "[]"
        assert int(milliseconds) < 5_000
        assert exchange(url, "GET", "/status")[1]["signed"] == 0
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == b"stopped\n"
        assert process.wait(10) == 0
        assert time.monotonic() - begun < 5
