-- Bodies lie apart from what lists are made of, so that a list reads few pages.

-- Words that come again and again: types, endpoints, accounts, ways. Never deleted: writers remember ids.
CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);

CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    name TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER
);

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    via INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    type INTEGER NOT NULL,
    created INTEGER,
    account INTEGER,
    endpoint INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    -- What the last attempt came to: 0 none yet, 1 accepted, 2 rejected, 3 no answer.
    state INTEGER NOT NULL DEFAULT 0,
    status INTEGER,
    latency_us INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX delivery_type ON delivery (type);
CREATE INDEX delivery_session ON delivery (session);
CREATE INDEX delivery_received ON delivery (received_at);
CREATE INDEX delivery_state ON delivery (state) WHERE state <> 1;

CREATE TABLE content (
    delivery INTEGER PRIMARY KEY,
    headers BLOB NOT NULL,
    body BLOB NOT NULL
);

CREATE TABLE attempt (
    delivery INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    latency_us INTEGER NOT NULL,
    headers BLOB,
    body BLOB,
    body_truncated INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (delivery, number)
) WITHOUT ROWID;
