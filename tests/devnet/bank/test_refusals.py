"""What the bank will not do; each refusal leaves the books as they were."""

import pytest

from tests.devnet.bank.kit import BOB, Window, payment_file


def untouched(window: Window) -> None:
    """Fail when money moved or a message went out."""
    assert window.balance() == "1000.00"
    assert window.messages() == []
    window.sound()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 100}, "invalid_request"),
        ({"amount": "1e2"}, "invalid_request"),
        ({"amount": "-1.00"}, "invalid_request"),
        ({"amount": "0.00"}, "invalid_request"),
        ({"amount": "1.001"}, "invalid_request"),
        ({"currency": "USD"}, "invalid_request"),
        ({"debtor": {**BOB, "iban": "DE88370400440532013000"}}, "invalid_request"),
        ({"value_date": "30.9.2026"}, "invalid_request"),
        ({"pending": "yes"}, "invalid_request"),
        ({"remittance": ["a\x00b"]}, "invalid_request"),
        ({"code": "ESCT"}, "invalid_request"),
        ({"batch": [{"amount": "1.00"}, {"amount": "2.00"}]}, "invalid_request"),
        ({"amuont": "1.00"}, "invalid_request"),
    ],
)
def test_a_credit_that_is_not_clear_is_refused(window: Window, change: dict[str, object], code: str) -> None:
    """A wrong amount, currency, account number, date or field is a 400 that names it."""
    body = {"iban": window.iban, "amount": "100.00", **change}
    assert window.refused("POST", "/_bank/credits", body) == (400, code)
    untouched(window)


def test_one_wrong_credit_of_several_refuses_all(window: Window) -> None:
    """A list is booked whole or not at all."""
    good = {"iban": window.iban, "amount": "100.00"}
    assert window.refused("POST", "/_bank/credits", {"credits": [good, {**good, "amount": "0"}]})[0] == 400
    untouched(window)


def test_an_unknown_account_is_not_found(window: Window) -> None:
    """Money cannot arrive, and nothing can be read, where there is no account."""
    assert window.refused("POST", "/_bank/credits", {"iban": BOB["iban"], "amount": "1.00"}) == (404, "not_found")
    assert window.refused("GET", f"/accounts/{BOB['iban']}/entries") == (404, "not_found")
    assert window.refused("GET", "/payments/E1") == (404, "not_found")
    assert window.refused("GET", "/messages/77") == (404, "not_found")


def test_a_closed_account_takes_no_money(window: Window) -> None:
    """Closing is final for credits, and the account can still be read."""
    assert window.ask("PATCH", f"/accounts/{window.iban}", {"closed": True})[0] == 200
    assert window.refused("POST", "/_bank/credits", {"iban": window.iban, "amount": "1.00"}) == (409, "account_closed")
    untouched(window)


@pytest.mark.parametrize(
    "change",
    [
        {"iban": "NL31NRWB0000000001"},
        {"name": ""},
        {"name": "a" * 141},
        {"currency": "euro"},
        {"kind": "secret"},
        {"opening_balance": 5},
        {"zone": "Mars/Olympus"},
        {"version": "09"},
    ],
)
def test_an_account_that_is_not_clear_is_refused(window: Window, change: dict[str, object]) -> None:
    """Wrong check digits, names, zones and kinds are a 400."""
    assert window.refused("POST", "/accounts", {"name": "Anna", **change}) == (400, "invalid_request")


def test_an_iban_is_kept_once(window: Window) -> None:
    """A second account under the same number is a 409."""
    body = {"name": "Anna", "iban": window.iban}
    assert window.refused("POST", "/accounts", body) == (409, "account_exists")


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 422, "unreadable_file"),
        (b"{}", 422, "unreadable_file"),
        (b"<Document", 422, "unreadable_file"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"/>', 422, "unreadable_file"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>', 422, "unreadable_file"),
        (b"<a>" + b"x" * (5 * 1024 * 1024) + b"</a>", 413, "too_large"),
    ],
)
def test_what_is_no_payment_file_is_refused(window: Window, raw: bytes, status: int, code: str) -> None:
    """Empty, cut off, too large or in another namespace: nothing is taken in."""
    assert window.refused("POST", "/payments", raw) == (status, code)
    untouched(window)


