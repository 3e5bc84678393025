-- Says whose file it is: "dvtl" in ASCII. `identity.rs` knows devtool's own histories by it.

PRAGMA application_id = 1685484652;
