"""The tables beside the nouns: books, chain index, feed, trail, saved replies, work and leases."""

from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Sequence,
    Table,
    UniqueConstraint,
    text,
)

from tradecoin.adapters.store.columns import INTEGER_TYPE, MOMENT_TYPE, TEXT_TYPE, Type
from tradecoin.adapters.store.schema import METADATA

APPEND_ONLY: Final = ("journals", "journal_lines", "transitions", "audit_trail")
"""Tables in which triggers refuse UPDATE and DELETE."""


def _columns(type_: Type, names: str, *, nullable: bool = False) -> list[Column[Any]]:
    return [Column(name, type_, nullable=nullable) for name in names.split()]


def _table(name: str, key: str, *items: Any) -> Table:
    return Table(name, METADATA, *items, PrimaryKeyConstraint(*key.split()), sqlite_strict=True)


def _sequence(name: str) -> Column[Any]:
    """Declare a number that the store gives out itself, so that it has no holes."""
    return Column(name, INTEGER_TYPE, nullable=False, autoincrement=False)


_table(
    "journals",
    "seq",
    _sequence("seq"),
    *_columns(TEXT_TYPE, "event key subject memo previous_hash hash"),
    *_columns(MOMENT_TYPE, "effective_at posted_at"),
    UniqueConstraint("key", name="journals_by_key"),
    Index("journals_on_effective_at", "effective_at", "seq"),
    Index("journals_on_subject", "subject", "seq"),
)
_table(
    "journal_lines",
    "seq line",
    Column("seq", INTEGER_TYPE, ForeignKey("journals.seq", name="line_of_a_journal"), nullable=False),
    *_columns(INTEGER_TYPE, "line minor"),
    *_columns(TEXT_TYPE, "account currency"),
)
_table("balances", "account currency", *_columns(TEXT_TYPE, "account currency"), *_columns(INTEGER_TYPE, "minor"))

_table(
    "blocks",
    "hash",
    *_columns(TEXT_TYPE, "hash parent state"),
    *_columns(INTEGER_TYPE, "number timestamp"),
    CheckConstraint("state IN ('canonical', 'orphaned')", name="block_state"),
    Index(
        "blocks_by_number",
        "number",
        unique=True,
        postgresql_where=text("state = 'canonical'"),
        sqlite_where=text("state = 'canonical'"),
    ),
    Index("blocks_on_timestamp", "timestamp"),
)
_table(
    "logs",
    "block_hash log_index",
    Column("block_hash", TEXT_TYPE, ForeignKey("blocks.hash", name="log_of_a_block"), nullable=False),
    *_columns(INTEGER_TYPE, "log_index block_number"),
    *_columns(TEXT_TYPE, "tx_hash contract name args state"),
    CheckConstraint("state IN ('canonical', 'orphaned')", name="log_state"),
    Index("logs_on_name", "name", "block_number", "log_index"),
    Index("logs_on_place", "block_number", "log_index"),
)

_table(
    "feed",
    "seq",
    _sequence("seq"),
    *_columns(TEXT_TYPE, "type subject data"),
    *_columns(MOMENT_TYPE, "at"),
    Index("feed_on_subject", "subject", "seq"),
)
_table(
    "transitions",
    "seq",
    _sequence("seq"),
    *_columns(TEXT_TYPE, "subject from_state to_state cause actor"),
    *_columns(MOMENT_TYPE, "at"),
    Index("transitions_on_subject", "subject", "seq"),
)
_table(
    "audit_trail",
    "seq",
    _sequence("seq"),
    *_columns(TEXT_TYPE, "actor action subject detail"),
    *_columns(MOMENT_TYPE, "at"),
    Index("audit_trail_on_subject", "subject", "seq"),
)
_table(
    "idempotency",
    "client route key",
    *_columns(TEXT_TYPE, "client route key request_sha256 body"),
    *_columns(INTEGER_TYPE, "status"),
    *_columns(MOMENT_TYPE, "at"),
)
_table("kept_values", "name", *_columns(TEXT_TYPE, "name value"))

_table(
    "work",
    "kind subject",
    *_columns(TEXT_TYPE, "kind subject problem"),
    *_columns(MOMENT_TYPE, "due_at"),
    *_columns(MOMENT_TYPE, "leased_until again_at", nullable=True),
    *_columns(INTEGER_TYPE, "token attempts"),
    Index("work_on_due_at", "due_at", "kind", "subject"),
)
_table(
    "leases",
    "name",
    *_columns(TEXT_TYPE, "name owner"),
    *_columns(INTEGER_TYPE, "fence"),
    *_columns(MOMENT_TYPE, "until"),
)
# Where the tokens of claimed work come from: on PostgreSQL a sequence, so that claims need not wait for each other, on
# SQLite a row.
Sequence("work_token", metadata=METADATA)
_table("tokens", "name", *_columns(TEXT_TYPE, "name"), *_columns(INTEGER_TYPE, "value"))
# Locked by whoever writes, on PostgreSQL: taking turns costs less than running changes again after they clashed.
_table("write_turn", "id", *_columns(INTEGER_TYPE, "id"))
