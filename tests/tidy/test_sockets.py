"""The folders that test inner layers cannot reach the network, not even loopback."""

import socket

import pytest

from tests.conftest import TESTS, SocketRefused, is_without_sockets, refuse_sockets


def test_a_test_of_an_inner_layer_cannot_open_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting, binding, sending and looking up a name are refused, whoever does it."""
    refuse_sockets(monkeypatch)
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        with pytest.raises(SocketRefused):
            tcp.connect(("127.0.0.1", 9))
        with pytest.raises(SocketRefused):
            tcp.bind(("127.0.0.1", 0))
        with pytest.raises(SocketRefused):
            udp.sendto(b"", ("127.0.0.1", 9))
    with pytest.raises(SocketRefused):
        socket.create_connection(("localhost", 9))


def test_only_the_inner_layers_are_kept_from_sockets() -> None:
    """Domain, flow and contracts are; adapters, devnet and journeys need the real thing."""
    assert is_without_sockets(TESTS / "domain" / "test_money.py")
    assert is_without_sockets(TESTS / "contracts" / "unit" / "test_token.py")
    assert not is_without_sockets(TESTS / "adapters" / "test_store.py")
    assert not is_without_sockets(TESTS / "devnet" / "bank" / "test_server.py")
