"""What every test shares: how hard hypothesis looks, and which folders may not open a socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
WITHOUT_SOCKETS = ("contracts", "domain", "flow")

settings.register_profile("fast", max_examples=50, deadline=None, derandomize=True)
settings.register_profile(
    "thorough", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


class SocketRefused(Exception):
    """A test in a folder without sockets tried to reach the network, loopback included."""


def refuse_sockets(patch: pytest.MonkeyPatch) -> None:
    """Make every connect, bind and name look-up raise SocketRefused until `patch` is undone."""

    def refused(*args: object, **kwargs: object) -> NoReturn:
        raise SocketRefused(f"this folder's tests open no socket: {args[1:] or args}")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        patch.setattr(socket.socket, name, refused)
    patch.setattr(socket, "getaddrinfo", refused)


def is_without_sockets(test_file: Path) -> bool:
    """Say whether a test file lies in one of the folders that may not open a socket."""
    return test_file.is_relative_to(TESTS) and test_file.relative_to(TESTS).parts[0] in WITHOUT_SOCKETS


@pytest.fixture(autouse=True)
def _no_sockets_in_inner_layers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep the inner layers honest: what they test needs no network."""
    with pytest.MonkeyPatch.context() as patch:
        if is_without_sockets(request.path):
            refuse_sockets(patch)
        yield
