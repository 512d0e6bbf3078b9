"""The queue of due work, and leases of the parts that only one process may play.

A piece of work is one row for its kind and subject. `leased_until` is set while somebody has it, and `token` says who:
it comes from a counter that only rises, so that whoever lost the lease can neither finish nor postpone the work.
`again_at` is the wish that came while it was leased: `finish` then leaves the piece there, to be run once more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from tradecoin.adapters.store.session import Session
from tradecoin.ports.store import Work

PUT: Final = """INSERT INTO work (kind, subject, problem, due_at, leased_until, again_at, token, attempts)
    VALUES (:kind, :subject, '', :due_at, NULL, NULL, 0, 0)
    ON CONFLICT (kind, subject) DO UPDATE SET
    due_at = CASE WHEN work.leased_until IS NULL AND excluded.due_at < work.due_at
        THEN excluded.due_at ELSE work.due_at END,
    again_at = CASE WHEN work.leased_until IS NULL THEN NULL
        WHEN work.again_at IS NULL OR excluded.due_at < work.again_at THEN excluded.due_at ELSE work.again_at END"""

_CLAIM = {
    "sqlite": """UPDATE work SET leased_until = :until, again_at = NULL, token = :token
        WHERE (kind, subject) IN (SELECT kind, subject FROM work
            WHERE kind IN (SELECT value FROM json_each(:kinds))
            AND due_at <= :now AND (leased_until IS NULL OR leased_until <= :now)
            ORDER BY due_at, kind, subject LIMIT :limit)
        RETURNING kind, subject, token, attempts, due_at""",
    "postgresql": """WITH due AS MATERIALIZED (SELECT kind, subject FROM work
            WHERE kind IN (SELECT json_array_elements_text(CAST(:kinds AS json)))
            AND due_at <= :now AND (leased_until IS NULL OR leased_until <= :now)
            ORDER BY due_at, kind, subject LIMIT :limit FOR UPDATE SKIP LOCKED)
        UPDATE work SET leased_until = :until, again_at = NULL, token = nextval('work_token')
        FROM due WHERE work.kind = due.kind AND work.subject = due.subject
        RETURNING work.kind, work.subject, token, attempts, due_at""",
}
_COUNT_UP = """INSERT INTO tokens (name, value) VALUES ('work', 1)
    ON CONFLICT (name) DO UPDATE SET value = tokens.value + 1 RETURNING value"""
_ANY_DUE = "SELECT 1 FROM work WHERE due_at <= :now AND (leased_until IS NULL OR leased_until <= :now) LIMIT 1"
_NEXT = "SELECT min(due_at) FROM work WHERE leased_until IS NULL OR leased_until <= :now"
# A lease given back leaves its token behind, so `leased_until` is asked too.
_FINISH = """DELETE FROM work WHERE kind = :kind AND subject = :subject AND token = :token
    AND leased_until IS NOT NULL AND again_at IS NULL"""
_AGAIN = """UPDATE work SET due_at = again_at, leased_until = NULL, again_at = NULL, attempts = 0, problem = ''
    WHERE kind = :kind AND subject = :subject AND token = :token
    AND leased_until IS NOT NULL AND again_at IS NOT NULL"""
_POSTPONE = """UPDATE work SET due_at = CASE WHEN again_at < :until THEN again_at ELSE :until END,
    leased_until = NULL, again_at = NULL, attempts = attempts + :failed, problem = :problem
    WHERE kind = :kind AND subject = :subject AND token = :token AND leased_until IS NOT NULL"""
_LEASE = "SELECT owner, fence, until FROM leases WHERE name = :name"
_TAKE = """INSERT INTO leases (name, owner, fence, until) VALUES (:name, :owner, :fence, :until)
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, fence = excluded.fence, until = excluded.until"""


def any_due(session: Session, now: datetime) -> bool:
    """Say whether a claim could find anything, without a write."""
    return bool(session.ask(_ANY_DUE, now=now))


def claim(session: Session, kinds: str, limit: int, now: datetime, until: datetime) -> Sequence[Work]:
    """Lease due work of `kinds` (a JSON list) until `until`, oldest first."""
    values: dict[str, Any] = {"kinds": kinds, "now": now, "until": until, "limit": limit}
    if session.dialect.name == "sqlite":
        ((values["token"],),) = session.ask(_COUNT_UP)
    records = session.ask(_CLAIM[session.dialect.name], **values)
    records.sort(key=lambda record: (record[4], record[0], record[1]))
    return tuple(Work(kind, subject, token, attempts) for kind, subject, token, attempts, _ in records)


def finish(session: Session, work: Work) -> None:
    """Remove the work, or leave it due when it was put again; nothing if the lease was lost."""
    mine = {"kind": work.kind, "subject": work.subject, "token": work.token}
    if session.tell(_FINISH, **mine) == 0:
        session.tell(_AGAIN, **mine)


def postpone(session: Session, work: Work, until: datetime, problem: str) -> None:
    """Give the lease back; the earlier of `until` and what was wished meanwhile is when it is due."""
    mine = {"kind": work.kind, "subject": work.subject, "token": work.token}
    session.tell(_POSTPONE, **mine, until=until, failed=int(bool(problem)), problem=problem)


def next_due(session: Session, now: datetime) -> datetime | None:
    """Return when the earliest unleased work is due."""
    ((moment,),) = session.ask(_NEXT, now=now)
    into = session.dialect.moment.into
    found: datetime | None = into(moment) if into and moment is not None else moment
    return found


def lead(session: Session, name: str, owner: str, now: datetime, seconds: int) -> int | None:
    """Renew the lease under its number, or take a free one under the next; None while somebody else holds it."""
    found = session.ask(_LEASE, name=name)
    holder, fence, until = found[0] if found else ("", 0, None)
    into = session.dialect.moment.into
    held = until is not None and (into(until) if into else until) > now
    if held and holder != owner:
        return None
    number = int(fence) if held else int(fence) + 1
    session.tell(_TAKE, name=name, owner=owner, fence=number, until=now + timedelta(seconds=seconds))
    return number
