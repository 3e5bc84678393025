//! What a Stripe CLI that fails wrote last.

/// The longest line of a program that is shown, in characters.
pub(super) const LONGEST_LINE: usize = 300;

/// The last line that says something.
pub(super) fn last_line(stderr: &str) -> Option<String> {
    let line = stderr.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    // The form of the Stripe CLI's own log.
    let message = line.split_once("level=fatal msg=\"").map(|(_, message)| message);
    let text = message.map_or_else(
        || line.to_owned(),
        |message| message.trim_end_matches('"').replace("\\\"", "\""),
    );
    Some(text.chars().take(LONGEST_LINE).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_program_is_shown_without_what_stands_around_it() {
        let log =
            "time=\"x\" level=fatal msg=\"chmod /a/config.toml: operation not permitted\"\n\n";
        assert_eq!(last_line(log).unwrap(), "chmod /a/config.toml: operation not permitted");
        assert_eq!(last_line("one\ntwo \n\n").unwrap(), "two");
        assert_eq!(last_line("\n"), None);
    }
}
