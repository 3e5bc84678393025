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
