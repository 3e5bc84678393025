-- Says whose file it is: "dvtl" in ASCII. `identity.rs` knows devtool's own histories by it.

PRAGMA application_id = 1685484652;

-- A session's deliveries from this number on may still have to be made: pruning leaves them while the session
-- lives. NULL where it is over.

ALTER TABLE session ADD COLUMN waiting_from INTEGER;
