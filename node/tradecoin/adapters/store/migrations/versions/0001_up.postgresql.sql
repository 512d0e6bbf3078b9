CREATE SEQUENCE work_token;

CREATE TABLE api_keys (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    secret_sha256 TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
);

CREATE INDEX api_keys_on_client ON api_keys (client, id);

CREATE TABLE attestations (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    cause TEXT COLLATE "C" NOT NULL,
    cut TIMESTAMP WITH TIME ZONE NOT NULL,
    block_number BIGINT NOT NULL,
    block_hash TEXT COLLATE "C" NOT NULL,
    statement_id TEXT COLLATE "C" NOT NULL,
    signer_set BIGINT NOT NULL,
    prev BYTEA NOT NULL,
    figures TEXT COLLATE "C",
    claims TEXT COLLATE "C" NOT NULL,
    claims_root BYTEA NOT NULL,
    evidence BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    signatures BYTEA NOT NULL,
    signers TEXT COLLATE "C" NOT NULL,
    differences TEXT COLLATE "C" NOT NULL,
    intent_id TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX attestations_on_digest ON attestations (digest, id);

CREATE INDEX attestations_on_intent_id ON attestations (intent_id, id);

CREATE INDEX attestations_on_state ON attestations (state, id);

CREATE INDEX attestations_on_statement_id ON attestations (statement_id, id);

CREATE TABLE audit_trail (
    seq BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (seq)
);

CREATE INDEX audit_trail_on_subject ON audit_trail (subject, seq);

CREATE TABLE balances (
    account TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    minor BIGINT NOT NULL,
    PRIMARY KEY (account, currency)
);

CREATE TABLE bank_accounts (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    iban TEXT COLLATE "C" NOT NULL,
    bic TEXT COLLATE "C" NOT NULL,
    country TEXT COLLATE "C" NOT NULL,
    town TEXT COLLATE "C" NOT NULL,
    salt BYTEA NOT NULL,
    payout BYTEA NOT NULL,
    usable_from TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX bank_accounts_on_customer_id ON bank_accounts (customer_id, id);

CREATE INDEX bank_accounts_on_iban ON bank_accounts (iban, id);

CREATE INDEX bank_accounts_on_payout ON bank_accounts (payout, id);

CREATE TABLE batches (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    signer_set BIGINT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    vouchers TEXT COLLATE "C" NOT NULL,
    total NUMERIC(78, 0) NOT NULL,
    signatures BYTEA NOT NULL,
    signers TEXT COLLATE "C" NOT NULL,
    attestation_id TEXT COLLATE "C" NOT NULL,
    intent_id TEXT COLLATE "C" NOT NULL,
    problem TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX batches_on_attestation_id ON batches (attestation_id, id);

CREATE INDEX batches_on_intent_id ON batches (intent_id, id);

CREATE INDEX batches_on_state ON batches (state, id);

CREATE TABLE blocks (
    hash TEXT COLLATE "C" NOT NULL,
    parent TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    timestamp BIGINT NOT NULL,
    PRIMARY KEY (hash),
    CONSTRAINT block_state CHECK (state IN ('canonical', 'orphaned'))
);

CREATE UNIQUE INDEX blocks_by_number ON blocks (number) WHERE state = 'canonical';

CREATE INDEX blocks_on_timestamp ON blocks (timestamp);

CREATE TABLE booking_names (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    booking_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX booking_names_on_booking_id ON booking_names (booking_id, id);

CREATE TABLE bookings (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    message_id TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    names TEXT COLLATE "C" NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    referenced BOOLEAN NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX bookings_by_account_fingerprint ON bookings (account, fingerprint);

CREATE INDEX bookings_on_content ON bookings (content, id);

CREATE INDEX bookings_on_message_id ON bookings (message_id, id);

CREATE TABLE customers (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX customers_on_client ON customers (client, id);

CREATE TABLE deposits (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    entry_id TEXT COLLATE "C" NOT NULL,
    key BYTEA NOT NULL,
    bank_reference TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    allocated_minor BIGINT NOT NULL,
    allocated_currency TEXT COLLATE "C" NOT NULL,
    minted_minor BIGINT NOT NULL,
    minted_currency TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    remittance TEXT COLLATE "C" NOT NULL,
    debtor TEXT COLLATE "C" NOT NULL,
    debtor_iban TEXT COLLATE "C" NOT NULL,
    why_unmatched TEXT COLLATE "C" NOT NULL,
    assigned_by TEXT COLLATE "C" NOT NULL,
    booked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    gone_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT minted_within_allocated CHECK (0 <= minted_minor AND minted_minor <= allocated_minor),
    CONSTRAINT allocated_within_amount CHECK (allocated_minor <= amount_minor),
    CONSTRAINT deposit_of_one_currency CHECK (allocated_currency = amount_currency AND minted_currency = amount_currency)
);

CREATE UNIQUE INDEX deposits_by_entry_id ON deposits (entry_id);

CREATE UNIQUE INDEX deposits_by_key ON deposits (key);

CREATE INDEX deposits_on_reference ON deposits (reference, id);

CREATE INDEX deposits_on_state ON deposits (state, id);

CREATE TABLE entries (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    message_id TEXT COLLATE "C" NOT NULL,
    booking_id TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    booked_on DATE NOT NULL,
    booked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    servicer_reference TEXT COLLATE "C" NOT NULL,
    end_to_end_id TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    remittance TEXT COLLATE "C" NOT NULL,
    counterparty TEXT COLLATE "C" NOT NULL,
    counterparty_iban TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX entries_by_account_fingerprint ON entries (account, fingerprint);

CREATE INDEX entries_on_account_kind ON entries (account, kind, id);

CREATE INDEX entries_on_booking_id ON entries (booking_id, id);

CREATE INDEX entries_on_end_to_end_id ON entries (end_to_end_id, id);

CREATE INDEX entries_on_message_id ON entries (message_id, id);

CREATE INDEX entries_on_servicer_reference ON entries (servicer_reference, id);

CREATE TABLE feed (
    seq BIGINT NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    data TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (seq)
);

CREATE INDEX feed_on_subject ON feed (subject, seq);

CREATE TABLE idempotency (
    client TEXT COLLATE "C" NOT NULL,
    route TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request_sha256 TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    status BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (client, route, key)
);

CREATE TABLE intents (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    sender TEXT COLLATE "C" NOT NULL,
    "to" TEXT COLLATE "C" NOT NULL,
    data BYTEA NOT NULL,
    value NUMERIC(78, 0) NOT NULL,
    gas_limit BIGINT NOT NULL,
    deadline TIMESTAMP WITH TIME ZONE,
    tx_hash TEXT COLLATE "C" NOT NULL,
    block_number BIGINT NOT NULL,
    problem TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX intents_by_purpose_subject ON intents (purpose, subject);

CREATE INDEX intents_on_sender_state ON intents (sender, state, id);

CREATE INDEX intents_on_state ON intents (state, id);

CREATE INDEX intents_on_tx_hash ON intents (tx_hash, id);

CREATE TABLE journals (
    seq BIGINT NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    memo TEXT COLLATE "C" NOT NULL,
    previous_hash TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    posted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (seq),
    CONSTRAINT journals_by_key UNIQUE (key)
);

CREATE INDEX journals_on_effective_at ON journals (effective_at, seq);

CREATE INDEX journals_on_subject ON journals (subject, seq);

CREATE TABLE kept_values (
    name TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE leases (
    name TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    fence BIGINT NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE messages (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    message_id TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    raw BYTEA NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX messages_by_sha256 ON messages (sha256);

CREATE TABLE orders (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    wallet_id TEXT COLLATE "C" NOT NULL,
    recipient TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    open_amount BOOLEAN NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    nonce BYTEA NOT NULL,
    deposit_id TEXT COLLATE "C" NOT NULL,
    batch_id TEXT COLLATE "C" NOT NULL,
    issuance_ref BYTEA NOT NULL,
    tx_hash TEXT COLLATE "C" NOT NULL,
    parked_from TEXT COLLATE "C" NOT NULL,
    parked_reason TEXT COLLATE "C" NOT NULL,
    approved_by TEXT COLLATE "C" NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX orders_by_issuance_ref ON orders (issuance_ref) WHERE length(issuance_ref) > 0;

CREATE UNIQUE INDEX orders_by_reference ON orders (reference) WHERE wallet_id = '' AND reference <> '';

CREATE INDEX orders_on_batch_id ON orders (batch_id, id);

CREATE INDEX orders_on_client ON orders (client, id);

CREATE INDEX orders_on_deposit_id ON orders (deposit_id, id);

CREATE INDEX orders_on_issuance_ref ON orders (issuance_ref, id);

CREATE INDEX orders_on_state ON orders (state, id);

CREATE INDEX orders_on_wallet_id ON orders (wallet_id, id);

CREATE TABLE payout_files (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    message_id TEXT COLLATE "C" NOT NULL,
    raw BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
);

CREATE INDEX payout_files_on_message_id ON payout_files (message_id, id);

CREATE TABLE payouts (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    cause TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    end_to_end_id TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    creditor TEXT COLLATE "C" NOT NULL,
    iban TEXT COLLATE "C" NOT NULL,
    bic TEXT COLLATE "C" NOT NULL,
    country TEXT COLLATE "C" NOT NULL,
    town TEXT COLLATE "C" NOT NULL,
    remittance TEXT COLLATE "C" NOT NULL,
    file_id TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    entry_id TEXT COLLATE "C" NOT NULL,
    confirmations TEXT COLLATE "C" NOT NULL,
    execute_on DATE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX payouts_by_end_to_end_id ON payouts (end_to_end_id);

CREATE INDEX payouts_on_entry_id ON payouts (entry_id, id);

CREATE INDEX payouts_on_file_id ON payouts (file_id, id);

CREATE INDEX payouts_on_state ON payouts (state, id);

CREATE INDEX payouts_on_subject_id ON payouts (subject_id, id);

CREATE TABLE redemptions (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    mode TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    amount NUMERIC(78, 0) NOT NULL,
    bank_account_id TEXT COLLATE "C" NOT NULL,
    payout BYTEA NOT NULL,
    salt BYTEA NOT NULL,
    request_id BIGINT NOT NULL,
    request_tx TEXT COLLATE "C" NOT NULL,
    valid_before TIMESTAMP WITH TIME ZONE,
    signature BYTEA NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    overdue BOOLEAN NOT NULL,
    protested BOOLEAN NOT NULL,
    give_back_reason TEXT COLLATE "C" NOT NULL,
    pays NUMERIC(78, 0) NOT NULL,
    payout_id TEXT COLLATE "C" NOT NULL,
    intent_id TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

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
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    message_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    statement_id TEXT COLLATE "C" NOT NULL,
    sequence TEXT COLLATE "C" NOT NULL,
    opening_minor BIGINT,
    opening_currency TEXT COLLATE "C",
    closing_minor BIGINT NOT NULL,
    closing_currency TEXT COLLATE "C" NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    gap TEXT COLLATE "C" NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX statements_by_account_statement_id_kind ON statements (account, statement_id, kind);

CREATE INDEX statements_on_message_id ON statements (message_id, id);

CREATE TABLE tokens (
    name TEXT COLLATE "C" NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE transitions (
    seq BIGINT NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    from_state TEXT COLLATE "C" NOT NULL,
    to_state TEXT COLLATE "C" NOT NULL,
    cause TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (seq)
);

CREATE INDEX transitions_on_subject ON transitions (subject, seq);

CREATE TABLE wallets (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    nonce BYTEA NOT NULL,
    proof TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX wallets_on_address ON wallets (address, id);

CREATE INDEX wallets_on_customer_id ON wallets (customer_id, id);

CREATE INDEX wallets_on_reference ON wallets (reference, id);

CREATE TABLE work (
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    problem TEXT COLLATE "C" NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    leased_until TIMESTAMP WITH TIME ZONE,
    again_at TIMESTAMP WITH TIME ZONE,
    token BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);

CREATE INDEX work_on_due_at ON work (due_at, kind, subject);

CREATE TABLE write_turn (
    id BIGSERIAL NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE attempts (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    intent_id TEXT COLLATE "C" NOT NULL,
    chain_id BIGINT NOT NULL,
    sender_address TEXT COLLATE "C" NOT NULL,
    nonce BIGINT NOT NULL,
    max_fee NUMERIC(78, 0) NOT NULL,
    priority_fee NUMERIC(78, 0) NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    raw BYTEA NOT NULL,
    live BOOLEAN NOT NULL,
    result TEXT COLLATE "C" NOT NULL,
    first_sent_block BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT attempt_of_an_intent FOREIGN KEY(intent_id) REFERENCES intents (id)
);

CREATE UNIQUE INDEX attempts_by_chain_id_sender_address_nonce ON attempts (chain_id, sender_address, nonce) WHERE live;

CREATE UNIQUE INDEX attempts_by_hash ON attempts (hash);

CREATE INDEX attempts_on_intent_id ON attempts (intent_id, id);

CREATE INDEX attempts_on_sender_address_nonce ON attempts (sender_address, nonce, id);

CREATE TABLE journal_lines (
    seq BIGINT NOT NULL,
    line BIGINT NOT NULL,
    minor BIGINT NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (seq, line),
    CONSTRAINT line_of_a_journal FOREIGN KEY(seq) REFERENCES journals (seq)
);

CREATE TABLE logs (
    block_hash TEXT COLLATE "C" NOT NULL,
    log_index BIGINT NOT NULL,
    block_number BIGINT NOT NULL,
    tx_hash TEXT COLLATE "C" NOT NULL,
    contract TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    args TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (block_hash, log_index),
    CONSTRAINT log_state CHECK (state IN ('canonical', 'orphaned')),
    CONSTRAINT log_of_a_block FOREIGN KEY(block_hash) REFERENCES blocks (hash)
);

CREATE INDEX logs_on_name ON logs (name, block_number, log_index);

CREATE INDEX logs_on_place ON logs (block_number, log_index);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append only', TG_TABLE_NAME
USING ERRCODE = 'integrity_constraint_violation'; END $$;

CREATE TRIGGER journals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journals
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER journal_lines_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_lines
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER transitions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transitions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_trail_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_trail
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
