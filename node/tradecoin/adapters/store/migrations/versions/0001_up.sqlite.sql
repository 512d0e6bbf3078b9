CREATE TABLE api_keys (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    client TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_sha256 TEXT NOT NULL,
    created_at TEXT NOT NULL,
    revoked_at TEXT,
    PRIMARY KEY (id)
) STRICT;

CREATE INDEX api_keys_on_client ON api_keys (client, id);

CREATE TABLE attestations (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    cause TEXT NOT NULL,
    cut TEXT NOT NULL,
    block_number INTEGER NOT NULL,
    block_hash TEXT NOT NULL,
    statement_id TEXT NOT NULL,
    signer_set INTEGER NOT NULL,
    prev BLOB NOT NULL,
    figures TEXT,
    claims TEXT NOT NULL,
    claims_root BLOB NOT NULL,
    evidence BLOB NOT NULL,
    digest BLOB NOT NULL,
    signatures BLOB NOT NULL,
    signers TEXT NOT NULL,
    differences TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE INDEX attestations_on_digest ON attestations (digest, id);

CREATE INDEX attestations_on_intent_id ON attestations (intent_id, id);

CREATE INDEX attestations_on_state ON attestations (state, id);

CREATE INDEX attestations_on_statement_id ON attestations (statement_id, id);

CREATE TABLE audit_trail (
    seq INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (seq)
) STRICT;

CREATE INDEX audit_trail_on_subject ON audit_trail (subject, seq);

CREATE TABLE balances (
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    minor INTEGER NOT NULL,
    PRIMARY KEY (account, currency)
) STRICT;

CREATE TABLE bank_accounts (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    name TEXT NOT NULL,
    iban TEXT NOT NULL,
    bic TEXT NOT NULL,
    country TEXT NOT NULL,
    town TEXT NOT NULL,
    salt BLOB NOT NULL,
    payout BLOB NOT NULL,
    usable_from TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE INDEX bank_accounts_on_customer_id ON bank_accounts (customer_id, id);

CREATE INDEX bank_accounts_on_iban ON bank_accounts (iban, id);

CREATE INDEX bank_accounts_on_payout ON bank_accounts (payout, id);

CREATE TABLE batches (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    signer_set INTEGER NOT NULL,
    expires_at TEXT NOT NULL,
    vouchers TEXT NOT NULL,
    total TEXT NOT NULL,
    signatures BLOB NOT NULL,
    signers TEXT NOT NULL,
    attestation_id TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    problem TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE INDEX batches_on_attestation_id ON batches (attestation_id, id);

CREATE INDEX batches_on_intent_id ON batches (intent_id, id);

CREATE INDEX batches_on_state ON batches (state, id);

CREATE TABLE blocks (
    hash TEXT NOT NULL,
    parent TEXT NOT NULL,
    state TEXT NOT NULL,
    number INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    PRIMARY KEY (hash),
    CONSTRAINT block_state CHECK (state IN ('canonical', 'orphaned'))
) STRICT;

CREATE UNIQUE INDEX blocks_by_number ON blocks (number) WHERE state = 'canonical';

CREATE INDEX blocks_on_timestamp ON blocks (timestamp);

CREATE TABLE booking_names (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    booking_id TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE INDEX booking_names_on_booking_id ON booking_names (booking_id, id);

CREATE TABLE bookings (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    account TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    names TEXT NOT NULL,
    content TEXT NOT NULL,
    referenced INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    amount_currency TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX bookings_by_account_fingerprint ON bookings (account, fingerprint);

CREATE INDEX bookings_on_content ON bookings (content, id);

CREATE INDEX bookings_on_message_id ON bookings (message_id, id);

CREATE TABLE customers (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    client TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE INDEX customers_on_client ON customers (client, id);

CREATE TABLE deposits (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    "key" BLOB NOT NULL,
    bank_reference TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    amount_currency TEXT NOT NULL,
    allocated_minor INTEGER NOT NULL,
    allocated_currency TEXT NOT NULL,
    minted_minor INTEGER NOT NULL,
    minted_currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    remittance TEXT NOT NULL,
    debtor TEXT NOT NULL,
    debtor_iban TEXT NOT NULL,
    why_unmatched TEXT NOT NULL,
    assigned_by TEXT NOT NULL,
    booked_at TEXT NOT NULL,
    gone_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT minted_within_allocated CHECK (0 <= minted_minor AND minted_minor <= allocated_minor),
    CONSTRAINT allocated_within_amount CHECK (allocated_minor <= amount_minor),
    CONSTRAINT deposit_of_one_currency CHECK (allocated_currency = amount_currency AND minted_currency = amount_currency)
) STRICT;

CREATE UNIQUE INDEX deposits_by_entry_id ON deposits (entry_id);

CREATE UNIQUE INDEX deposits_by_key ON deposits ("key");

CREATE INDEX deposits_on_reference ON deposits (reference, id);

CREATE INDEX deposits_on_state ON deposits (state, id);

CREATE TABLE entries (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    booking_id TEXT NOT NULL,
    account TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    amount_currency TEXT NOT NULL,
    booked_on TEXT NOT NULL,
    booked_at TEXT NOT NULL,
    servicer_reference TEXT NOT NULL,
    end_to_end_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    remittance TEXT NOT NULL,
    counterparty TEXT NOT NULL,
    counterparty_iban TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX entries_by_account_fingerprint ON entries (account, fingerprint);

CREATE INDEX entries_on_account_kind ON entries (account, kind, id);

CREATE INDEX entries_on_booking_id ON entries (booking_id, id);

CREATE INDEX entries_on_end_to_end_id ON entries (end_to_end_id, id);

CREATE INDEX entries_on_message_id ON entries (message_id, id);

CREATE INDEX entries_on_servicer_reference ON entries (servicer_reference, id);

CREATE TABLE feed (
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    data TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (seq)
) STRICT;

CREATE INDEX feed_on_subject ON feed (subject, seq);

CREATE TABLE idempotency (
    client TEXT NOT NULL,
    route TEXT NOT NULL,
    "key" TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    body TEXT NOT NULL,
    status INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (client, route, "key")
) STRICT;

CREATE TABLE intents (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    purpose TEXT NOT NULL,
    subject TEXT NOT NULL,
    sender TEXT NOT NULL,
    "to" TEXT NOT NULL,
    data BLOB NOT NULL,
    value TEXT NOT NULL,
    gas_limit INTEGER NOT NULL,
    deadline TEXT,
    tx_hash TEXT NOT NULL,
    block_number INTEGER NOT NULL,
    problem TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX intents_by_purpose_subject ON intents (purpose, subject);

CREATE INDEX intents_on_sender_state ON intents (sender, state, id);

CREATE INDEX intents_on_state ON intents (state, id);

CREATE INDEX intents_on_tx_hash ON intents (tx_hash, id);

CREATE TABLE journals (
    seq INTEGER NOT NULL,
    event TEXT NOT NULL,
    "key" TEXT NOT NULL,
    subject TEXT NOT NULL,
    memo TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    effective_at TEXT NOT NULL,
    posted_at TEXT NOT NULL,
    PRIMARY KEY (seq),
    CONSTRAINT journals_by_key UNIQUE ("key")
) STRICT;

CREATE INDEX journals_on_effective_at ON journals (effective_at, seq);

CREATE INDEX journals_on_subject ON journals (subject, seq);

CREATE TABLE kept_values (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
) STRICT;

CREATE TABLE leases (
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    fence INTEGER NOT NULL,
    until TEXT NOT NULL,
    PRIMARY KEY (name)
) STRICT;

CREATE TABLE messages (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    source TEXT NOT NULL,
    raw BLOB NOT NULL,
    received_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX messages_by_sha256 ON messages (sha256);

CREATE TABLE orders (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    client TEXT NOT NULL,
    wallet_id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    amount_currency TEXT NOT NULL,
    open_amount INTEGER NOT NULL,
    reference TEXT NOT NULL,
    nonce BLOB NOT NULL,
    deposit_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    issuance_ref BLOB NOT NULL,
    tx_hash TEXT NOT NULL,
    parked_from TEXT NOT NULL,
    parked_reason TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX orders_by_issuance_ref ON orders (issuance_ref) WHERE length(issuance_ref) > 0;

CREATE UNIQUE INDEX orders_by_reference ON orders (reference) WHERE wallet_id = '' AND reference <> '';

CREATE INDEX orders_on_batch_id ON orders (batch_id, id);

CREATE INDEX orders_on_client ON orders (client, id);

CREATE INDEX orders_on_deposit_id ON orders (deposit_id, id);

CREATE INDEX orders_on_issuance_ref ON orders (issuance_ref, id);

CREATE INDEX orders_on_state ON orders (state, id);

CREATE INDEX orders_on_wallet_id ON orders (wallet_id, id);

CREATE TABLE payout_files (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    raw BLOB NOT NULL,
    created_at TEXT NOT NULL,
    sent_at TEXT,
    PRIMARY KEY (id)
) STRICT;

CREATE INDEX payout_files_on_message_id ON payout_files (message_id, id);

CREATE TABLE payouts (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    cause TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    end_to_end_id TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    amount_currency TEXT NOT NULL,
    creditor TEXT NOT NULL,
    iban TEXT NOT NULL,
    bic TEXT NOT NULL,
    country TEXT NOT NULL,
    town TEXT NOT NULL,
    remittance TEXT NOT NULL,
    file_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    confirmations TEXT NOT NULL,
    execute_on TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX payouts_by_end_to_end_id ON payouts (end_to_end_id);

CREATE INDEX payouts_on_entry_id ON payouts (entry_id, id);

CREATE INDEX payouts_on_file_id ON payouts (file_id, id);

CREATE INDEX payouts_on_state ON payouts (state, id);

CREATE INDEX payouts_on_subject_id ON payouts (subject_id, id);

CREATE TABLE redemptions (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    client TEXT NOT NULL,
    mode TEXT NOT NULL,
    holder TEXT NOT NULL,
    amount TEXT NOT NULL,
    bank_account_id TEXT NOT NULL,
    payout BLOB NOT NULL,
    salt BLOB NOT NULL,
    request_id INTEGER NOT NULL,
    request_tx TEXT NOT NULL,
    valid_before TEXT,
    signature BLOB NOT NULL,
    due_at TEXT,
    overdue INTEGER NOT NULL,
    protested INTEGER NOT NULL,
    give_back_reason TEXT NOT NULL,
    pays TEXT NOT NULL,
    payout_id TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX redemptions_by_payout_id ON redemptions (payout_id) WHERE payout_id <> '';

CREATE UNIQUE INDEX redemptions_by_request_id ON redemptions (request_id) WHERE request_id >= 0;

CREATE INDEX redemptions_on_bank_account_id ON redemptions (bank_account_id, id);

CREATE INDEX redemptions_on_client ON redemptions (client, id);

CREATE INDEX redemptions_on_holder ON redemptions (holder, id);

CREATE INDEX redemptions_on_intent_id ON redemptions (intent_id, id);

CREATE INDEX redemptions_on_payout ON redemptions (payout, id);

CREATE INDEX redemptions_on_request_id ON redemptions (request_id, id);

CREATE INDEX redemptions_on_state ON redemptions (state, id);

CREATE TABLE statements (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    statement_id TEXT NOT NULL,
    sequence TEXT NOT NULL,
    opening_minor INTEGER,
    opening_currency TEXT,
    closing_minor INTEGER NOT NULL,
    closing_currency TEXT NOT NULL,
    closed_at TEXT NOT NULL,
    gap TEXT NOT NULL,
    received_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX statements_by_account_statement_id_kind ON statements (account, statement_id, kind);

CREATE INDEX statements_on_message_id ON statements (message_id, id);

CREATE TABLE tokens (
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (name)
) STRICT;

CREATE TABLE transitions (
    seq INTEGER NOT NULL,
    subject TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    cause TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (seq)
) STRICT;

CREATE INDEX transitions_on_subject ON transitions (subject, seq);

CREATE TABLE wallets (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    address TEXT NOT NULL,
    reference TEXT NOT NULL,
    nonce BLOB NOT NULL,
    proof TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE INDEX wallets_on_address ON wallets (address, id);

CREATE INDEX wallets_on_customer_id ON wallets (customer_id, id);

CREATE INDEX wallets_on_reference ON wallets (reference, id);

CREATE TABLE work (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    problem TEXT NOT NULL,
    due_at TEXT NOT NULL,
    leased_until TEXT,
    again_at TEXT,
    token INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT;

CREATE INDEX work_on_due_at ON work (due_at, kind, subject);

CREATE TABLE write_turn (
    id INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE attempts (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    intent_id TEXT NOT NULL,
    chain_id INTEGER NOT NULL,
    sender_address TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    max_fee TEXT NOT NULL,
    priority_fee TEXT NOT NULL,
    hash TEXT NOT NULL,
    raw BLOB NOT NULL,
    live INTEGER NOT NULL,
    result TEXT NOT NULL,
    first_sent_block INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT attempt_of_an_intent FOREIGN KEY(intent_id) REFERENCES intents (id)
) STRICT;

CREATE UNIQUE INDEX attempts_by_chain_id_sender_address_nonce ON attempts (chain_id, sender_address, nonce) WHERE live = 1;

CREATE UNIQUE INDEX attempts_by_hash ON attempts (hash);

CREATE INDEX attempts_on_intent_id ON attempts (intent_id, id);

CREATE INDEX attempts_on_sender_address_nonce ON attempts (sender_address, nonce, id);

CREATE TABLE journal_lines (
    seq INTEGER NOT NULL,
    line INTEGER NOT NULL,
    minor INTEGER NOT NULL,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    PRIMARY KEY (seq, line),
    CONSTRAINT line_of_a_journal FOREIGN KEY(seq) REFERENCES journals (seq)
) STRICT;

CREATE TABLE logs (
    block_hash TEXT NOT NULL,
    log_index INTEGER NOT NULL,
    block_number INTEGER NOT NULL,
    tx_hash TEXT NOT NULL,
    contract TEXT NOT NULL,
    name TEXT NOT NULL,
    args TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (block_hash, log_index),
    CONSTRAINT log_state CHECK (state IN ('canonical', 'orphaned')),
    CONSTRAINT log_of_a_block FOREIGN KEY(block_hash) REFERENCES blocks (hash)
) STRICT;

CREATE INDEX logs_on_name ON logs (name, block_number, log_index);

CREATE INDEX logs_on_place ON logs (block_number, log_index);

CREATE TRIGGER journals_no_update BEFORE UPDATE ON journals
BEGIN SELECT RAISE(ABORT, 'journals is append only'); END;

CREATE TRIGGER journals_no_delete BEFORE DELETE ON journals
BEGIN SELECT RAISE(ABORT, 'journals is append only'); END;

CREATE TRIGGER journal_lines_no_update BEFORE UPDATE ON journal_lines
BEGIN SELECT RAISE(ABORT, 'journal_lines is append only'); END;

CREATE TRIGGER journal_lines_no_delete BEFORE DELETE ON journal_lines
BEGIN SELECT RAISE(ABORT, 'journal_lines is append only'); END;

CREATE TRIGGER transitions_no_update BEFORE UPDATE ON transitions
BEGIN SELECT RAISE(ABORT, 'transitions is append only'); END;

CREATE TRIGGER transitions_no_delete BEFORE DELETE ON transitions
BEGIN SELECT RAISE(ABORT, 'transitions is append only'); END;

CREATE TRIGGER audit_trail_no_update BEFORE UPDATE ON audit_trail
BEGIN SELECT RAISE(ABORT, 'audit_trail is append only'); END;

CREATE TRIGGER audit_trail_no_delete BEFORE DELETE ON audit_trail
BEGIN SELECT RAISE(ABORT, 'audit_trail is append only'); END;
