"""The bank over HTTP, against answers that a bank or a broken line gives."""

from collections.abc import Callable

import httpx
import pytest

from tradecoin.adapters.bank_http import HttpBank
from tradecoin.ports.bank import BankUnreachable, Handover

Answer = Callable[[httpx.Request], httpx.Response]


def bank(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> HttpBank:
    """Return the adapter over a bank that answers so."""
    real = httpx.Client
    monkeypatch.setattr(
        "tradecoin.adapters.bank_http.httpx.Client",
        lambda **told: real(base_url=told["base_url"], transport=httpx.MockTransport(answer)),
    )
    return HttpBank("http://bank", "NL30NRWB0000000001")


def broken(kind: type[httpx.TransportError]) -> Answer:
    """Return a line that breaks."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise kind("gone", request=request)

    return answer


@pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.WriteError])
def test_a_broken_line_leaves_a_payment_files_fate_unknown(
    monkeypatch: pytest.MonkeyPatch, kind: type[httpx.TransportError]
) -> None:
    """Whatever breaks, nobody says that it was not paid."""
    how, why = bank(monkeypatch, broken(kind)).hand_over(b"<pain/>")
    assert how is Handover.UNKNOWN
    assert why


@pytest.mark.parametrize(
    ("status", "how"),
    [(202, Handover.TAKEN), (422, Handover.REFUSED), (413, Handover.REFUSED), (500, Handover.UNKNOWN)],
)
def test_only_the_banks_own_no_is_a_no(monkeypatch: pytest.MonkeyPatch, status: int, how: Handover) -> None:
    """A server's trouble is not a refusal: the file may have been taken."""
    assert bank(monkeypatch, lambda request: httpx.Response(status, text="why")).hand_over(b"<pain/>")[0] is how


@pytest.mark.parametrize("status", [404, 500, 301])
def test_a_question_without_a_good_answer_is_unreachable(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """A feed that errs is not an empty one."""
    silent = bank(monkeypatch, lambda request: httpx.Response(status, text="trouble"))
    with pytest.raises(BankUnreachable):
        silent.new_messages("")
    with pytest.raises(BankUnreachable):
        silent.interim_report()


def test_a_line_that_breaks_in_a_question_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller may ask again."""
    silent = bank(monkeypatch, broken(httpx.ReadTimeout))
    for ask in (lambda: silent.new_messages(""), silent.interim_report, lambda: silent.payment_status("E1")):
        with pytest.raises(BankUnreachable):
            ask()


def test_an_unknown_payment_is_none_and_a_known_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not knowing is an answer; it is not an error."""
    told = {"msg_id": "M1", "iso_status": "RJCT", "reason": "AC04"}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=told) if request.url.path.endswith("/E 1") else httpx.Response(404)

    asked = bank(monkeypatch, answer)
    assert asked.payment_status("E2") is None
    status = asked.payment_status("E 1")
    assert status is not None
    assert (status.status, status.reason, status.end_to_end_id) == ("RJCT", "AC04", "E 1")


def test_messages_come_with_their_place_in_the_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cursor of the last one is where to go on; the bytes are the bank's."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/messages":
            after = int(request.url.params["after"])
            return httpx.Response(200, json=[{"seq": seq} for seq in (4, 9) if seq > after])
        return httpx.Response(200, content=request.url.path.rpartition("/")[2].encode())

    asked = bank(monkeypatch, answer)
    found = asked.new_messages("")
    assert [(one.cursor, one.raw) for one in found] == [("4", b"4"), ("9", b"9")]
    assert [one.cursor for one in asked.new_messages("4")] == ["9"]
