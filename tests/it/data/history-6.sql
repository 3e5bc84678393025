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
-- Each index costs every delivery a page of the log. Numbers rise with time, so that moments and sessions
-- are found without one.

DROP INDEX delivery_session;
DROP INDEX delivery_received;
-- What came is written with as few pages as can be; its type is listed with the first attempt. Until then
-- it is found by its state.

DROP INDEX delivery_type;
CREATE INDEX delivery_type ON delivery (type) WHERE state <> 0;
-- Says whose file it is: "dvtl" in ASCII. `identity.rs` knows devtool's own histories by it.

PRAGMA application_id = 1685484652;

-- A session's deliveries from this number on may still have to be made: pruning leaves them while the session
-- lives. NULL where it is over.

ALTER TABLE session ADD COLUMN waiting_from INTEGER;
-- What no event carries: what the local API was told of a delivery's story, by the story's first delivery. Bodies
-- are where they were.

ALTER TABLE delivery ADD COLUMN story INTEGER;
CREATE TABLE story (
    delivery INTEGER PRIMARY KEY,
    telling BLOB NOT NULL
);

-- What the app asked the local API during an attempt, as JSON. There is no row where it had none to ask.
CREATE TABLE api_calls (
    delivery INTEGER NOT NULL,
    number INTEGER NOT NULL,
    calls BLOB NOT NULL,
    PRIMARY KEY (delivery, number)
) WITHOUT ROWID;

-- Where an event's id and an endpoint are found among old deliveries. An index would cost each delivery pages of the
-- log; parts of 8,192 numbers are listed when they are full, by whoever opens the history.

CREATE TABLE part (
    id INTEGER PRIMARY KEY,
    -- What the numbers of its deliveries are beyond its first one, each in two bytes (little-endian), in the order of
    -- their events' ids.
    by_event BLOB NOT NULL
);
CREATE TABLE part_endpoint (
    endpoint INTEGER NOT NULL,
    part INTEGER NOT NULL,
    -- The numbers of its first and its last delivery there.
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (endpoint, part)
) WITHOUT ROWID;

-- What devtool wrote: an accepted event, and one that was rejected twice.
INSERT INTO name VALUES (1, 'local'), (2, 'invoice.paid'), (3, 'http://127.0.0.1:5000/webhook'),
    (4, 'stripe'), (5, 'charge.failed'), (6, 'acct_1032D82eZvKYlo2C');
INSERT INTO session VALUES (1, 'trigger', NULL, 1795560433441, 1795560433453, NULL),
    (2, 'listen', NULL, 1795560434000, NULL, 2);
INSERT INTO delivery VALUES
    (1, 1, 1, 'evt_1', 2, 1795124833, NULL, 3, 1795560433445, 1, 200, 1034, 1, 1),
    (2, 2, 4, 'evt_2', 5, 1795124834, 6, 3, 1795560434100, 2, 500, 854, 2, NULL);
INSERT INTO content VALUES
    (1, CAST('Stripe-Signature: t=1795560433,v1=ab' || char(13, 10) AS BLOB), CAST('{"id":"evt_1"}' AS BLOB)),
    (2, CAST('Stripe-Signature: t=1795560434,v1=cd' || char(13, 10) AS BLOB), CAST('{"id":"evt_2"}' AS BLOB));
INSERT INTO attempt VALUES
    (1, 1, 1795560433445, 'response', 200, 1034, CAST('content-length: 2' || char(13, 10) AS BLOB), CAST('ok' AS BLOB), 0, NULL),
    (2, 1, 1795560434100, 'refused', NULL, 120, NULL, NULL, 0, 'Connection refused'),
    (2, 2, 1795560435100, 'response', 500, 854, CAST('' AS BLOB), CAST('no' AS BLOB), 0, NULL);
INSERT INTO story VALUES (1, CAST('{"events":[],"companions":[],"own_account":null,"api_version":"2026-10-28.endive"}' AS BLOB));
INSERT INTO api_calls VALUES (1, 1, CAST('{"calls":[],"more":0}' AS BLOB));
PRAGMA user_version = 6;
