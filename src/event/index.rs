//! Where each event type stands in the files of `catalog/events/`. The build script uses this file
//! too, so that nothing has to read all of them at start-up to find one type.
//!
//! The files are JSON, laid out so: a type begins on a line of its own, two spaces in, and ends with
//! a brace two spaces in.

/// The place of one type, and what is asked of it most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IndexEntry<'t> {
    /// The type's name.
    pub(crate) name: &'t str,
    /// Its place among events of the same second; none for a name that Stripe never sends.
    pub(crate) rank: Option<u16>,
    /// The ranks that it has in some cases, as the members of a JSON object.
    pub(crate) ranks: &'t str,
    /// The index of its file.
    pub(crate) file: usize,
    /// The line of its name, from 1.
    pub(crate) line: usize,
    /// Where its value begins in the file's text, in bytes.
    pub(crate) start: usize,
    /// Where its value ends.
    pub(crate) end: usize,
}

/// The places of a file's types, in the file's order.
///
/// # Errors
/// The line at which the file is not laid out as said above.
#[allow(dead_code, reason = "the build script and the tests use it")]
pub(crate) fn places(file: usize, text: &str) -> Result<Vec<IndexEntry<'_>>, usize> {
    let mut places = Vec::new();
    let mut open: Option<IndexEntry<'_>> = None;
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let plain = line.trim_end();
        if let Some(name) = plain.strip_prefix("  \"").and_then(|rest| rest.strip_suffix("\": {")) {
            if open.is_some() {
                return Err(number + 1);
            }
            let start = offset + plain.len() - 1;
            open = Some(IndexEntry {
                name,
                rank: None,
                ranks: "",
                file,
                line: number + 1,
                start,
                end: start,
            });
        } else if let Some(rank) = plain.strip_prefix("    \"rank\": ") {
            let place = open.as_mut().ok_or(number + 1)?;
            let rank = rank.strip_suffix(',').unwrap_or(rank);
            place.rank = Some(rank.parse().map_err(|_| number + 1)?);
        } else if let Some(members) = plain.strip_prefix("    \"ranks\": {") {
            let members = members.trim_end_matches(',').strip_suffix('}').ok_or(number + 1)?;
            if ranks(members).count() != members.split(", ").count() {
                return Err(number + 1);
            }
            open.as_mut().ok_or(number + 1)?.ranks = members;
        } else if plain == "  }" || plain == "  }," {
            let place = open.take().ok_or(number + 1)?;
            places.push(IndexEntry { end: offset + "  }".len(), ..place });
        } else if plain.starts_with("  \"") {
            return Err(number + 1);
        }
        offset += line.len();
    }
    match open {
        Some(place) => Err(place.line),
        None => Ok(places),
    }
}

/// The members of a type's `ranks`, by name.
pub(crate) fn ranks(members: &str) -> impl Iterator<Item = (&str, u16)> {
    members.split(", ").filter_map(|member| {
        let (name, rank) = member.strip_prefix('"')?.split_once("\": ")?;
        Some((name, rank.parse().ok()?))
    })
}
