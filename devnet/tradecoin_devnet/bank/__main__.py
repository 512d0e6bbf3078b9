"""Run the bank: `python -m tradecoin_devnet.bank --port 8402 --data DIR --clock FILE [--files DIR]`."""

import argparse
import json
import signal
import sys
import threading
import time
from pathlib import Path

from tradecoin_devnet.bank import accounts
from tradecoin_devnet.bank.bank import Bank
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.folders import Folders
from tradecoin_devnet.bank.http_server import BankServer

PORT_BUSY = 3


def main() -> int:
    """Serve until SIGTERM or SIGINT; return 3 when the port is taken."""
    started = time.monotonic()
    given = _arguments().parse_args()
    bank = Bank(given.data, given.clock, given.zone)
    if given.seed:
        _seed(bank, given.seed)
    try:
        server = BankServer((given.host, given.port), bank)
    except OSError as error:
        print(f"the bank cannot listen on port {given.port}: {error.strerror}", file=sys.stderr)
        return PORT_BUSY
    _serve(server, bank, Folders(bank, given.files) if given.files else None, started)
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tradecoin_devnet.bank", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one; the first line of output names it")
    parser.add_argument("--data", type=Path, required=True, help="folder of the books")
    parser.add_argument("--clock", type=Path, required=True, help="the devnet's clock file")
    parser.add_argument("--files", type=Path, help="folder with in/ and out/ for messages as files")
    parser.add_argument("--seed", type=Path, help='JSON file {"accounts": [...]}; accounts that exist are left alone')
    parser.add_argument("--zone", default="UTC", help="time zone in which an account's day ends")
    return parser


def _seed(bank: Bank, path: Path) -> None:
    """Open the accounts of the file that the bank does not keep yet."""
    wished = json.loads(path.read_text())["accounts"]

    def open_missing(desk: Desk) -> None:
        for body in wished:
            if not accounts.find(desk, body["iban"]):
                accounts.open_account(desk, body)

    bank.ask(open_missing)


def _serve(server: BankServer, bank: Bank, folders: Folders | None, started: float) -> None:
    """Answer requests until a signal comes, then finish the one at hand and close the books."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    ready = {"bank": server.url, "started_ms": round((time.monotonic() - started) * 1000)}
    print(json.dumps(ready), flush=True)
    while not stop.wait(0.25):
        bank.catch_up()
        if folders:
            folders.exchange()
    server.shutdown()
    server.server_close()
    bank.close()


if __name__ == "__main__":
    sys.exit(main())
