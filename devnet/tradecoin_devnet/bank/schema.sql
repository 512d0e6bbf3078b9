-- The bank's books. Amounts are integers of the minor unit; times are UTC text with milliseconds.

CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY,
    iban TEXT NOT NULL UNIQUE,            -- or another identification, for an account loaded from a statement
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('reserve', 'customer')),
    currency TEXT NOT NULL,
    opening_minor INTEGER NOT NULL,
    balance_minor INTEGER NOT NULL,
    opened_at TEXT NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0,
    zone TEXT NOT NULL,                   -- what a day is for this account
    version TEXT NOT NULL,                -- camt version: 02, 04 or 08
    notify TEXT NOT NULL,                 -- camt.054: each, or none
    day_end TEXT NOT NULL,                -- camt.053: daily, or on_request
    debit TEXT NOT NULL,                  -- a payment is booked on its value_date, or at acceptance
    magic INTEGER NOT NULL,               -- whether special amounts trigger misbehaviour
    charge_minor INTEGER NOT NULL,        -- charge netted into each payment entry
    cut_at TEXT NOT NULL,                 -- nothing is ever booked before this
    day_ends_at TEXT NOT NULL,            -- when the day that is open now ends
    report_number INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    text TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS postings (
    journal_id INTEGER NOT NULL REFERENCES journal (id),
    ledger TEXT NOT NULL,                 -- an IBAN, or clearing, charges, interest
    currency TEXT NOT NULL,
    minor INTEGER NOT NULL                -- above zero: the bank owes more to that ledger
);
CREATE INDEX IF NOT EXISTS postings_by_ledger ON postings (ledger);

CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    reference TEXT,                       -- AcctSvcrRef; NULL only in a loaded statement that has none
    end_to_end_id TEXT,
    minor INTEGER NOT NULL CHECK (minor >= 0),
    credit INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('BOOK', 'PDNG')),
    reversal INTEGER NOT NULL DEFAULT 0,
    booked_at TEXT,                       -- NULL while pending
    booking_date TEXT NOT NULL,
    value_date TEXT NOT NULL,
    journal_id INTEGER REFERENCES journal (id),
    facts TEXT NOT NULL                   -- JSON: parties, remittance, codes, charges, details
);
CREATE INDEX IF NOT EXISTS entries_by_account ON entries (account_id, booked_at);
CREATE INDEX IF NOT EXISTS entries_by_reference ON entries (reference);

CREATE TABLE IF NOT EXISTS statements (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    number INTEGER NOT NULL,
    from_at TEXT NOT NULL,
    to_at TEXT NOT NULL,
    date_only INTEGER NOT NULL,           -- 1: ends with the local day; 0: closed at a time within it
    opening_minor INTEGER NOT NULL,
    closing_minor INTEGER NOT NULL,
    message_id INTEGER REFERENCES messages (id),
    UNIQUE (account_id, number)
);

CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,          -- the same bytes get the same answer
    msg_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    received_at TEXT NOT NULL,
    status INTEGER NOT NULL,
    answer TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS files_by_msg_id ON files (msg_id);

CREATE TABLE IF NOT EXISTS payments (
    id INTEGER PRIMARY KEY,
    account_id INTEGER REFERENCES accounts (id),
    msg_id TEXT NOT NULL,
    msg_kind TEXT NOT NULL,
    pmt_inf_id TEXT NOT NULL,
    end_to_end_id TEXT NOT NULL,
    instr_id TEXT,
    minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    creditor TEXT NOT NULL,               -- JSON: name, iban, bic
    remittance TEXT NOT NULL,             -- JSON: lines, reference
    status TEXT NOT NULL,                 -- accepted, rejected, booked, returned, lost
    reason TEXT,
    reason_text TEXT,
    behaviour TEXT,                       -- what the bank does wrong with it
    wait_seconds INTEGER NOT NULL DEFAULT 0,
    received_at TEXT NOT NULL,
    execute_at TEXT NOT NULL,
    entry_id INTEGER REFERENCES entries (id),
    return_at TEXT,
    return_reason TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS payments_once ON payments (account_id, end_to_end_id)
    WHERE status <> 'rejected' AND end_to_end_id <> 'NOTPROVIDED';
CREATE INDEX IF NOT EXISTS payments_to_execute ON payments (execute_at) WHERE status = 'accepted';
CREATE INDEX IF NOT EXISTS payments_to_return ON payments (return_at) WHERE status = 'booked' AND return_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    seq INTEGER UNIQUE,                   -- place in the feed, given when it is sent
    account_id INTEGER REFERENCES accounts (id),
    type TEXT NOT NULL,                   -- camt.053.001.08
    msg_id TEXT NOT NULL,
    queued_at TEXT NOT NULL,
    due_at TEXT,                          -- NULL: the bank will never send it
    sent_at TEXT,
    taken_at TEXT,
    written INTEGER NOT NULL DEFAULT 0,   -- lies in the outgoing folder
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_due ON messages (due_at) WHERE sent_at IS NULL;
CREATE INDEX IF NOT EXISTS messages_unwritten ON messages (seq) WHERE written = 0;

CREATE TABLE IF NOT EXISTS misbehaviour (
    id INTEGER PRIMARY KEY,
    iban TEXT,
    end_to_end_id TEXT,
    behaviour TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    wait_seconds INTEGER NOT NULL,
    times_left INTEGER,                   -- NULL: until it is cleared
    reason TEXT,
    minor INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS loads (sha256 TEXT PRIMARY KEY, answer TEXT NOT NULL);
