"""JSON-RPC over real HTTP: to the embedded chain's server, and to servers that answer badly."""

import json
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tradecoin.adapters.chain.http import BadUrl, Poster
from tradecoin.adapters.chain.rpc import MAX_BATCH, HttpEndpoint, RpcError
from tradecoin.ports.chain import ChainUnreachable

Answering = Callable[[Any], tuple[int, bytes]]


@contextmanager
def _server(answering: Answering, *, closing: bool = False) -> Iterator[tuple[str, list[Any]]]:
    """Serve with a function from the request to status and body; yield the URL and the requests seen."""
    seen: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append(request)
            status, body = answering(request)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = closing

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that went away is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _endpoint(answering: Answering, **settings: float) -> Iterator[tuple[HttpEndpoint, list[Any]]]:
    with _server(answering) as (url, seen):
        endpoint = HttpEndpoint(url, **settings)
        yield endpoint, seen
        endpoint.close()


def _body(answer: Any) -> tuple[int, bytes]:
    return 200, json.dumps(answer).encode()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>"),
        (200, b'{"id": 1, "result": '),
        (502, b"bad gateway"),
        (503, b""),
        (200, b"[]"),
        (404, b"not here"),
    ],
)
def test_nonsense_is_an_endpoint_that_cannot_be_reached(status: int, body: bytes) -> None:
    """What cannot be understood is no answer, and is asked once."""
    with _endpoint(lambda request: (status, body)) as (endpoint, seen):
        with pytest.raises(ChainUnreachable):
            endpoint.call("eth_chainId")
        with pytest.raises(ChainUnreachable):
            endpoint.batch([("eth_chainId", [])] * 2)
        assert len(seen) == 2


@pytest.mark.parametrize("url", ["", "localhost:8545", "ws://localhost", "http://", "file:///etc/passwd"])
def test_an_address_that_is_no_http_url_is_refused(url: str) -> None:
    """Before anything is opened."""
    with pytest.raises(BadUrl):
        HttpEndpoint(url)


def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    """One that went stale while it was idle is replaced, and each call is made once."""
    with _server(lambda request: (200, b"{}"), closing=True) as (url, seen):
        poster = Poster(url, timeout_seconds=5)
        for _ in range(3):
            assert poster.post(b"1") == (200, b"{}")
            (idle,) = poster._idle
            assert select.select([idle.sock], [], [], 5)[0], "the server closes it"
        assert len(seen) == 3
        poster.close()


def test_a_connection_is_kept_and_used_again() -> None:
    """Opening one costs more than asking."""
    with _server(lambda request: (200, b"{}")) as (url, _):
        poster = Poster(url, timeout_seconds=5)
        poster.post(b"1")
        first = poster._idle[:]
        poster.post(b"1")
        assert poster._idle == first
        poster.close()


def test_nobody_there_is_an_endpoint_that_cannot_be_reached() -> None:
    """A closed port answers nothing."""
    with _server(lambda request: (200, b"")) as (url, _):
        pass
    endpoint = HttpEndpoint(url)
    with pytest.raises(ChainUnreachable):
        endpoint.call("eth_chainId")
    endpoint.close()


def test_silence_is_not_waited_for_longer_than_said() -> None:
    """The time limit holds for one call; the call is not repeated."""
    heard = threading.Event()
    with _endpoint(lambda request: (200, b"late") if heard.wait(5) else (200, b""), timeout_seconds=0.05) as (
        endpoint,
        seen,
    ):
        with pytest.raises(ChainUnreachable):
            endpoint.call("eth_sendRawTransaction", "0x00")
        heard.set()
        assert len(seen) == 1


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_error_comes_with_its_code_text_and_data(status: int) -> None:
    """Also when the status is an error's: some servers do that."""
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": 3, "message": "execution reverted", "data": "0x08"}}
    with _endpoint(lambda request: (status, json.dumps(error).encode())) as (endpoint, _):
        with pytest.raises(RpcError) as caught:
            endpoint.call("eth_call", {})
        assert (caught.value.number, caught.value.said, caught.value.data) == (3, "execution reverted", "0x08")


def test_a_batch_is_put_back_into_its_order_and_keeps_errors_in_place() -> None:
    """Servers may answer in any order."""

    def shuffled(request: Any) -> tuple[int, bytes]:
        answers: list[Any] = [{"id": call["id"], "result": call["params"][0]} for call in request]
        answers[1] = {"id": 1, "error": {"code": -1, "message": "no"}}
        return _body(answers[::-1])

    with _endpoint(shuffled) as (endpoint, _):
        first, second, third = endpoint.batch([("m", [number]) for number in (7, 8, 9)])
    assert (first, third) == (7, 9)
    assert isinstance(second, RpcError)


def test_a_batch_with_an_answer_missing_is_no_answer() -> None:
    """Half an answer is not taken for a whole one."""
    with _endpoint(lambda request: _body([{"id": 0, "result": 1}])) as (endpoint, _), pytest.raises(ChainUnreachable):
        endpoint.batch([("m", []), ("m", [])])


def test_a_long_batch_is_cut_into_pieces() -> None:
    """No request is longer than an endpoint takes."""
    with _endpoint(lambda request: _body([{"id": call["id"], "result": call["params"][0]} for call in request])) as (
        endpoint,
        seen,
    ):
        wanted = list(range(MAX_BATCH * 2 + 1))
        assert endpoint.batch([("m", [number]) for number in wanted]) == wanted
        assert [len(request) for request in seen] == [MAX_BATCH, MAX_BATCH, 1]


def test_a_number_beyond_64_bits_comes_whole() -> None:
    """JSON integers are not floats here."""
    with _endpoint(lambda request: _body({"id": 1, "result": 2**200})) as (endpoint, _):
        assert endpoint.call("m") == 2**200
