//! The limits of metadata, as at Stripe.

use crate::api::change::ObjectChange;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// How many keys an object's metadata may have, and how many characters each, and a value.
const MOST_KEYS: usize = 50;
const LONGEST_KEY: usize = 40;
const LONGEST_VALUE: usize = 500;

/// Whether the metadata of an object is within the limits, as far as the call changes it.
pub(super) fn check(change: &ObjectChange) -> Result<()> {
    let Some(metadata) = change.after["metadata"].as_object() else { return Ok(()) };
    let before = change.before["metadata"].as_object();
    for (key, value) in metadata {
        if before.is_some_and(|before| before.get(key) == Some(value)) {
            continue;
        }
        let value = value.as_str().unwrap_or_default();
        for (what, text, most) in
            [("key", key.as_str(), LONGEST_KEY), ("value", value, LONGEST_VALUE)]
        {
            if text.chars().count() > most {
                return Err(RequestError::long_metadata(what, text, most));
            }
        }
    }
    let (count, known) = (metadata.len(), before.map_or(0, serde_json::Map::len));
    if count > MOST_KEYS && count > known {
        return Err(RequestError::much_metadata(count, MOST_KEYS));
    }
    Ok(())
}
