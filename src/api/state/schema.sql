-- Objects that calls have made or changed, in the order in which they came to be known.
CREATE TABLE object (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    hidden TEXT,
    UNIQUE (account, kind, id)
);
-- The events that calls have caused, byte by byte.
CREATE TABLE event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    body BLOB NOT NULL
);
-- What requests with an idempotency key were answered.
CREATE TABLE answer (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    path TEXT NOT NULL,
    parameters INTEGER NOT NULL,
    head TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (account, idempotency_key)
);
-- What is drawn and counted: one row.
CREATE TABLE counters (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    value TEXT NOT NULL
);
