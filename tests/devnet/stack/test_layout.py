"""Ports and wishes of a devnet: free ones, taken ones, and the same again after it was down."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from tradecoin_devnet.stack.devnet import Devnet
from tradecoin_devnet.stack.layout import Layout, PortBusy, Ports
from tradecoin_devnet.stack.wish import DevnetDiffers, ReserveAccount, Wish


def test_a_taken_port_is_named_with_who_needs_it_and_who_has_it() -> None:
    """Whoever reads the message knows what to end, or to move."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortBusy, match=rf"port {port}, which bank needs, .*process {os.getpid()}"):
            Ports.from_base(port - 2)


def test_free_ports_are_all_different() -> None:
    """Nine processes, nine ports."""
    ports = Ports.from_base(0)
    assert len(set(ports.by_name.values())) == len(ports.by_name) == 9


def test_ports_are_kept_for_the_next_command(tmp_path: Path) -> None:
    """A devnet on free ports is found again."""
    layout = Layout(tmp_path)
    assert Ports.kept(layout) is None
    ports = Ports.from_base(0)
    ports.keep(layout)
    assert Ports.kept(layout) == ports


def test_a_wish_is_kept_and_a_change_of_engine_refused(tmp_path: Path) -> None:
    """Chain and books of one engine are of no use to the other."""
    layout = Layout(tmp_path)
    wish = Wish(engine="anvil", reserve=ReserveAccount(currency="JPY"))
    wish.keep(layout)
    assert Wish.again(layout, None, None) == wish
    assert Wish.again(layout, "anvil", "") == wish
    with pytest.raises(DevnetDiffers, match="anvil"):
        Wish.again(layout, "embedded", None)
    with pytest.raises(DevnetDiffers, match="SQLite"):
        Wish.again(layout, None, "postgresql://x")


@pytest.mark.slow
def test_up_twice_is_up_once_and_down_and_up_goes_on(tmp_path: Path) -> None:
    """The second start changes nothing; after a stop the same chain, bank and books come back, on other ports."""
    made: list[Devnet] = []

    def up() -> dict[str, Any]:
        made.append(Devnet.again(tmp_path, 0, None, None, lambda text: None))
        return made[-1].up(before_node=Devnet.open_reserve_account)

    def pids() -> dict[str, int]:
        return {name: made[-1].processes.pid(name) for name in made[-1].processes.names()}

    kept = ("tokens", "api_keys", "deployment")
    try:
        told, before = up(), pids()
        assert (up(), pids()) == (told, before)
        made[-1].down()
        assert not any(map(made[0].processes.is_running, before))
        again = up()
        assert [again[name] for name in kept] == [told[name] for name in kept]
        assert again["ports"] != told["ports"]
    finally:
        for one in reversed(made):
            one.down()
