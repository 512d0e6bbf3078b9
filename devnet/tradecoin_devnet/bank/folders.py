"""Messages as files: what lies in `in/` is taken in, what is sent is written to `out/`, each by one rename."""

import json
import os
from pathlib import Path

from tradecoin_devnet.bank import payments
from tradecoin_devnet.bank.bank import Bank
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.refusals import Refused


class Folders:
    """The folder transport below one directory: `in`, `out`, `done`, `refused`.

    A crash in between repeats a step, which changes nothing: the same bytes get the same answer, and a message is
    written under the same name again.
    """

    def __init__(self, bank: Bank, root: Path) -> None:
        """Make the folders that are missing."""
        self._bank, self._root = bank, root
        for name in ("in", "out", "done", "refused"):
            (root / name).mkdir(parents=True, exist_ok=True)

    def exchange(self) -> None:
        """Take in every file that waits, then write every message that was sent."""
        for path in sorted((self._root / "in").glob("[!.]*.xml")):
            self._take_in(path)
        while self._bank.ask(self._write_some):
            pass

    def _take_in(self, path: Path) -> None:
        """Take in one file and put it aside with the bank's answer beside it."""
        raw = path.read_bytes()
        try:
            status, answer = self._bank.ask(lambda desk: payments.receive(desk, raw))
        except Refused as refusal:
            status, answer = refusal.status, {"code": refusal.code, "message": refusal.message}
        aside = self._root / ("done" if status < 400 else "refused") / path.name
        _write(aside.with_suffix(".json"), json.dumps(answer))
        os.replace(path, aside)

    def _write_some(self, desk: Desk) -> bool:
        """Write up to a hundred sent messages; say whether there were any."""
        sql = "SELECT id, seq, type, body FROM messages WHERE written = 0 AND seq IS NOT NULL ORDER BY seq LIMIT 100"
        rows = desk.books.all(sql)
        for row in rows:
            _write(self._root / "out" / f"{row['seq']:08d}-{row['type']}.xml", row["body"])
            desk.books.run("UPDATE messages SET written = 1 WHERE id = ?", row["id"])
        return bool(rows)


def _write(path: Path, text: str) -> None:
    """Write the whole file or nothing: a reader never sees half of it."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text)
    os.replace(draft, path)
