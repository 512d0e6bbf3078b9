"""The tables of the nouns, with the unique keys that carry the guarantees of the node."""

from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, MetaData, text

from tradecoin.adapters.store.mapping import Entity, table_for
from tradecoin.domain.attestation import Attestation
from tradecoin.domain.chain import TxAttempt, TxIntent
from tradecoin.domain.deposit import BankEntry, BankMessageRecord, Booking, BookingName, Deposit, StatementRecord
from tradecoin.domain.mint import MintBatch, MintOrder
from tradecoin.domain.party import ApiKey, BankAccount, Customer, Wallet
from tradecoin.domain.payout import Payout, PayoutFile
from tradecoin.domain.redemption import Redemption

METADATA: Final = MetaData()


def _unique(table: str, *columns: str, when: str = "", when_sqlite: str = "") -> Index:
    """Declare a unique key, of those rows only that satisfy `when`."""
    name = f"{table}_by_{'_'.join(columns)}"
    if not when:
        return Index(name, *columns, unique=True)
    where: dict[str, Any] = {"postgresql_where": text(when), "sqlite_where": text(when_sqlite or when)}
    return Index(name, *columns, unique=True, **where)


def _indexes(table: str, *keys: str) -> list[Index]:
    """Declare what rows are looked up by; the id stands behind each, since lists are in its order.

    A unique key with a condition is looked up by as well only with an index of its own: a database uses an index with a
    condition for questions that state it.
    """
    return [Index(f"{table}_on_{key.replace(' ', '_')}", *key.split(), "id") for key in keys]


def _entity(cls: Any, name: str, word: str, *extras: Any, wide: tuple[str, ...] = ()) -> Entity[Any]:
    return Entity(cls, table_for(cls, name, METADATA, *extras, wide=wide), word, wide)


API_KEYS: Final[Entity[ApiKey]] = _entity(ApiKey, "api_keys", "api_key", *_indexes("api_keys", "client"))
CUSTOMERS: Final[Entity[Customer]] = _entity(Customer, "customers", "customer", *_indexes("customers", "client"))
BANK_ACCOUNTS: Final[Entity[BankAccount]] = _entity(
    BankAccount, "bank_accounts", "bank_account", *_indexes("bank_accounts", "customer_id", "payout", "iban")
)
WALLETS: Final[Entity[Wallet]] = _entity(
    Wallet, "wallets", "wallet", *_indexes("wallets", "customer_id", "address", "reference")
)

MESSAGES: Final[Entity[BankMessageRecord]] = _entity(
    BankMessageRecord, "messages", "bank_message", _unique("messages", "sha256")
)
STATEMENTS: Final[Entity[StatementRecord]] = _entity(
    StatementRecord,
    "statements",
    "statement",
    _unique("statements", "account", "statement_id", "kind"),
    *_indexes("statements", "message_id"),
)
BOOKINGS: Final[Entity[Booking]] = _entity(
    Booking,
    "bookings",
    "booking",
    _unique("bookings", "account", "fingerprint"),
    *_indexes("bookings", "content", "message_id"),
)
BOOKING_NAMES: Final[Entity[BookingName]] = _entity(
    BookingName, "booking_names", "booking_name", *_indexes("booking_names", "booking_id")
)
ENTRIES: Final[Entity[BankEntry]] = _entity(
    BankEntry,
    "entries",
    "entry",
    _unique("entries", "account", "fingerprint"),
    *_indexes("entries", "account kind", "message_id", "booking_id", "end_to_end_id", "servicer_reference"),
)

DEPOSITS: Final[Entity[Deposit]] = _entity(
    Deposit,
    "deposits",
    "deposit",
    _unique("deposits", "entry_id"),
    _unique("deposits", "key"),
    CheckConstraint("0 <= minted_minor AND minted_minor <= allocated_minor", name="minted_within_allocated"),
    CheckConstraint("allocated_minor <= amount_minor", name="allocated_within_amount"),
    CheckConstraint(
        "allocated_currency = amount_currency AND minted_currency = amount_currency", name="deposit_of_one_currency"
    ),
    *_indexes("deposits", "state", "reference"),
)
ORDERS: Final[Entity[MintOrder]] = _entity(
    MintOrder,
    "orders",
    "mint_order",
    _unique("orders", "reference", when="wallet_id = '' AND reference <> ''"),
    _unique("orders", "issuance_ref", when="length(issuance_ref) > 0"),
    *_indexes("orders", "state", "client", "deposit_id", "batch_id", "wallet_id", "issuance_ref"),
)
BATCHES: Final[Entity[MintBatch]] = _entity(
    MintBatch, "batches", "mint_batch", *_indexes("batches", "state", "intent_id", "attestation_id")
)

ATTESTATIONS: Final[Entity[Attestation]] = _entity(
    Attestation,
    "attestations",
    "attestation",
    *_indexes("attestations", "state", "digest", "intent_id", "statement_id"),
)

REDEMPTIONS: Final[Entity[Redemption]] = _entity(
    Redemption,
    "redemptions",
    "redemption",
    _unique("redemptions", "request_id", when="request_id >= 0"),
    _unique("redemptions", "payout_id", when="payout_id <> ''"),
    *_indexes("redemptions", "state", "client", "holder", "payout", "bank_account_id", "intent_id", "request_id"),
)
PAYOUTS: Final[Entity[Payout]] = _entity(
    Payout,
    "payouts",
    "payout",
    _unique("payouts", "end_to_end_id"),
    *_indexes("payouts", "state", "subject_id", "file_id", "entry_id"),
)
PAYOUT_FILES: Final[Entity[PayoutFile]] = _entity(
    PayoutFile, "payout_files", "payout_file", *_indexes("payout_files", "message_id")
)

INTENTS: Final[Entity[TxIntent]] = _entity(
    TxIntent,
    "intents",
    "intent",
    _unique("intents", "purpose", "subject"),
    *_indexes("intents", "state", "sender state", "tx_hash"),
    wide=("value",),
)
ATTEMPTS: Final[Entity[TxAttempt]] = _entity(
    TxAttempt,
    "attempts",
    "attempt",
    _unique("attempts", "hash"),
    _unique("attempts", "chain_id", "sender_address", "nonce", when="live", when_sqlite="live = 1"),
    ForeignKeyConstraint(["intent_id"], ["intents.id"], name="attempt_of_an_intent"),
    *_indexes("attempts", "intent_id", "sender_address nonce"),
    wide=("max_fee", "priority_fee"),
)

ENTITIES: Final[tuple[Entity[Any], ...]] = (
    API_KEYS,
    CUSTOMERS,
    BANK_ACCOUNTS,
    WALLETS,
    MESSAGES,
    STATEMENTS,
    BOOKINGS,
    BOOKING_NAMES,
    ENTRIES,
    DEPOSITS,
    ORDERS,
    BATCHES,
    ATTESTATIONS,
    REDEMPTIONS,
    PAYOUTS,
    PAYOUT_FILES,
    INTENTS,
    ATTEMPTS,
)