def test_entities_and_document_types_are_refused(window: Window) -> None:
    """A bomb of entities is not expanded, and a file on the disk is not read."""
    good = payment_file(window.iban, ("E1", "10.00")).split(b"?>", 1)[1]
    bomb = b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    leak = b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    for doctype, name in ((bomb, b"&b;"), (leak, b"&a;")):
        assert window.refused("POST", "/payments", doctype + good.replace(b"Bob", name))[0] == 422
    untouched(window)


def test_an_amount_without_a_currency_or_an_id_that_is_too_long_is_refused(window: Window) -> None:
    """A payment that cannot be named back to its sender is not taken in."""
    good = payment_file(window.iban, ("E1", "10.00"))
    long = good.replace(b"<EndToEndId>E1<", b"<EndToEndId>" + b"E" * 36 + b"<")
    assert window.refused("POST", "/payments", long) == (422, "unreadable_file")
    assert window.refused("POST", "/payments", good.replace(b"InstdAmt", b"EqvtAmt")) == (422, "unreadable_file")
    untouched(window)


def test_a_balance_in_the_future_is_not_told(window: Window) -> None:
    """More may be booked before a time that has not come; a naive time is no time."""
    path = f"/accounts/{window.iban}/balance?at="
    assert window.refused("GET", path + "2026-10-01T00:00:00Z") == (409, "in_the_future")
    assert window.refused("GET", path + "2026-09-29T00:00:00Z") == (409, "before_opening")
    assert window.refused("GET", path + "2026-09-30T09:00:00") == (400, "invalid_request")


def test_what_is_unknown_to_the_route_table_is_refused_by_name(window: Window) -> None:
    """404 for a path that does not exist, 405 for one that takes another method."""
    assert window.refused("GET", "/nothing") == (404, "not_found")
    assert window.refused("DELETE", "/accounts") == (405, "method_not_allowed")
    assert window.refused("POST", "/_bank/credits", b"[1]") == (400, "invalid_request")
    assert window.refused("POST", "/_bank/credits", b"{") == (400, "invalid_request")
    assert window.refused("POST", "/_bank/credits", b"[" * 100_000) == (400, "invalid_request")


@pytest.mark.parametrize(
    "body",
    [
        {"behaviour": "reject"},
        {"behaviour": "explode", "end_to_end_id": "E1"},
        {"behaviour": "late", "end_to_end_id": "E1", "after": "soon"},
        {"behaviour": "reject", "end_to_end_id": "E1", "iban": "x"},
        {"behaviour": "short", "end_to_end_id": "E1", "amount": "1.00"},
        {"behaviour": "reject", "end_to_end_id": "E1", "times": 0},
    ],
)
def test_a_misbehaviour_that_is_not_clear_is_refused(window: Window, body: dict[str, object]) -> None:
    """About what, which one, when and how often must be known."""
    assert window.refused("POST", "/_bank/misbehave", body) == (400, "invalid_request")


def test_an_entry_is_reversed_once_and_booked_once(window: Window) -> None:
    """Undoing something twice, or booking what is booked, is a 409; a pending entry cannot be undone."""
    booked, pending = window.credit("5.00")["reference"], window.credit("6.00", pending=True)["reference"]
    window.post("/_bank/reversals", {"reference": booked})
    assert window.refused("POST", "/_bank/reversals", {"reference": booked}) == (409, "already_reversed")
    assert window.refused("POST", "/_bank/reversals", {"reference": pending}) == (409, "not_booked")
    assert window.refused("POST", "/_bank/bookings", {"reference": booked}) == (409, "already_booked")
    assert window.refused("POST", "/_bank/reversals", {"reference": "none"}) == (404, "not_found")
