//! Words for a shell.

use super::escape;

/// The text as one word of a POSIX shell (bash, zsh, fish and others read it alike).
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.chars().map(quoted).collect::<String>())
    }
}

/// A character between single quotes, which it leaves where it has to. fish takes a backslash in quotes
/// as an escape in front of a quote or another backslash.
fn quoted(c: char) -> String {
    match c {
        '\'' => r#"'"'"'"#.to_owned(),
        // A line's end would be lost behind `$(`, and does no harm.
        '\n' | '\t' => c.to_string(),
        c if escape::is_harmless(c) => c.to_string(),
        // What would act on the terminal that the command is read on.
        c => {
            let buffer = &mut [0; 4];
            let bytes = c.encode_utf8(buffer).bytes();
            let octal: Vec<String> = bytes.map(|byte| format!("\\{byte:03o}")).collect();
            format!(r#"'"$(printf '{}')"'"#, octal.concat())
        }
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
            ("a\u{9b}\nb", r#"'a'"$(printf '\302\233')"'\nb'"#.replace("\\n", "\n").as_str()),
        ] {
            assert_eq!(quote(text), quoted);
        }
    }
}
