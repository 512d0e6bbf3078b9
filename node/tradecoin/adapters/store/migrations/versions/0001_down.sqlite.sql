DROP TABLE logs;

DROP TABLE journal_lines;

DROP TABLE attempts;

DROP TABLE write_turn;

DROP TABLE work;

DROP TABLE wallets;

DROP TABLE transitions;

DROP TABLE tokens;

DROP TABLE statements;

DROP TABLE redemptions;

DROP TABLE payouts;

DROP TABLE payout_files;

DROP TABLE orders;

DROP TABLE messages;

DROP TABLE leases;

DROP TABLE kept_values;

DROP TABLE journals;

DROP TABLE intents;

DROP TABLE idempotency;

DROP TABLE feed;

DROP TABLE entries;

DROP TABLE deposits;

DROP TABLE customers;

DROP TABLE bookings;

DROP TABLE booking_names;

DROP TABLE blocks;

DROP TABLE batches;

DROP TABLE bank_accounts;

DROP TABLE balances;

DROP TABLE audit_trail;

DROP TABLE attestations;

DROP TABLE api_keys;
