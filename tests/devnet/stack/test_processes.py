"""The devnet's processes: remembered, told from strangers, ended whatever they do."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tradecoin_devnet.stack.interrupts import stoppable, uninterrupted
from tradecoin_devnet.stack.layout import Layout
from tradecoin_devnet.stack.processes import Process, Processes, ProcessFailed

SLEEP = ("-c", "import time; time.sleep(60)")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """The folder of a devnet."""
    found = Layout(tmp_path)
    found.make()
    return found


def test_another_command_can_stop_what_one_started(layout: Layout) -> None:
    """What runs is in a file, not in the memory of who started it."""
    started = Processes(layout)
    started.start("sleeper", SLEEP)
    later = Processes(layout)
    assert later.is_running("sleeper")
    later.stop()
    assert not started.is_running("sleeper")
    assert Processes(layout).names() == []
    started.stop()


def test_a_second_start_leaves_the_first_one_running(layout: Layout) -> None:
    """Nothing is started twice."""
    processes = Processes(layout)
    processes.start("sleeper", SLEEP)
    before = processes.pid("sleeper")
    processes.start("sleeper", SLEEP)
    assert processes.pid("sleeper") == before
    processes.stop()


def test_a_stranger_who_got_the_number_is_left_alone(layout: Layout) -> None:
    """After a restart of the machine the numbers belong to others; the time of their start tells."""
    stranger = Process(os.getpid(), "1")
    assert not stranger.lives()
    stranger.end(signal.SIGKILL)


def test_one_that_does_not_listen_is_killed(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop is a stop."""
    monkeypatch.setattr("tradecoin_devnet.stack.processes._STOP_SECONDS", 0.3)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    processes = Processes(layout)
    processes.start("deaf", ("-c", deaf))
    while "deaf" not in layout.log("deaf").read_text():
        time.sleep(0.01)
    processes.stop()
    assert not processes.is_running("deaf")


def test_one_that_ends_at_its_start_shows_what_it_wrote(layout: Layout) -> None:
    """The reason is in the message, not in a file to be looked for."""
    processes = Processes(layout)
    processes.start("broken", ("-c", "raise SystemExit('no such thing')"))
    with pytest.raises(ProcessFailed, match="no such thing"):
        processes.wait_ready("broken", "http://127.0.0.1:9/")
    processes.stop()


def test_settings_of_a_node_nearby_do_not_reach_the_devnet(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator's own TRADECOIN_DATABASE is not what the demo writes into."""
    monkeypatch.setenv("TRADECOIN_DATABASE", "postgresql://production")
    processes = Processes(layout)
    processes.start("teller", ("-c", "import os; print(sorted(n for n in os.environ if n.startswith('TRADECOIN_')))"))
    while processes.is_running("teller"):
        time.sleep(0.01)
    assert layout.log("teller").read_text().strip() == "[]"
    processes.stop()


def test_a_signal_in_a_critical_moment_comes_after_it() -> None:
    """Nothing is left half written down."""
    done: list[str] = []

    def work() -> None:
        with stoppable(), uninterrupted():
            signal.raise_signal(signal.SIGTERM)
            done.append("written down")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["written down"]


def test_sigterm_ends_as_ctrl_c_does() -> None:
    """What a caller cleans up at one, it cleans up at the other."""
    code = (
        "import signal\nfrom tradecoin_devnet.stack.interrupts import stoppable\n"
        "try:\n    with stoppable():\n        signal.raise_signal(signal.SIGTERM)\n"
        "except KeyboardInterrupt:\n    print('cleaned up')\n"
    )
    path = os.pathsep.join(filter(None, sys.path))
    told = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert told.stdout == "cleaned up\n"


def test_a_folder_deleted_too_early_keeps_nobody_alive(layout: Layout) -> None:
    """All processes end, also when their list is gone."""
    processes = Processes(layout)
    for name in ("one", "two"):
        processes.start(name, SLEEP)
    shutil.rmtree(layout.home)
    processes.stop()
    assert not any(map(processes.is_running, ("one", "two")))
