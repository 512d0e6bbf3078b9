"""What a test makes the bank do; no real bank has these."""

from collections.abc import Callable
from typing import Any

from tradecoin_devnet.bank import accounts, load, misbehave, own_book, payments, receipts, snapshots, statements, times
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.routing import Request, Response, Routes

ROUTES = Routes()


def _simple(path: str, action: Callable[[Desk, dict[str, Any]], Any]) -> None:
    """Add a control whose JSON body goes to `action` and whose result is the answer (201)."""

    @ROUTES.add("POST", path)
    def answer(request: Request) -> Response:
        body = request.body()
        return Response(201, request.bank.ask(lambda desk: action(desk, body)))


def _misbehave(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """Take in a rule; a return of a payment that is booked already needs no rule, only a date."""
    end_to_end_id = body.get("end_to_end_id")
    if body.get("behaviour") == "return" and isinstance(end_to_end_id, str):
        wait, reason = times.given_duration(body.get("after", "P3D")), str(body.get("reason", misbehave.DEFAULT_REASON))
        if payments.send_back(desk, end_to_end_id, wait, reason):
            return {"rules": misbehave.listing(desk)}
    return misbehave.put(desk, body)


_simple("/_bank/credits", receipts.credits)
_simple("/_bank/interest", lambda desk, body: receipts.own_entry(desk, body, "interest"))
_simple("/_bank/charges", lambda desk, body: receipts.own_entry(desk, body, "charge"))
_simple("/_bank/debits", lambda desk, body: receipts.own_entry(desk, body, "debit"))
_simple("/_bank/reversals", receipts.reverse)
_simple("/_bank/bookings", receipts.confirm)
_simple("/_bank/misbehave", _misbehave)
_simple("/_bank/statement", lambda desk, body: statements.close_now(desk, accounts.open_one(desk, body.get("iban"))))
_simple("/_bank/report", lambda desk, body: statements.report_now(desk, accounts.open_one(desk, body.get("iban"))))


@ROUTES.add("GET", "/_bank/misbehave")
def list_rules(request: Request) -> Response:
    """Answer with the rules that wait and the amounts that trigger something."""
    rules = request.bank.ask(misbehave.listing)
    return Response(200, {"rules": rules, "magic_amounts": misbehave.magic_table()})


@ROUTES.add("POST", "/_bank/load")
def load_statement(request: Request) -> Response:
    """Make a camt.053 the bank's book; `check` in the query only judges it, `set_clock` sets the devnet's clock."""
    check, set_clock = "check" in request.query, "set_clock" in request.query
    found = request.bank.ask(lambda desk: load.load(desk, request.raw, check_only=check, set_clock=set_clock))
    return Response(200 if check or found["already"] else 201, found)


@ROUTES.add("POST", "/_bank/snapshot")
def snapshot(request: Request) -> Response:
    """Put the books aside."""
    return Response(201, snapshots.take(request.bank, request.body().get("id")))


@ROUTES.add("POST", "/_bank/restore")
def restore(request: Request) -> Response:
    """Bring the books back."""
    return Response(200, snapshots.restore(request.bank, request.body().get("id")))


@ROUTES.add("GET", "/status", "/_mock/health")
def status(request: Request) -> Response:
    """Answer with how the bank is, and whether its books agree with themselves."""

    def question(desk: Desk) -> dict[str, Any]:
        found = own_book.contradictions(desk)
        count = {name: desk.books.value(f"SELECT count(*) FROM {name}") for name in _COUNTED}  # noqa: S608
        return {"status": "broken" if found else "ok", "contradictions": found, "now": times.stamp(desk.now()), **count}

    return Response(200, request.bank.ask(question))


_COUNTED = ("accounts", "entries", "messages", "payments", "statements")
