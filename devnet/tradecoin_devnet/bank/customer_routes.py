"""What customers and auditors ask: accounts, the book, statements, payments, messages.

Routes under `/_mock` are the same under the names that the package mock-bank gives them, so that one client serves
both.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from tradecoin_devnet.bank import accounts, fields, outbox, own_book, payments, statements, times
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.routing import Request, Response, Routes

ROUTES = Routes()
_XML = "application/xml; charset=utf-8"


def _about_account(method: str, *patterns: str, action: Callable[[Desk, sqlite3.Row, Request], Any]) -> None:
    """Add routes whose first varying part is an IBAN; what `action` returns is the answer."""

    @ROUTES.add(method, *patterns)
    def answer(request: Request) -> Response:
        found = request.bank.ask(lambda desk: action(desk, accounts.named(desk, request.path[0]), request))
        return Response(201 if method == "POST" else 200, found, _XML if isinstance(found, str) else "application/json")


_about_account(
    "GET", "/accounts/{}", "/_mock/accounts/{}", action=lambda desk, account, _: own_book.account_line(desk, account)
)
_about_account(
    "GET", "/accounts/{}/entries", action=lambda desk, account, request: own_book.lines(desk, account, request.query)
)
_about_account(
    "GET",
    "/accounts/{}/balance",
    action=lambda desk, account, request: own_book.balance(desk, account, request.query.get("at")),
)
_about_account(
    "GET",
    "/accounts/{}/statements",
    "/_mock/accounts/{}/statements",
    action=lambda desk, account, _: statements.listing(desk, account),
)
_about_account(
    "GET",
    "/accounts/{}/statements/{}",
    action=lambda desk, account, request: statements.document(desk, account, request.path[1]),
)
_about_account(
    "POST",
    "/accounts/{}/report",
    "/_mock/accounts/{}/report",
    action=lambda desk, account, _: statements.report_now(desk, account),
)


@ROUTES.add("GET", "/accounts", "/_mock/accounts")
def list_accounts(request: Request) -> Response:
    """Answer with every account."""
    return Response(200, request.bank.ask(own_book.account_list))


@ROUTES.add("POST", "/accounts", "/_mock/accounts")
def open_account(request: Request) -> Response:
    """Answer with the new account, or 409 when its IBAN is taken."""
    body = request.body()
    return Response(201, request.bank.ask(lambda desk: accounts.as_json(accounts.open_account(desk, body))))


@ROUTES.add("PATCH", "/accounts/{}", "/_mock/accounts/{}")
def change_account(request: Request) -> Response:
    """Change how an account is treated, or close it."""
    body = request.body()
    return Response(200, request.bank.ask(lambda desk: accounts.as_json(accounts.change(desk, request.path[0], body))))


@ROUTES.add("POST", "/payments")
def take_payments(request: Request) -> Response:
    """Take in a pain.001."""
    return Response(*request.bank.ask(lambda desk: payments.receive(desk, request.raw)))


@ROUTES.add("GET", "/payments/{}", "/_mock/payments/{}")
def inquire(request: Request) -> Response:
    """Answer how a payment stands."""
    return Response(200, request.bank.ask(lambda desk: payments.inquire(desk, request.path[0])))


@ROUTES.add("GET", "/messages", "/_mock/messages")
def read_feed(request: Request) -> Response:
    """Answer with what was sent after a place in the feed."""
    query = request.query
    after = fields.whole_number(query.get("after", 0), "after")
    limit = fields.whole_number(query.get("limit", 500), "limit", 1)
    kind = query.get("kind", query.get("type", ""))
    return Response(200, request.bank.ask(lambda desk: outbox.feed(desk, after, kind, query.get("iban"), limit)))


@ROUTES.add("GET", "/messages/{}", "/_mock/mailbox/{}")
def show_message(request: Request) -> Response:
    """Answer with one message's XML."""
    return Response(200, request.bank.ask(lambda desk: str(outbox.message(desk, request.path[0])["body"])), _XML)


@ROUTES.add("GET", "/_mock/mailbox")
def collect(request: Request) -> Response:
    """Answer with what was not collected yet, and mark it collected unless `leave` is in the query."""

    def question(desk: Desk) -> list[dict[str, Any]]:
        found = outbox.untaken(desk, request.query.get("type", ""))
        if "leave" not in request.query:
            outbox.take(desk, [message["seq"] for message in found], times.stamp(desk.now()))
        return found

    return Response(200, request.bank.ask(question))
