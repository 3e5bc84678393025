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
