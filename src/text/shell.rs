//! Words for a shell.

/// The text as one word of a POSIX shell (bash, zsh, fish and others read it alike).
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        // fish takes a backslash in quotes as an escape in front of a quote or another backslash.
        format!("'{}'", text.replace('\'', r#"'"'"'"#))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stays_one_word() {
        assert_eq!(quote("http://127.0.0.1:5000/webhook"), "http://127.0.0.1:5000/webhook");
        for (text, quoted) in [
            ("", "''"),
            ("a b", "'a b'"),
            ("$(rm -r x)", "'$(rm -r x)'"),
            ("it's", r#"'it'"'"'s'"#),
            ("/w?a=1&b=2", "'/w?a=1&b=2'"),
            ("~", "'~'"),
        ] {
            assert_eq!(quote(text), quoted);
        }
    }
}
