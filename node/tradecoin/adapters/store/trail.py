"""What a transaction leaves behind beside its rows: feed lines, transitions, audit lines and wishes for work.

They are gathered while it runs and written together, so that ten thousand moves do not make forty thousand statements.
Their numbers have no holes: each follows the highest in the table, read in the same transaction, by writers in turn.
"""

from datetime import datetime
from typing import Any

from tradecoin.adapters.store.session import Session
from tradecoin.adapters.store.work import PUT
from tradecoin.ports.store import Step

_LAST = {
    "feed": "SELECT coalesce(max(seq), 0) FROM feed",
    "transitions": "SELECT coalesce(max(seq), 0) FROM transitions",
    "audit_trail": "SELECT coalesce(max(seq), 0) FROM audit_trail",
}
_INSERT = {
    "feed": "INSERT INTO feed (seq, type, subject, data, at) VALUES (:seq, :type, :subject, :data, :at)",
    "transitions": """INSERT INTO transitions (seq, subject, from_state, to_state, cause, actor, at)
        VALUES (:seq, :subject, :from_state, :to_state, :cause, :actor, :at)""",
    "audit_trail": """INSERT INTO audit_trail (seq, actor, action, subject, detail, at)
        VALUES (:seq, :actor, :action, :subject, :detail, :at)""",
}


class Trail:
    """What one transaction has yet to write."""

    __slots__ = ("_lines", "_session", "_work")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lines: dict[str, list[dict[str, Any]]] = {}
        self._work: list[dict[str, Any]] = []

    def line(self, type_: str, subject: str, data: str, at: datetime) -> None:
        """Gather a line of the feed."""
        self._gather("feed", {"type": type_, "subject": subject, "data": data, "at": at})

    def step(self, step: Step) -> None:
        """Gather an arrow that was walked."""
        walked = {"subject": step.subject, "from_state": step.from_state, "to_state": step.to_state}
        self._gather("transitions", {**walked, "cause": step.cause, "actor": step.actor, "at": step.at})

    def audit(self, actor: str, action: str, subject: str, detail: str, at: datetime) -> None:
        """Gather a line of the audit trail."""
        self._gather("audit_trail", {"actor": actor, "action": action, "subject": subject, "detail": detail, "at": at})

    def work(self, kind: str, subject: str, due_at: datetime) -> None:
        """Gather a wish for work."""
        self._work.append({"kind": kind, "subject": subject, "due_at": due_at})

    def _gather(self, table: str, values: dict[str, Any]) -> None:
        self._lines.setdefault(table, []).append(values)

    def flush(self) -> None:
        """Write everything gathered so far."""
        for table, lines in self._lines.items():
            ((last,),) = self._session.ask(_LAST[table])
            for place, values in enumerate(lines, start=last + 1):
                values["seq"] = place
            self._session.tell_many(_INSERT[table], lines)
        if self._work:
            self._session.tell_many(PUT, self._work)
        self._lines, self._work = {}, []
