"""The messages in the eyes of others: an independent dictionary of ISO 20022, and the three dialects of camt."""

from importlib import import_module
from xml.etree import ElementTree

import pytest

from tests.devnet.bank.kit import BOB, Window, payment_file


def everything(window: Window) -> None:
    """Make the bank send every kind of message with every kind of entry in it."""
    window.credit("5.00", reference="RF18539007547034", end_to_end_id="IN1")
    window.credit("7.00", remittance=["first", "second & <last>"], note="two lines")
    window.credit("97.50", original={"amount": "110.00", "currency": "USD", "rate": "0.9"}, charges="1.50")
    window.credit("3.00", batch=[{"amount": "1.00", "debtor": BOB}, {"amount": "2.00"}], debtor=None)
    window.credit("8.00", pending=True)
    window.post("/_bank/interest", {"iban": window.iban, "amount": "2.00"})
    window.post("/_bank/charges", {"iban": window.iban, "amount": "0.50"})
    window.post("/_bank/reversals", {"reference": window.credit("9.00")["reference"], "reason": "AC04"})
    window.misbehave("return", end_to_end_id="E1", after=0)
    window.pay(("E1", "10.00"), ("E2", "9999.00"))
    window.ask(
        "POST", "/payments", payment_file(window.iban, ("E3", "1.00")).replace(b"<CtrlSum>1.00", b"<CtrlSum>2.00", 1)
    )
    window.post(f"/accounts/{window.iban}/report")
    window.post("/_bank/statement", {"iban": window.iban})
    window.advance(days=1)


def test_an_independent_dictionary_finds_no_fault(window: Window) -> None:
    """Order, occurrence, codes and formats of every element are as the package mock-bank knows them."""
    everything(window)
    messages = window.messages()
    assert {message.kind for message in messages} == {
        "camt.052.001.08",
        "camt.053.001.08",
        "camt.054.001.08",
        "pacs.004.001.09",
        "pain.002.001.10",
    }
    schema = import_module("mockbank.schema")  # it carries no types
    for message in messages:
        root = ElementTree.fromstring(message.body)
        findings = schema.check(schema.identify(root), root)
        assert [finding for finding in findings if finding.level == "error"] == [], message.body


@pytest.mark.parametrize("version", ["02", "04", "08"])
def test_an_account_chooses_its_dialect(window: Window, version: str) -> None:
    """Namespace, status, bank and party change with the version; reference, amount and side do not."""
    window.ask("PATCH", f"/accounts/{window.iban}", {"version": version})
    reference = window.credit("5.00")["reference"]
    (notice,) = window.messages("camt.054")
    assert notice.kind == f"camt.054.001.{version}"
    assert notice.root.tag == f"{{urn:iso:std:iso:20022:tech:xsd:camt.054.001.{version}}}Document"
    assert notice.texts("Ntry/Sts/Cd" if version == "08" else "Ntry/Sts") == ["BOOK"]
    assert notice.texts("RltdPties/Dbtr/Pty/Nm" if version == "08" else "RltdPties/Dbtr/Nm") == ["Bob"]
    assert notice.texts("DbtrAgt/FinInstnId/BIC" if version == "02" else "DbtrAgt/FinInstnId/BICFI") == ["COBADEFFXXX"]
    assert (notice.text("Ntry/Amt"), notice.text("Ntry/AcctSvcrRef")) == ("5.00", reference)


def test_the_feed_gives_every_message_its_place(window: Window) -> None:
    """Places rise; a reader goes on where it stopped, and may ask for one kind or one account."""
    window.credit("5.00")
    window.pay(("E1", "1.00"))
    places = [message["seq"] for message in window.get("/messages")]
    assert places == [1, 2, 3, 4]
    assert [message["seq"] for message in window.get("/messages?after=2&limit=1")] == [3]
    assert [message["kind"] for message in window.get("/messages?kind=camt.054")] == ["camt.054", "camt.054"]
    assert window.get(f"/messages?iban={BOB['iban']}") == []
    first = window.get("/messages")[0]
    assert window.get("/messages/1") == window.get(f"/messages/{first['key']}") == first["body"]


def test_a_mailbox_hands_out_each_message_once(window: Window) -> None:
    """Under mock-bank's names: peeking takes nothing, collecting does, and what was sent can still be listed."""
    window.credit("5.00")
    assert len(window.get("/_mock/mailbox?leave")) == 1
    assert len(window.get("/_mock/mailbox?type=camt.054")) == 1
    assert window.get("/_mock/mailbox") == []
    assert window.get("/_mock/messages")[0]["takenAt"] is not None
